"""CTC: Connectionist Temporal Classification (Graves et al., ICML 2006), by which wav2vec 2.0 is fine-tuned."""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from jssl.inputs.input import Input
from jssl.method import Batch, Method
from jssl.methods.parts.views import embedding
from jssl.nets.heads import linear
from jssl.nets.net import Net

BLANK = 0
"""What says of a frame that nothing new is written; letters follow."""


class Alphabet:
    """The letters of all that can be said, and how each class is spelt."""

    def __init__(self, transcripts: Sequence[str]) -> None:
        self.letters = tuple(sorted(set("".join(transcripts))))
        self.transcripts = tuple(transcripts)
        longest = max(map(len, transcripts))
        rows = [[self.letters.index(letter) + 1 for letter in text] for text in transcripts]
        self.labels = np.array([row + [BLANK] * (longest - len(row)) for row in rows], np.int32)
        """[classes, longest], 0 after the end."""

    def read(self, best: np.ndarray, there: np.ndarray) -> list[str]:
        """Greedy decoding of the best of each frame, int [n, t]: what repeats is said once, blanks are left out."""
        told = []
        for row, count in zip(np.asarray(best), np.asarray(there).sum(1), strict=True):
            row = row[:count]
            new = np.diff(row, prepend=BLANK) != 0
            told.append("".join(self.letters[i - 1] for i in row[new] if i != BLANK))
        return told


def ctc(encoder: Net, input: Input, *, classes: int, transcripts: Sequence[str]) -> Method:
    """Each frame says a letter or nothing; all the ways to write the transcript in the time there is are added up.

    A recording has the transcript of its class. `predict` gives log-likelihoods of all classes' transcripts, so that
    accuracy is that of hearing with a dictionary; `frame_letters` hears without one.

    Args:
        encoder: with tokens, of waves.
        classes: as the data says.
        transcripts: of the classes, in their order.

    Raises:
        ValueError: an encoder of something else than waves, transcripts that are empty or not one for each class.
    """
    if encoder.frames is None or encoder.tokens is None:
        raise ValueError("ctc reads the frames of a wave: config.encoder.name must be wav2vec2, wave_gru or the like")
    if len(transcripts) != classes or not all(transcripts):
        raise ValueError(f"{len(transcripts)} transcripts, {list(transcripts)}, of {classes} classes: one for each")
    alphabet = Alphabet(transcripts)
    labels = jnp.asarray(alphabet.labels)
    head = linear(1 + len(alphabet.letters))

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        encoder_key, head_key = jax.random.split(key)
        x = input.prepare(batch)
        params, stats = encoder.init(encoder_key, x)
        tokens = jax.eval_shape(encoder.tokens, params, stats, x)[0]
        letters, _ = head.init(head_key, tokens)
        return {"encoder": params, "letters": letters}, {"stats": {"encoder": stats}}

    def views(keys: jax.Array, batch: Batch) -> tuple[jax.Array, jax.Array]:
        return input.plain(keys, batch), batch["label"]

    def loss(params: Any, extra: Any, views: Any, key: jax.Array, step: jax.Array) -> Any:
        del step
        x, label = views
        logits, there = frame_letters(encoder.tokens, encoder.frames, params, extra, x, key=key, train=True)
        # A mean over recordings, each by the letters that it has.
        asked = labels[label]
        value = jnp.mean(_costs(logits, there, asked) / jnp.sum(asked != BLANK, axis=1))
        return value, (extra, {})

    def predict(params: Any, extra: Any, batch: Batch) -> jax.Array:
        logits, there = frame_letters(encoder.tokens, encoder.frames, params, extra, input.prepare(batch))
        each = jax.vmap(lambda row: _costs(logits, there, jnp.broadcast_to(row, (len(logits), len(row)))))
        return -each(labels).T

    return Method(init, views, loss, embedding(encoder, input), predict=predict)


def frame_letters(
    tokens: Callable, frames: Callable, params: Any, extra: Any, x: jax.Array, **run: Any
) -> tuple[jax.Array, jax.Array]:
    """Logits [n, t, 1 + letters] of a model that `ctc` trained, and in which frames there is sound, bool [n, t].

    Args:
        tokens, frames: of its encoder, see `Net`.
        run: arguments of `tokens`.
    """
    found, _ = tokens(params["encoder"], extra["stats"]["encoder"], x, **run)
    width = params["letters"]["layers"]["layer0"]["bias"].shape[0]
    logits, _ = linear(width).apply(params["letters"], {}, found)
    return logits.astype(jnp.float32), frames(x[..., 1] > 0.5)


def _costs(logits: jax.Array, there: jax.Array, labels: jax.Array) -> jax.Array:
    """Nats of each transcript [n, longest], [n]."""
    with jax.default_matmul_precision("highest"):  # by which it looks up the letters of each frame
        return optax.ctc_loss(logits, 1.0 - there, labels, (labels == BLANK).astype(jnp.float32), blank_id=BLANK)
