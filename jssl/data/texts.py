"""A user's own texts: a folder of .txt files, or one .txt, .jsonl or .tsv file.

| data    | a text                                      | its label                                        |
|---------|---------------------------------------------|--------------------------------------------------|
| folder  | a .txt file, at any depth                   | first-level sub-folder                           |
| .txt    | a line                                      | none                                             |
| .jsonl  | `text_column` of a line, which is "text"    | `label_column`, which is "label", if it is there |
| .tsv    | `text_column`, which is the last            | `label_column`, which is the first of several    |

Texts that have labels are an example each. Others are joined, and cut into windows of one length, so that an epoch
sees every token; `whole` keeps them apart.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jssl.data.listing import list_folder
from jssl.data.rows import SUFFIXES, read_rows
from jssl.data.source import NOTHING, RAM_LIMIT, Labels, Source, labelled, parse_split, part
from jssl.data.tokenizer import ASSET, describe, encode, read_tokenizer, train_tokenizer
from jssl.data.tokens import Streamed, cut, spans, token_spec, windows
from jssl.errors import DataError
from jssl.ranges import Count

SHORTEST = 8
"""Tokens of an example: below that there is hardly a text between those that begin and end it."""


@dataclass(frozen=True)
class Files:
    """The texts of a folder's files, opened when they are asked for."""

    root: Path
    files: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, i: int) -> str:
        return (self.root / self.files[i]).read_text(encoding="utf-8-sig", errors="replace")


def open_texts(
    path: str,
    split: str,
    size: int | None,
    route: str,
    *,
    length: Count = 128,
    vocabulary: Count = 8192,
    tokenizer: str = "",
    text_column: str = "",
    label_column: str = "",
    whole: bool = False,
) -> Source:
    """Open a split of texts, "tokens" and "length" of an example; the first arguments as in `open_source`.

    A folder with train/ and test/ (or val/) holds those splits; any other data is all "train". Files that are empty or
    not UTF-8 are left out, named in `skipped` and in one warning. The "stream" route, for folders above 1 GiB, opens
    and tokenizes a file when it is read: an example each, cropped at random, labelled or not.

    Args:
        length: tokens of an example, with the one that begins and the one that ends it.
        vocabulary: tokens of the tokenizer that is trained on the train split.
        tokenizer: path of a `tokenizer.json` to take instead; or its text.
        text_column: by name or by number, see `jssl.data.rows.read_rows`.
        label_column: the same.
        whole: every text is an example; else files are cut into windows. Rows with a label are examples anyway.

    Raises:
        DataError: no texts there, no such column, a tokenizer that is none, too little text for one window.
    """
    del size
    name, root = f"text:{path}", Path(path).expanduser()
    if root.is_dir():
        listing = list_folder(name, path, split, (".txt",), "text")
        size_on_disk = sum((root / file).stat().st_size for file in listing.files)
        if route == "stream" or (route == "auto" and size_on_disk > RAM_LIMIT):
            listing, skipped = listing.readable([_empty(root / file) for file in listing.files], "texts")
            texts = Files(root, listing.files)
        else:
            found = [read_text(root / file) for file in listing.files]
            listing, skipped = listing.readable([why for _, why in found], "texts")
            texts = [text for text, why in found if why is None]
        targets = labelled(listing.labels, listing.classes)

        def corpus() -> Iterable[str]:
            """The train split's texts."""
            train = list_folder(name, path, "train", (".txt",), "text")
            return (text for text, why in (read_text(root / file) for file in train.files) if why is None)

        text = choose_tokenizer(tokenizer, vocabulary, corpus)
        return text_source(name, texts, text, length, targets, listing.files, skipped, whole=whole)
    if not root.is_file() or root.suffix not in SUFFIXES:
        raise DataError(f"{name}: there is no folder, nor a file ending in {', '.join(SUFFIXES)}, of that name")
    base, chosen = parse_split(name, split)
    if base != "train":
        raise DataError(f'{name} has no split {base!r}: all of it is "train"; ask for a part of that: "train[90%:]"')
    rows = read_rows(name, root, text_column, label_column)
    lines = root.suffix == ".txt" and not whole
    texts = ["\n".join(rows.texts)] if lines else rows.texts
    targets = {} if rows.target is None else {"label": rows.target}
    text = choose_tokenizer(tokenizer, vocabulary, lambda: texts)
    source = text_source(name, texts, text, length, targets, (), rows.skipped, whole=whole or bool(targets))
    return source if split == base else part(source, chosen(source.length))


def choose_tokenizer(tokenizer: str, vocabulary: Count, corpus: Callable[[], Iterable[str]]) -> str:
    """The text of a tokenizer: the one named or given by the option, or one trained on a corpus."""
    if tokenizer.startswith("{"):
        return tokenizer
    return read_tokenizer(tokenizer) if tokenizer else train_tokenizer(corpus(), vocabulary)


def text_source(
    name: str,
    texts: Sequence[str],
    tokenizer: str,
    length: Count,
    targets: Mapping[str, Labels] = NOTHING,
    files: tuple[str, ...] = (),
    skipped: tuple[tuple[str, str], ...] = (),
    *,
    whole: bool = False,
) -> Source:
    """A source of texts: an example each if they are streamed or `whole`; else windows, of labelled ones of each alone.

    Args:
        texts: a list, which is tokenized now; or another sequence, of which each is tokenized when it is read.
        tokenizer: as JSON.

    Raises:
        DataError: examples too short to hold anything, or texts too short for one window.
    """
    if length < SHORTEST:
        raise DataError(f"config.data.length={length} is below {SHORTEST} tokens")
    about, resident = describe(tokenizer), isinstance(texts, list)
    if not resident:
        read, count = Streamed(texts, tokenizer, length), len(texts)
    elif whole or targets:
        found = encode(tokenizer, texts)
        if not whole:
            found, owners = cut(list(found), length)
            targets = {key: target._replace(labels=target.labels[owners]) for key, target in targets.items()}
            files = tuple(files[i] for i in owners) if files else ()
        read, count = spans(found, length, about), len(found)
    else:
        read, files = windows(encode(tokenizer, texts), length, about), ()
        count = len(read.starts)
    if not count:
        raise DataError(f"{name} is too short for one window of config.data.length={length} tokens")
    return Source(
        name, count, token_spec(length), read, targets, files, skipped, resident, about, {ASSET: tokenizer}
    )  # fmt: skip


def read_text(path: Path) -> tuple[str, str | None]:
    """A file's text, and why there is none."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        return "", f"not UTF-8 ({error.reason} at byte {error.start})"
    except OSError as error:
        return "", str(error.strerror)
    return text, None if text.strip() else "empty"


def _empty(path: Path) -> str | None:
    return None if path.stat().st_size else "empty"
