"""wav2vec 2.0's masks over frames, and its distractors (arXiv:2006.11477, section 4.1 and its code)."""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp


class HiddenFrames(NamedTuple):
    """Which frames of each recording are hidden, and which others of these each is to be told from."""

    mask: jax.Array
    """bool [n, t]."""
    places: jax.Array
    """int32 [n, k]: the hidden frames from the first to the last, as many as there can be."""
    there: jax.Array
    """bool [n, k]: whether a recording has so many."""
    distractors: jax.Array
    """int32 [n, k, negatives]: for each of them others, by their position in `places`."""


def most_hidden(frames: int, share: float, span: int) -> int:
    """How many of so many frames are hidden at most."""
    return min(int(share * frames / span + 1) * span, frames)


def hide_frames(
    keys: jax.Array, lengths: jax.Array, *, frames: int, share: float, span: int, negatives: int
) -> HiddenFrames:
    """Hide spans of frames, that may overlap; for each hidden frame, draw others of the same recording.

    Args:
        keys: one per example, [n].
        lengths: how many frames each recording has, int [n]; what comes after is never hidden.
        frames: that there are room for, t.
        share: frames that would be hidden if no spans overlapped, as a share.
        span: frames that are hidden together.
        negatives: distractors of each hidden frame, drawn again and again from the others.
    """
    return jax.vmap(partial(_hide, frames, share, span, negatives))(keys, lengths)


def _hide(frames: int, share: float, span: int, negatives: int, key: jax.Array, length: jax.Array) -> HiddenFrames:
    round_key, place_key, other_key = jax.random.split(key, 3)
    # A share of a span is hidden as often as it says; spans fit, and have a first frame each.
    spans = jnp.floor(share * length / span + jax.random.uniform(round_key)).astype(jnp.int32)
    firsts = jnp.maximum(length - span + 1, 0)
    spans = jnp.minimum(jnp.minimum(spans, length // span), firsts)
    frame = jnp.arange(frames)
    drawn = jnp.where(frame < firsts, jax.random.uniform(place_key, (frames,)), 2.0)
    begins = jnp.argsort(jnp.argsort(drawn)) < spans
    ago = jnp.cumsum(begins) - jnp.concatenate([jnp.zeros(span, jnp.int32), jnp.cumsum(begins)])[:frames]
    mask = ago > 0
    most = most_hidden(frames, share, span)
    places = jnp.argsort(jnp.where(mask, frame, frames + frame))[:most].astype(jnp.int32)
    count = mask.sum()
    # Of the others, one less than there are: those from its own on are moved up by one.
    other = jax.random.randint(other_key, (most, negatives), 0, jnp.maximum(count - 1, 1))
    other = jnp.where(other >= jnp.arange(most)[:, None], other + 1, other)
    return HiddenFrames(mask, places, jnp.arange(most) < count, jnp.minimum(other, most - 1).astype(jnp.int32))
