"""Texts: "tokens" int32 [t], with their "length" int32 []."""

import inspect
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jssl.augment.text.recipes import TextRecipe, TextView, make_text_recipe
from jssl.augment.text.views import draw_text_views
from jssl.data.source import Facts, Source
from jssl.data.texts import text_source
from jssl.data.tokenizer import ASSET, describe, spell
from jssl.exhibit import marked
from jssl.inputs.input import Input, as_it_is
from jssl.inputs.words import bag_of_words, tf_idf

SHOWN = 240
"""Characters of a text in a gallery."""


def text(facts: Facts, *, recipe: str = "plain", **options: Any) -> Input:
    """Texts under a recipe of `jssl.augment.text.recipes`.

    Args:
        recipe: its name.
        options: what of its views is changed, see `make_text_recipe`.

    Raises:
        ValueError: as `make_text_recipe`; data whose tokenizer is not kept with it.
    """
    if ASSET not in facts.assets:
        raise ValueError(f'tokens without a {ASSET}: open texts as "text:PATH" or "tfds:NAME"')
    return texts(make_text_recipe(recipe, **options), facts.assets[ASSET], facts.spec["tokens"].shape[0])


def options_of(recipe: str) -> dict[str, inspect.Parameter]:
    """What `config.augment` may hold beside a recipe of that name."""
    del recipe  # all have the same
    return dict(inspect.signature(TextView).parameters)


def texts(recipe: TextRecipe, tokenizer: str, length: int) -> Input:
    """Texts of at most `length` tokens under a recipe, by a tokenizer's JSON."""
    about = describe(tokenizer)

    def views(keys: jax.Array, batch: dict[str, jax.Array], count: int | None = None) -> tuple[jax.Array, ...]:
        some = recipe._replace(views=recipe.views[:count])
        return draw_text_views(some, keys, prepare(batch), mask_token=about["mask_token"])

    def perturbed(keys: jax.Array, batch: dict[str, jax.Array]) -> list[dict[str, jax.Array]]:
        drawn = views(keys, batch)
        there = [(jnp.where(x < 0, about["pad_token"], x), jnp.sum(x >= 0, 1, dtype=jnp.int32)) for x in drawn]
        return [{**batch, "tokens": tokens, "length": lengths} for tokens, lengths in there]

    def look(x: Any) -> np.ndarray:
        return np.array([_words(tokenizer, row, about["mask_token"]) for row in np.asarray(x)], np.str_)

    def figure(batch: dict[str, Any]) -> np.ndarray:
        return np.array([_shortened(words) for words in look(prepare(batch))], np.str_)

    untouched = all(view == TextView() for view in recipe.views)
    return Input(
        keys=("tokens", "length"),
        count=len(recipe.views),
        prepare=prepare,
        views=views,
        plain=lambda keys, batch: prepare(batch),
        match=partial(match_length, length=length, separator=about["separator_token"]),
        own=partial(own, tokenizer, length),
        baselines=(
            ("bag of words", as_it_is(partial(bag_of_words, about=about))),
            ("TF-IDF", partial(tf_idf, about=about)),
        ),
        figure=figure,
        look=look,
        perturb=None if untouched else perturbed,
        recipe=recipe,
    )


def prepare(batch: dict[str, jax.Array]) -> jax.Array:
    """Tokens int32 [n, t], -1 where a text has ended: no tokenizer's padding means anything to an encoder."""
    tokens, length = jnp.asarray(batch["tokens"]), jnp.asarray(batch["length"])
    return jnp.where(jnp.arange(tokens.shape[1])[None] < length[:, None], tokens, -1)


def own(tokenizer: str, length: int, strings: Any) -> Source:
    """A list of strings as examples, the middle of those that are too long.

    Raises:
        ValueError: anything else, or none.
    """
    if isinstance(strings, str) or not len(strings) or not all(isinstance(x, str) for x in strings):
        raise ValueError("texts must be a list of strings, at least one")
    return text_source("texts", list(strings), tokenizer, length, whole=True)


def match_length(batch: dict[str, jax.Array], *, length: int, separator: int) -> dict[str, jax.Array]:
    """Texts of any number of tokens as ones of `length`: padded, or cut and ended by a separator."""
    tokens, there = batch["tokens"], batch["length"]
    if tokens.shape[1] <= length:
        return {**batch, "tokens": jnp.pad(tokens, ((0, 0), (0, length - tokens.shape[1])))}
    last = (jnp.arange(length) == length - 1)[None] & (there > length)[:, None]
    return {**batch, "tokens": jnp.where(last, separator, tokens[:, :length]), "length": jnp.minimum(there, length)}


def _words(tokenizer: str, row: np.ndarray, mask_token: int) -> str:
    """A text, with what is hidden from the network marked; without what begins and ends it."""
    row = row[row >= 0]
    cuts = np.flatnonzero(row == mask_token)
    runs = np.split(row, cuts)
    parts = [spell(tokenizer, runs[0].tolist())]
    for run in runs[1:]:
        parts += [" ", marked("…", "hidden"), spell(tokenizer, run[1:].tolist())]
    return "".join(parts)


def _shortened(words: str) -> str:
    return words if len(words) <= SHOWN else f"{words[:SHOWN].rstrip()} …"
