"""Sentences whose words have tags, such as parts of speech: a .txt file of `word/tag`, a sentence a line."""

from functools import partial
from pathlib import Path

import numpy as np

from jssl.data.source import Source, from_arrays, parse_split, part
from jssl.data.texts import choose_tokenizer
from jssl.data.tokenizer import ASSET, describe, encode
from jssl.errors import DataError
from jssl.ranges import Count


def open_tagged(
    path: str,
    split: str,
    size: int | None,
    route: str,
    *,
    length: Count = 128,
    vocabulary: Count = 8192,
    tokenizer: str = "",
) -> Source:
    """Open a split; the first arguments as in `open_source`, and of all "train" is the only one.

    "tokens" and "length" of an example are those of its words, as if there were a space between each two, and "tag"
    int32 [length] has, at the first token of each word, the number of its tag among `about["tags"]`; -1 elsewhere. What
    does not fit of a sentence is left out.

    Args:
        length: tokens of an example, with the one that begins and the one that ends it.
        vocabulary: tokens of the tokenizer that is trained on the sentences.
        tokenizer: path of a `tokenizer.json` to take instead; or its text.

    Raises:
        DataError: no such file, or a word without a tag in it.
    """
    del size, route
    name, file = f"tagged:{path}", Path(path).expanduser()
    base, chosen = parse_split(name, split)
    if base != "train":
        raise DataError(f'{name} has no split {base!r}: all of it is "train"; ask for a part of that: "train[90%:]"')
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{name} cannot be read as a file of UTF-8 text ({error})") from error
    sentences = [[_apart(name, i, word) for word in line.split()] for i, line in enumerate(lines, 1) if line.strip()]
    if not sentences:
        raise DataError(f"{name} holds no sentence")
    text = choose_tokenizer(tokenizer, vocabulary, lambda: (" ".join(w for w, _ in words) for words in sentences))
    about = describe(text)
    known = sorted({word for words in sentences for word, _ in words})
    pieces = dict(zip(known, encode(text, known), strict=True))
    tags = sorted({tag for words in sentences for _, tag in words})
    number = {tag: i for i, tag in enumerate(tags)}
    rows = [_example(words, pieces, number, length, about) for words in sentences]
    tokens, tag, lengths = map(partial(np.array, dtype=np.int32), zip(*rows, strict=True))
    source = from_arrays(name, tokens=tokens, tag=tag, length=lengths)
    source = source._replace(about={**about, "tags": tags}, assets={ASSET: text})
    return source if split == base else part(source, chosen(source.length))


def _apart(name: str, line: int, word: str) -> tuple[str, str]:
    said, _, tag = word.rpartition("/")
    if not said or not tag:
        raise DataError(f"{name}, line {line}: {word[:40]!r} is not written as word/tag")
    return said, tag


def _example(
    words: list[tuple[str, str]], pieces: dict[str, np.ndarray], number: dict[str, int], length: int, about: dict
) -> tuple[np.ndarray, np.ndarray, int]:
    """Tokens [length], tags [length], and how many there are."""
    tokens, tags = np.full(length, about["pad_token"]), np.full(length, -1)
    tokens[0], place = about["class_token"], 1
    for word, tag in words:
        own = pieces[word]
        if place + len(own) > length - 1:
            break
        tokens[place : place + len(own)] = own
        tags[place : place + min(len(own), 1)] = number[tag]
        place += len(own)
    tokens[place] = about["separator_token"]
    return tokens, tags, place + 1
