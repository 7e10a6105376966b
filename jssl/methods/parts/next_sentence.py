"""Do two texts belong together? BERT's next sentence (arXiv:1810.04805) and ALBERT's order (arXiv:1909.11942)."""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from jssl import parallel
from jssl.augment.text.hide import Hidden


class Pairs(NamedTuple):
    """Texts in two halves; in the loss the second is another text's where `other`."""

    first: Hidden
    second: Hidden
    other: jax.Array
    """bool [n]"""


def halves(x: jax.Array, separator_token: int) -> tuple[jax.Array, jax.Array]:
    """Texts int [n, t] in two, the first ended by a separator where a second half follows."""
    half = x.shape[1] // 2
    ended = jnp.where(x[:, half] >= 0, separator_token, x[:, half - 1])
    return x[:, :half].at[:, -1].set(ended), x[:, half:]


def joined(pairs: Pairs) -> tuple[Hidden, jax.Array, jax.Array]:
    """Whole texts, whether the second half is another's (int [n], -1 where there is none), and segments int [n, t].

    The other text is the next in the global batch, on whatever device it is.
    """
    n, half = pairs.first.x.shape
    mine = parallel.axis_index() * n + jnp.arange(n)
    place = (mine + pairs.other) % (parallel.axis_size() * n)
    second = Hidden(*(parallel.gather(part)[place] for part in pairs.second))
    there = (pairs.second.x[:, 0] >= 0) & (second.x[:, 0] >= 0)
    second = Hidden(*(jnp.where(there[:, None], x, own) for x, own in zip(second, pairs.second, strict=True)))
    x = jnp.concatenate([pairs.first.x, second.x], axis=1)
    places = jnp.concatenate([pairs.first.places, half + second.places], axis=1)
    words = jnp.concatenate([pairs.first.words, second.words], axis=1)
    segments = jnp.broadcast_to((jnp.arange(x.shape[1]) >= half).astype(jnp.int32)[None], x.shape)
    return Hidden(x, places, words), jnp.where(there, pairs.other.astype(jnp.int32), -1), segments


def swapped(x: jax.Array, other: jax.Array, separator_token: int) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Texts int [n, t] as two parts of as many words each, which change places where `other`, bool [n].

    Parts are equally long, and lie close together, so that nothing but their words tells which came first: a word is
    left out where their number is odd, and one or two where a text is full.

    Returns:
        Texts as they were, each part ended by a separator; whether it was swapped (int [n], -1 of less than two
        words); and segments int [n, t].
    """
    t = x.shape[1]
    half = jnp.clip((jnp.sum(x >= 0, axis=1) - 2) // 2, 0, (t - 3) // 2)[:, None]
    place, moved = jnp.arange(t)[None], jnp.where(other[:, None], half, 0)
    second = place > half + 1
    taken = jnp.where(second, place - 1 - moved, place + moved)  # of the second part, the first's end comes before it
    words = jnp.take_along_axis(x, jnp.clip(taken, 0, t - 1), axis=1)
    ends = (place == half + 1) | (place == 2 * half + 2)
    y = jnp.where(ends, separator_token, jnp.where(place == 0, x, jnp.where(place > 2 * half + 2, -1, words)))
    there = half > 0
    label = jnp.where(there[:, 0], other.astype(jnp.int32), -1)
    return jnp.where(there, y, x), label, jnp.where(there, second, False).astype(jnp.int32)
