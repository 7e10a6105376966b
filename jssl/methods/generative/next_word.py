"""The next word: Language Models are Unsupervised Multitask Learners (GPT-2; Radford et al., 2019)."""

import math
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jssl.exhibit import Column, Exhibit
from jssl.inputs.input import Input
from jssl.method import Batch, Method
from jssl.methods.parts.sampling import go_on
from jssl.methods.parts.views import embedding
from jssl.methods.parts.words import nats, over_all
from jssl.nets.net import Net
from jssl.nets.word_head import likeness

SHOWN, BEGUN = 8, 12
"""Texts in the report, and tokens of each that are given."""
TEMPERATURE, TOP_P = 0.8, 0.95
"""By which the report's texts are written."""


def next_word(
    encoder: Net,
    input: Input,
    *,
    vocabulary: int,
    separator_token: int,
    special_tokens: Sequence[int],
) -> Method:
    """Tell each word of a text from those before it; and so write texts, word by word.

    Words are told by the inner product with what they are embedded as. The first token of a text stands before it and
    is not told. What ends a text is told like a word, but not in the last place of an example, where it only says that
    no more fits.

    Args:
        encoder: a causal transformer on words.
        vocabulary: tokens there are, as the data says; the next two are its too.
        separator_token: what ends a text.
        special_tokens: tokens that are no words, and but for the end are never written.

    Raises:
        ValueError: an encoder whose words see what comes after them.
    """
    if encoder.words is None or not encoder.causal:
        raise ValueError("next_word must not see what it tells: config.encoder must be text_transformer, causal=True")
    never = np.isin(np.arange(vocabulary), [token for token in special_tokens if token != separator_token])

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        params, stats = encoder.init(key, input.prepare(batch))
        return {"encoder": params}, {"stats": {"encoder": stats}}

    def views(keys: jax.Array, batch: Batch) -> jax.Array:
        del keys
        return input.prepare(batch)

    def guess(params: Any, extra: Any, x: jax.Array, **run: Any) -> tuple[jax.Array, jax.Array]:
        """Logits [n, t - 2, vocabulary] of the words at 1, 2, ... t - 2, and those words; -1 where there are none."""
        tokens, _ = encoder.tokens(params["encoder"], extra["stats"]["encoder"], x[:, :-2], **run)
        return likeness(tokens, encoder.words(params["encoder"])), x[:, 1:-1]

    def loss(params: Any, extra: Any, views: jax.Array, key: jax.Array, step: jax.Array) -> Any:
        del step
        value, right = over_all(*guess(params, extra, views, key=key, train=True))
        return value, (extra, {"next_accuracy": right})

    def score(params: Any, extra: Any, keys: jax.Array, batch: Batch) -> tuple[jax.Array, jax.Array]:
        del keys
        logits, words = guess(params, extra, input.prepare(batch))
        return nats(logits, words).sum(1), (words >= 0).sum(1)

    def write(params: Any, extra: Any, keys: jax.Array, x: jax.Array, temperature: Any, top_p: Any) -> jax.Array:
        def logits_at(x: jax.Array, place: jax.Array) -> jax.Array:
            tokens, _ = encoder.tokens(params["encoder"], extra["stats"]["encoder"], x)
            logits = likeness(tokens[:, place - 1], encoder.words(params["encoder"]))
            return jnp.where(never[None], -jnp.inf, logits)

        return go_on(logits_at, keys, x, temperature, top_p, end=separator_token)

    def show(params: Any, extra: Any, keys: jax.Array, batch: Batch) -> Exhibit:
        x = input.prepare(jax.tree.map(lambda part: part[:SHOWN], batch))
        begun = jnp.where(jnp.arange(x.shape[1])[None] < BEGUN, x, -1)
        written = jax.jit(write)(params, extra, keys[:SHOWN], begun, TEMPERATURE, TOP_P)
        columns = (
            Column("how a text begins", input.look(begun)),
            Column("how it is written on", _rest(input, written)),
            Column("how it goes on", _rest(input, x)),
        )
        lead = (
            f"Words are drawn one after the other, at a temperature of {TEMPERATURE} and of the most probable ones that"
            f" together have {TOP_P:.0%}. `launch.sample` goes on with beginnings of yours."
        )
        return Exhibit("Writing on", lead, columns)

    return Method(
        init, views, loss, embedding(encoder, input), show=show, score=score, write=write,
        chance=lambda _: math.log(vocabulary),
    )  # fmt: skip


def _rest(input: Input, x: jax.Array) -> np.ndarray:
    """What is read of texts [n, t] behind what is given of them."""
    rows = [row[BEGUN:][row[BEGUN:] >= 0] for row in np.asarray(x)]
    return np.array([str(input.look(row[None])[0]).strip() for row in rows])
