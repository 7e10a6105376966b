"""Texts: a word repeated at a step of its own, between others, for every index; some shorter than the rest."""

import jax
import numpy as np

from jssl.augment.text.recipes import make_text_recipe
from jssl.data.source import Facts
from jssl.data.tokenizer import ASSET, describe, train_tokenizer
from jssl.data.tokens import token_spec
from jssl.inputs.text import texts
from jssl.nets.text_transformer import text_transformer
from tests.methods.senses.sense import BATCH, EXAMPLES, Sense

LENGTH = 12
TOKENIZER = train_tokenizer(["what a made up corpus of few words"], 270)
ABOUT, TAGS = describe(TOKENIZER), ("x", "y")


def batch(step: int) -> dict[str, np.ndarray]:
    index = (np.arange(BATCH, dtype=np.int32) + step * BATCH) % EXAMPLES
    place = np.arange(LENGTH)[None]
    words = 20 + 3 * (index[:, None] % 7) + place % (2 + index[:, None] % 3)
    length = LENGTH - index % 4
    ends = np.where(
        place == 0, ABOUT["class_token"], np.where(place == length[:, None] - 1, ABOUT["separator_token"], words)
    )
    tokens = np.where(place < length[:, None], ends, ABOUT["pad_token"]).astype(np.int32)
    # A tag is that of the word before.
    tag = np.where((place > 1) & (place < length[:, None] - 1), np.roll(words, 1, axis=1) % len(TAGS), -1)
    tokens = {"tokens": tokens, "length": length.astype(np.int32), "tag": tag.astype(np.int32)}
    return {**tokens, "index": index, "label": index % 3}


def encoder(batch_norm: str = "", dropout: float = 0.0, causal: bool = False):
    del batch_norm  # it has none
    sizes = {"vocabulary": ABOUT["vocabulary"], "positions": LENGTH}
    return text_transformer(16, 1, 2, **sizes, dropout=dropout, causal=causal)


SENSE = Sense(
    facts=Facts(
        EXAMPLES,
        {**token_spec(LENGTH), "tag": jax.ShapeDtypeStruct((LENGTH,), np.int32)},
        ("a", "b", "c"),
        {**ABOUT, "tags": TAGS},
        {ASSET: TOKENIZER},
    ),
    batch=batch,
    inputs=lambda: {"tokens": texts(make_text_recipe("spans"), TOKENIZER, LENGTH)},
    encoder=encoder,
)
