"""BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding (arXiv:1810.04805)."""

import math
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jssl.augment.text.hide import Hidden, hide_words
from jssl.exhibit import Column, Exhibit
from jssl.inputs.input import Input
from jssl.method import Batch, Method
from jssl.methods.parts.next_sentence import Pairs, halves, joined, swapped
from jssl.methods.parts.spelling import spelt
from jssl.methods.parts.views import embedding
from jssl.methods.parts.words import nats, over_all
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
    continuing_tokens: Sequence[int] = (),
    mask: Portion = 0.15,
    whole_words: bool = False,
    next_sentence: bool = False,
    sentence_order: bool = False,
) -> Method:
    """From the words that are left of a text, tell those that are hidden: masked, replaced by others, or unmarked.

    Args:
        encoder: a transformer on words, by whose embedding they are told.
        vocabulary: tokens there are, as the data says; the next four are its too.
        mask_token: what takes the place of 80 % of the hidden words; 10 % become another word, 10 % stay.
        separator_token: what ends a text.
        special_tokens: tokens that are no words, and are never hidden.
        continuing_tokens: tokens that go on with the word before them.
        mask: share of the words of each text that are hidden, others at every step.
        whole_words: hide all tokens of a word or none, as the authors' later models do.
        next_sentence: also tell whether the second half of a text is its own, or that of the next text in the batch,
            as it is half of the time.
        sentence_order: instead, tell whether both halves of a text have changed places (ALBERT, arXiv:1909.11942).

    Raises:
        ValueError: an encoder that is no transformer on words, or is causal; a mask that hides nothing or all;
            both tasks on sentences; whole words of data that does not say which tokens go on with one.
    """
    if encoder.words is None or encoder.causal:
        raise ValueError("bert hides words from its encoder: config.encoder must be text_transformer, and not causal")
    if not 0 < mask < 1:
        raise ValueError(f"mask={mask} is a share: above 0 and below 1")
    if next_sentence and sentence_order:
        raise ValueError("next_sentence and sentence_order are two tasks for one head: choose one")
    if whole_words and not continuing_tokens:
        raise ValueError("whole_words: no token of this data's vocabulary goes on with a word")
    in_pairs = next_sentence or sentence_order
    heads = {"words": word_head(vocabulary), **({"follows": follows_head()} if in_pairs else {})}

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        keys = dict(zip(("encoder", *heads), jax.random.split(key, 1 + len(heads)), strict=True))
        x = input.prepare(batch)
        params, stats = encoder.init(keys["encoder"], x)
        tokens = jax.eval_shape(encoder.tokens, params, stats, x)[0]
        made = {name: head.init(keys[name], tokens)[0] for name, head in heads.items()}
        return {"encoder": params, **made}, {"stats": {"encoder": stats}}

    def hide(keys: jax.Array, x: jax.Array) -> Hidden:
        special, continuing = tuple(special_tokens), tuple(continuing_tokens) if whole_words else ()
        return hide_words(
            keys, x, share=mask, mask_token=mask_token, special=special, vocabulary=vocabulary, continuing=continuing
        )

    def views(keys: jax.Array, batch: Batch) -> Hidden | Pairs | tuple[Hidden, jax.Array, jax.Array]:
        x = input.prepare(batch)
        if sentence_order:
            other = jax.vmap(lambda key: jax.random.bernoulli(jax.random.fold_in(key, 1)))(keys)
            x, label, segments = swapped(x, other, separator_token)
            return hide(keys, x), label, segments
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

    def loss(params: Any, extra: Any, views: Any, key: jax.Array, step: jax.Array) -> Any:
        del step
        run: dict[str, Any] = {"key": key, "train": True}
        if in_pairs:
            hidden, label, run["segments"] = joined(views) if next_sentence else views
        else:
            hidden = views
        logits, tokens = guess(params, extra, hidden, **run)
        value, right = over_all(logits, hidden.words)
        metrics = {"masked_loss": value, "masked_accuracy": right}
        if in_pairs:
            follows, right = over_all(heads["follows"].apply(params["follows"], {}, tokens)[0], label)
            value, metrics["follows_accuracy"] = value + follows, right
        return value, (extra, metrics)

    def score(params: Any, extra: Any, keys: jax.Array, batch: Batch) -> tuple[jax.Array, jax.Array]:
        hidden = hide(keys, input.prepare(batch))
        asked = nats(guess(params, extra, hidden)[0], hidden.words)
        return asked.sum(1), (hidden.words >= 0).sum(1)

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
        init, views, loss, embedding(encoder, input), show=show, score=score,
        chance=lambda _: math.log(vocabulary * (2 if in_pairs else 1)),
    )  # fmt: skip
