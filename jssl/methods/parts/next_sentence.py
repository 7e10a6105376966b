"""Is the second half of a text its own? BERT's next sentence prediction (arXiv:1810.04805)."""

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
