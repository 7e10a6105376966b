"""BERT's masked words (arXiv:1810.04805, appendix A.1): which are hidden, and behind what."""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp


class Hidden(NamedTuple):
    """Texts of which words are hidden, and what they were."""

    x: jax.Array
    """int32 [n, t], -1 where there is nothing."""
    places: jax.Array
    """int32 [n, k]: where words are hidden, as many as in the longest text."""
    words: jax.Array
    """int32 [n, k]: what stood there; -1 where a text has no further hidden word."""


def hide_words(
    keys: jax.Array,
    x: jax.Array,
    *,
    share: float,
    mask_token: int,
    special: tuple[int, ...],
    vocabulary: int,
    continuing: tuple[int, ...] = (),
    masked: float = 0.8,
    replaced: float = 0.1,
) -> Hidden:
    """Hide a share of each text's tokens, one at least.

    Args:
        keys: one per example, [n].
        x: int32 [n, t], -1 where there is nothing.
        share: of the words.
        mask_token: what takes the place of most hidden words.
        special: tokens that are no words and stay; none of these takes a word's place, but for `mask_token`.
        vocabulary: how many tokens there are.
        continuing: tokens that go on with the word before them, and are hidden where it is: words are hidden, in a
            random order, as long as all of the next one's tokens still belong to the share. Of a first one that is
            longer, a part.
        masked, replaced: shares of the hidden words that give way to the mask token, and to a random word; the rest
            stay as they are, and are asked for all the same.
    """
    words = jnp.array([i for i in range(vocabulary) if i not in set(special)], jnp.int32)
    most = max(1, round(share * x.shape[1]))
    goes_on = jnp.zeros(vocabulary, bool).at[jnp.array(continuing, jnp.int32)].set(True)
    one = partial(_hide, share, most, mask_token, jnp.array(special, jnp.int32), words, goes_on, masked, replaced)
    return Hidden(*jax.vmap(one)(keys, x))


def _hide(
    share: float,
    most: int,
    mask_token: int,
    special: jax.Array,
    words: jax.Array,
    goes_on: jax.Array,
    masked: float,
    replaced: float,
    key: jax.Array,
    x: jax.Array,
) -> tuple[jax.Array, jax.Array, jax.Array]:
    order_key, kind_key, word_key = jax.random.split(key, 3)
    hideable = (x >= 0) & ~jnp.any(x[:, None] == special[None], axis=1)
    count = jnp.sum(hideable)
    asked = jnp.clip(jnp.round(share * count).astype(jnp.int32), jnp.minimum(count, 1), most)
    # A word is known by its first token. Words in a random order, their tokens side by side: of a word that the share
    # ends in nothing is hidden, unless it is the first.
    continues = hideable & goes_on[jnp.maximum(x, 0)] & jnp.roll(hideable, 1)
    first = jax.lax.cummax(jnp.where(continues, 0, jnp.arange(len(x))))
    drawn = jnp.where(hideable, jax.random.uniform(order_key, x.shape)[first], 2.0)
    order = jnp.argsort(drawn, stable=True)
    rank, inside = jnp.arange(len(x)), order - first[order]
    end = rank - inside + jnp.zeros(len(x), jnp.int32).at[first].add(hideable)[first[order]]
    there = ((rank < asked) & ((end <= asked) | (rank == inside)))[:most]
    places = order[:most].astype(jnp.int32)
    stood = x[places]
    kind = jax.random.uniform(kind_key, (most,))
    other = jax.random.choice(word_key, words, (most,))
    shown = jnp.where(kind < masked, mask_token, jnp.where(kind < masked + replaced, other, stood))
    return x.at[places].set(jnp.where(there, shown, stood)), places, jnp.where(there, stood, -1)
