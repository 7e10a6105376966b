"""Examples of text: "tokens" int32 [length] and how many of them there are, from texts of any length."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

from jssl.data.source import Spec, drawn
from jssl.data.tokenizer import describe, encode


def token_spec(length: int) -> Spec:
    """Of an example of at most `length` tokens, of which the first begins it and the last ends it."""
    return {"tokens": jax.ShapeDtypeStruct((length,), np.int32), "length": jax.ShapeDtypeStruct((), np.int32)}


@dataclass(frozen=True)
class Spans:
    """The `read` of texts held in RAM, one after the other in one array of tokens; an example is a span of it."""

    tokens: np.ndarray
    starts: np.ndarray
    """int64 [examples]"""
    lengths: np.ndarray
    """int64 [examples]; what is longer than an example is cropped when it is read."""
    length: int
    """Of an example."""
    about: Mapping[str, Any]
    """Of the tokenizer."""

    def __call__(self, rows: np.ndarray, draws: np.ndarray | None = None) -> dict[str, np.ndarray]:  # noqa: D102
        texts = [self.tokens[self.starts[i] : self.starts[i] + self.lengths[i]] for i in rows]
        return crop(texts, draws, self.length, self.about)


@dataclass(frozen=True)
class Streamed:
    """The `read` of texts that are tokenized when they are asked for."""

    texts: Sequence[str]
    tokenizer: str
    """As JSON."""
    length: int
    """Of an example."""

    def __call__(self, rows: np.ndarray, draws: np.ndarray | None = None) -> dict[str, np.ndarray]:  # noqa: D102
        texts = encode(self.tokenizer, (self.texts[i] for i in rows.tolist()))
        return crop(texts, draws, self.length, describe(self.tokenizer))


def spans(texts: Sequence[np.ndarray], length: int, about: Mapping[str, Any]) -> Spans:
    """Texts, int [any] each, as an example each."""
    lengths = np.array([len(text) for text in texts], np.int64)
    return Spans(np.concatenate(texts), np.cumsum(lengths) - lengths, lengths, length, about)


def cut(texts: Sequence[np.ndarray], length: int) -> tuple[list[np.ndarray], np.ndarray]:
    """Texts, int [any] each, cut into pieces that fill an example, and which text each is of, int [pieces].

    What is left over of a text is left out, if it is less than half of an example and not all there is.
    """
    inside = length - 2
    pieces, owners = [], []
    for i, text in enumerate(texts):
        for start in range(0, max(len(text), 1), inside):
            piece = text[start : start + inside]
            if not start or 2 * len(piece) >= inside:
                pieces.append(piece)
                owners.append(i)
    return pieces, np.array(owners, np.int64)


def windows(texts: Iterable[np.ndarray], length: int, about: Mapping[str, Any]) -> Spans:
    """Texts, int [any] each, joined by separators and cut into windows that fill an example; the rest is left out."""
    separator = np.array([about["separator_token"]], np.int32)
    joined = np.concatenate([part for text in texts for part in (text, separator)])[:-1]
    inside = length - 2
    starts = np.arange(len(joined) // inside, dtype=np.int64) * inside
    return Spans(joined, starts, np.full(len(starts), inside, np.int64), length, about)


def crop(
    texts: Sequence[np.ndarray], draws: np.ndarray | None, length: int, about: Mapping[str, Any]
) -> dict[str, np.ndarray]:
    """Examples [n, length] of texts, int [any] each: a class token, what fits of the text, a separator, padding.

    Args:
        draws: where what is too long is cropped, see `jssl.data.source.drawn`; None takes the middle.
    """
    inside = length - 2
    tokens = np.full((len(texts), length), about["pad_token"], np.int32)
    tokens[:, 0] = about["class_token"]
    lengths = np.empty(len(texts), np.int32)
    for i, text in enumerate(texts):
        spare = max(0, len(text) - inside)
        start = spare // 2 if draws is None else drawn(draws[i].item(), spare + 1)
        part = text[start : start + inside]
        tokens[i, 1 : 1 + len(part)] = part
        tokens[i, 1 + len(part)] = about["separator_token"]
        lengths[i] = len(part) + 2
    return {"tokens": tokens, "length": lengths}
