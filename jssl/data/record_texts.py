"""TFDS data sets of texts: `tfds:imdb_reviews`, `tfds:ag_news_subset` and the like."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from jssl.data.source import RAM_LIMIT, Source, labelled
from jssl.data.texts import choose_tokenizer, text_source
from jssl.errors import DataError

AT_ONCE = 1024


@dataclass(frozen=True)
class _Texts:
    """The texts of a split, read when they are asked for."""

    data: Any
    column: str

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, i: int) -> str:
        return self.data[i][self.column].decode("utf-8", "replace")


def text_columns(builder: Any) -> list[str]:
    """The names of a builder's features that are texts."""
    import tensorflow_datasets as tfds

    return [key for key, feature in dict(builder.info.features).items() if isinstance(feature, tfds.features.Text)]


def open_record_texts(
    builder: Any, rows: Callable[[str], Any], split: str, route: str, label: str | None, **options: Any
) -> Source:
    """Open one split of a prepared data set; the options are those of `jssl.data.texts.open_texts`.

    The tokenizer is trained on "train", of which every k-th text is read where there is more than it looks at.

    Args:
        builder: TFDS's.
        rows: a split by index.
        label: the feature that is the label, if there is one.

    Raises:
        DataError: no such column, no such split.
    """
    columns, known = text_columns(builder), dict(builder.info.features)
    column = options["text_column"] or ("text" if "text" in columns else columns[0])
    label = options["label_column"] or label
    if column not in columns or (label and not hasattr(known.get(label), "names")):
        raise DataError(
            f"{builder.name} has no column {column!r} of texts with labels {label!r}; it has {', '.join(sorted(known))}"
        )
    data = rows(split)

    def corpus() -> Any:
        train = _Texts(rows("train"), column)
        return (train[i] for i in range(0, len(train), max(1, len(train) // 50_000)))

    text = choose_tokenizer(options["tokenizer"], options["vocabulary"], corpus)
    size = builder.info.splits[split.partition("[")[0]].num_bytes
    resident = route == "ram" or (route == "auto" and size < RAM_LIMIT)
    texts: Any = _Texts(data, column)
    labels = None
    if label:
        places = [range(i, min(i + AT_ONCE, len(data))) for i in range(0, len(data), AT_ONCE)]
        read = [[row[label] for row in data.__getitems__(list(place))] for place in places]
        labels = np.concatenate(read).astype(np.int32)
        labels = None if labels.min() < 0 else labels  # TFDS marks the examples of an unlabelled split with -1
    targets = labelled(labels, tuple(known[label].names) if label else ())
    name = f"tfds:{builder.name}"
    texts = [texts[i] for i in range(len(texts))] if resident else texts
    return text_source(name, texts, text, options["length"], targets, whole=options["whole"] or bool(targets))
