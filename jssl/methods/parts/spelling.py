"""Texts of which words were hidden, as people read them."""

import numpy as np

from jssl.exhibit import marked
from jssl.inputs.input import Input


def spelt(input: Input, row: np.ndarray, found: dict[int, tuple[int, int]], *, told: bool, limit: int) -> str:
    """The words of a text [t], those that were hidden marked: what stood there, or what was guessed."""
    parts, start = [], 0

    def said(tokens: np.ndarray) -> str:
        return str(input.look(tokens[None])[0])

    for place in sorted(found):
        if place >= limit:
            break
        word, guessed = found[place]
        kind = ("same" if word == guessed else "other") if told else "hidden"
        word_ = said(np.array([guessed if told else word]))
        space = " " if word_.startswith(" ") else ""
        parts += [said(row[start:place]), space, marked(word_.strip() or "·", kind)]
        start = place + 1
    return "".join([*parts, said(row[start : max(start, limit)])]).strip()
