"""BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding (arXiv:1810.04805)."""

import math
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from jssl import parallel
from jssl.augment.text.hide import Hidden, hide_words
from jssl.exhibit import Column, Exhibit
from jssl.inputs.input import Input
from jssl.method import Batch, Method
from jssl.methods.parts.next_sentence import Pairs, halves, joined
from jssl.methods.parts.spelling import spelt
from jssl.methods.parts.views import embedding
from jssl.nets.net import Net
from jssl.nets.word_head import follows_head, word_head
from jssl.ranges import Portion

SHOWN, WORDS = 8, 60
"""Texts in the report, and tokens of each."""


def bert(
    encoder: Net,
    input: Input,
    *,
    vocabulary: int,
    mask_token: int,
    separator_token: int,
    special_tokens: Sequence[int],
    mask: Portion = 0.15,
    next_sentence: bool = False,
) -> Method:
    """From the words that are left of a text, tell those that are hidden: masked, replaced by others, or unmarked.

    Args:
        encoder: a transformer on words, by whose embedding they are told.
        vocabulary: tokens there are, as the data says; the next three are its too.
        mask_token: what takes the place of 80 % of the hidden words; 10 % become another word, 10 % stay.
        separator_token: what ends a text.
        special_tokens: tokens that are no words, and are never hidden.
        mask: share of the words of each text that are hidden, others at every step.
        next_sentence: also tell whether the second half of a text is its own, or that of the next text in the batch,
            as it is half of the time.

    Raises:
        ValueError: an encoder that is no transformer on words; a mask that hides nothing or everything.
    """
    if encoder.words is None or encoder.tokens is None:
        raise ValueError("bert hides words from its encoder: config.encoder.name must be text_transformer or the like")
    if not 0 < mask < 1:
        raise ValueError(f"mask={mask} is a share: above 0 and below 1")
    heads = {"words": word_head(vocabulary), **({"follows": follows_head()} if next_sentence else {})}

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        keys = dict(zip(("encoder", *heads), jax.random.split(key, 1 + len(heads)), strict=True))
        x = input.prepare(batch)
        params, stats = encoder.init(keys["encoder"], x)
        tokens = jax.eval_shape(encoder.tokens, params, stats, x)[0]
        made = {name: head.init(keys[name], tokens)[0] for name, head in heads.items()}
        return {"encoder": params, **made}, {"stats": {"encoder": stats}}

    def hide(keys: jax.Array, x: jax.Array) -> Hidden:
        special = tuple(special_tokens)
        return hide_words(keys, x, share=mask, mask_token=mask_token, special=special, vocabulary=vocabulary)

    def views(keys: jax.Array, batch: Batch) -> Hidden | Pairs:
        x = input.prepare(batch)
        if not next_sentence:
            return hide(keys, x)
        first_keys, second_keys, other_keys = jax.vmap(lambda key: jax.random.split(key, 3), out_axes=1)(keys)
        first, second = halves(x, separator_token)
        other = jax.vmap(jax.random.bernoulli)(other_keys)
        return Pairs(hide(first_keys, first), hide(second_keys, second), other)

    def guess(params: Any, extra: Any, hidden: Hidden, **run: Any) -> tuple[jax.Array, jax.Array]:
        """Logits [n, k, vocabulary] of the hidden words, and the tokens [n, t, d] that they were told from."""
        tokens, _ = encoder.tokens(params["encoder"], extra["stats"]["encoder"], hidden.x, **run)
        asked = jnp.take_along_axis(tokens, hidden.places[:, :, None], axis=1)
        return heads["words"].apply(params["words"], {}, asked, table=encoder.words(params["encoder"]))[0], tokens

    def loss(params: Any, extra: Any, views: Hidden | Pairs, key: jax.Array, step: jax.Array) -> Any:
        del step
        run: dict[str, Any] = {"key": key, "train": True}
        if next_sentence:
            hidden, label, run["segments"] = joined(views)
        else:
            hidden = views
        logits, tokens = guess(params, extra, hidden, **run)
        value, right = _of_all(logits, hidden.words)
        metrics = {"masked_loss": value, "masked_accuracy": right}
        if next_sentence:
            follows, right = _of_all(heads["follows"].apply(params["follows"], {}, tokens)[0], label)
            value, metrics["follows_accuracy"] = value + follows, right
        return value, (extra, metrics)

    def score(params: Any, extra: Any, keys: jax.Array, batch: Batch) -> tuple[jax.Array, jax.Array]:
        hidden = hide(keys, input.prepare(batch))
        nats = _nats(guess(params, extra, hidden)[0], hidden.words)
        return nats.sum(1), (hidden.words >= 0).sum(1)

    def show(params: Any, extra: Any, keys: jax.Array, batch: Batch) -> Exhibit:
        x = input.prepare(jax.tree.map(lambda part: part[:SHOWN], batch))
        hidden = hide(keys[:SHOWN], x)
        guesses = np.asarray(guess(params, extra, hidden)[0].argmax(-1))
        shown, told = [], []
        for row, places, words, guessed in zip(*map(np.asarray, (x, *hidden[1:])), guesses, strict=True):
            found = {int(p): (int(w), int(g)) for p, w, g in zip(places, words, guessed, strict=True) if w >= 0}
            shown.append(spelt(input, row, found, told=False, limit=WORDS))
            told.append(spelt(input, row, found, told=True, limit=WORDS))
        columns = (Column("what is hidden", np.array(shown)), Column("what is told from the rest", np.array(told)))
        lead = (
            f"{mask:.0%} of the words are hidden. Right guesses are underlined; a wrong one is underlined by dashes."
            " Look whether wrong ones fit, too."
        )
        return Exhibit("Telling hidden words", lead, columns)

    return Method(
        init,
        views,
        loss,
        embedding(encoder, input),
        show=show,
        score=score,
        chance=lambda _: math.log(vocabulary * (2 if next_sentence else 1)),
    )


def _nats(logits: jax.Array, labels: jax.Array) -> jax.Array:
    """Cross entropy of each label, [...]; 0 where there is none (-1)."""
    return optax.softmax_cross_entropy_with_integer_labels(logits, jnp.maximum(labels, 0)) * (labels >= 0)


def _of_all(logits: jax.Array, labels: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Mean cross entropy and accuracy over the labels of the global batch, however they lie on the devices.

    A mean of each device's own mean would be another: texts differ in how many words are hidden. What is returned is
    this device's share times the devices, of which the step takes the mean.
    """
    scale = parallel.axis_size() / jnp.maximum(parallel.psum(jnp.sum(labels >= 0)), 1)
    right = jnp.sum((logits.argmax(-1) == labels) & (labels >= 0))
    return _nats(logits, labels).sum() * scale, right * scale
