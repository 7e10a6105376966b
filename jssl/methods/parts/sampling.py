"""Words drawn from a language model, one after the other."""

from collections.abc import Callable

import jax
import jax.numpy as jnp


def nucleus(key: jax.Array, logits: jax.Array, temperature: jax.Array, top_p: jax.Array) -> jax.Array:
    """One word, int32 [], of logits [vocabulary].

    Args:
        key: of the draw.
        logits: -inf where a word may not be.
        temperature: what logits are divided by; 0 takes the most probable word.
        top_p: only the fewest words that together have this probability may be drawn (arXiv:1904.09751), one at least.
    """
    scaled = logits / jnp.maximum(temperature, 1e-6)
    order = jnp.argsort(-scaled)
    share = jax.nn.softmax(scaled[order])
    before = jnp.cumsum(share) - share
    kept = jnp.where((before < top_p) | (jnp.arange(len(order)) == 0), scaled[order], -jnp.inf)
    drawn = order[jax.random.categorical(key, kept)]
    return jnp.where(temperature > 0, drawn, order[0]).astype(jnp.int32)


def go_on(
    logits_at: Callable, keys: jax.Array, x: jax.Array, temperature: jax.Array, top_p: jax.Array, *, end: int
) -> jax.Array:
    """Texts int32 [n, t] written on from where they are -1, up to a word that ends them or to the last place.

    Whatever the prompts, this compiles once: every word costs a pass over all places.

    Args:
        logits_at: (x, place) -> logits [n, vocabulary] of the word at that place, by those before it.
        keys: one per text, [n].
        x: one word of each at least.
        temperature: as in `nucleus`.
        top_p: the same.
        end: the word that ends a text.
    """

    def write(place: jax.Array, x: jax.Array) -> jax.Array:
        own = jax.vmap(jax.random.fold_in, (0, None))(keys, place)
        word = jax.vmap(nucleus, (0, 0, None, None))(own, logits_at(x, place), temperature, top_p)
        goes_on = (x[:, place] < 0) & (x[:, place - 1] >= 0) & (x[:, place - 1] != end)
        return x.at[:, place].set(jnp.where(goes_on, word, x[:, place]))

    return jax.lax.fori_loop(jnp.min(jnp.sum(x >= 0, axis=1)), x.shape[1], write, x)
