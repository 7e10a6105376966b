"""Pictures in tables: Parquet files, and data sets that Hugging Face's `datasets` saved to disk."""

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from jssl.data.source import Source
from jssl.data.stored import Stored, files_of, numbered, open_stored
from jssl.errors import DataError
from jssl.ranges import Natural

IMAGES = ("image", "img", "picture", "jpg", "jpeg", "png", "webp")
LABELS = ("label", "labels", "class", "cls", "target")
"""Names of columns, where the file does not say which is what."""


@dataclass(frozen=True)
class _Fetch:
    files: tuple[Path, ...]
    column: str

    def __call__(self, place: int) -> bytes:
        value = _table(self.files).column(self.column)[place].as_py()
        return (value.get("bytes") if isinstance(value, dict) else value) or b""


def open_parquet(
    path: str, split: str, size: int | None, route: str,
    *, canvas: Natural = 0, image_column: str = "", label_column: str = "",
) -> Source:  # fmt: skip
    """Open the .parquet files of a folder, or one; arguments as in `open_source`, splits as in `files_of`.

    Parquet is made to be read from beginning to end. So its pictures and labels are written once, as they are, into an
    Arrow file under ~/.cache/jssl/parquet, which is mapped into memory, and of which any row is at hand.

    Args:
        image_column: of encoded pictures, bytes or {"bytes", "path"}; "" looks for it.
        label_column: of numbers or words; "" looks for it, and may find none.

    Raises:
        DataError: no file, a damaged one, no such column, pictures that lie elsewhere.
    """
    name = f"parquet:{path}"
    files = files_of(name, path, split, (".parquet",))
    arrow = _as_arrow(name, files, (image_column, label_column))
    return _opened(name, [arrow], split, size, canvas, route, image_column, label_column)


def open_hf_dataset(
    path: str, split: str, size: int | None, route: str,
    *, canvas: Natural = 0, image_column: str = "", label_column: str = "",
) -> Source:  # fmt: skip
    """Open a folder that `datasets` wrote by `save_to_disk`, of one split or of several; as `open_parquet`.

    Its files are mapped into memory as they are.
    """
    name = f"hf_dataset:{path}"
    files = files_of(name, path, split, (".arrow",))
    return _opened(name, files, split, size, canvas, route, image_column, label_column)


def _opened(
    name: str, files: Sequence[Path], split: str, size: int | None, canvas: int, route: str, image: str, label: str
) -> Source:
    import pyarrow

    try:
        table = _table(tuple(files))
    except (pyarrow.ArrowException, OSError) as error:
        raise DataError(f"{name}: {files[0].name} is damaged: {error}") from error
    features = _features(table.schema)
    image, label = _image_column(name, table.schema, features, image), _label_column(name, table, features, label)
    column = table.column(image)
    if pyarrow.types.is_struct(column.type) and column.null_count < len(column):
        first = column.slice(0, 1).to_pylist()[0]
        if first and not first.get("bytes"):
            raise DataError(f"{name}: column {image!r} holds paths and no pictures: save it with its pictures embedded")
    labels, classes = None, ()
    if label:
        values = table.column(label).to_pylist()
        if any(not isinstance(value, str | int) or value == -1 for value in values):
            raise DataError(f"{name}: column {label!r} is not a label for every row: name another, or none has any")
        labels, classes = numbered(values, features.get(label, {}).get("names") or ())
    keys = tuple(f"row {i}" for i in range(len(table)))
    return open_stored(name, Stored(keys, _Fetch(tuple(files), image), labels, classes), split, size, canvas, route)


@lru_cache(maxsize=8)
def _table(files: tuple[Path, ...]) -> Any:
    """The rows of Arrow files, mapped into memory."""
    import pyarrow

    tables = []
    for file in files:
        mapped = pyarrow.memory_map(str(file))
        try:
            tables.append(pyarrow.ipc.open_stream(mapped).read_all())
        except pyarrow.ArrowInvalid:
            tables.append(pyarrow.ipc.open_file(mapped).read_all())
    return pyarrow.concat_tables(tables)


def _features(schema: Any) -> dict[str, Any]:
    """What `datasets` notes of its columns: {"label": {"_type": "ClassLabel", "names": [...]}}."""
    try:
        return json.loads((schema.metadata or {})[b"huggingface"])["info"]["features"]
    except (KeyError, TypeError, ValueError):
        return {}


def _image_column(name: str, schema: Any, features: dict[str, Any], asked: str) -> str:
    import pyarrow

    def holds_pictures(field: Any) -> bool:
        return (
            pyarrow.types.is_binary(field.type)
            or pyarrow.types.is_large_binary(field.type)
            or (pyarrow.types.is_struct(field.type) and field.type.get_field_index("bytes") >= 0)
        )

    known = [key for key, about in features.items() if isinstance(about, dict) and about.get("_type") == "Image"]
    likely = [asked] if asked else [*known, *(key for key in IMAGES if key in schema.names)]
    for key in likely:
        if key in schema.names and holds_pictures(schema.field(key)):
            return key
    raise DataError(
        f"{name}: no column {asked or 'of pictures'!r} that holds encoded pictures; set config.data.image_column to one"
        f" of {', '.join(schema.names)}"
    )


def _label_column(name: str, table: Any, features: dict[str, Any], asked: str) -> str:
    names = table.schema.names
    if asked and asked not in names:
        raise DataError(f"{name}: no column {asked!r}; it has {', '.join(names)}")
    known = [key for key, about in features.items() if isinstance(about, dict) and about.get("_type") == "ClassLabel"]
    return asked or next((key for key in [*known, *LABELS] if key in names), "")


def _as_arrow(name: str, files: Sequence[Path], wanted: tuple[str, str]) -> Path:
    """The Arrow file of Parquet files, written where there is none of these very files yet."""
    import pyarrow
    from pyarrow import parquet

    told = [(str(file.resolve()), (status := file.stat()).st_size, status.st_mtime_ns) for file in files]
    digest = hashlib.sha256(json.dumps([told, wanted]).encode()).hexdigest()[:16]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "jssl" / "parquet"
    path = cache / f"{digest}.arrow"
    if path.exists():
        return path
    cache.mkdir(parents=True, exist_ok=True)
    partial = cache / f"{digest}.{os.getpid()}.partial"
    try:
        with parquet.ParquetFile(files[0]) as first:
            schema = first.schema_arrow
        features = _features(schema)
        image = _image_column(name, schema, features, wanted[0])
        label = _label_column(name, schema.empty_table(), features, wanted[1])
        columns = [image, *([label] if label else [])]
        kept = pyarrow.schema([schema.field(key) for key in columns], schema.metadata)
        with pyarrow.OSFile(str(partial), "wb") as file, pyarrow.ipc.new_stream(file, kept) as writer:
            for each in files:
                with parquet.ParquetFile(each) as opened:
                    for batch in opened.iter_batches(batch_size=256, columns=columns):
                        writer.write_batch(batch)
    except (pyarrow.ArrowException, OSError) as error:
        partial.unlink(missing_ok=True)
        raise DataError(f"{name} cannot be read: {error}") from error
    partial.replace(path)
    return path
