"""Sounds as waves: the sweeps of `sound`, longer, some of which end early."""

import jax
import jax.numpy as jnp
import numpy as np

from jssl.data.source import Facts
from jssl.inputs.sound import sound
from jssl.nets.wav2vec2 import wav2vec2
from tests.methods.senses.sense import BATCH, EXAMPLES, Sense
from tests.methods.senses.sound import RATE, STATISTICS, sweeps

SAMPLES = 240
FACTS = Facts(
    EXAMPLES,
    {"sound": jax.ShapeDtypeStruct((SAMPLES,), np.float32), "length": jax.ShapeDtypeStruct((), np.int32)},
    ("a", "b", "c"),
    {"rate": RATE, **STATISTICS},
)


def batch(step: int) -> dict[str, np.ndarray]:
    index = (np.arange(BATCH, dtype=np.int32) + step * BATCH) % EXAMPLES
    length = (SAMPLES - 40 * (index % 3)).astype(np.int32)
    waves = np.where(np.arange(SAMPLES)[None] < length[:, None], sweeps(index)[:, :SAMPLES], 0.0).astype(np.float32)
    return {"sound": waves, "length": length, "index": index, "label": index % 3}


def toys() -> dict[str, jax.Array]:
    return jax.tree.map(jnp.asarray, batch(0))


def encoder(batch_norm: str = "", **options):
    del batch_norm  # it has none
    usual = {"width": 8, "kernels": (10, 3), "strides": (5, 2), "positions": 4, "groups": 2}
    return wav2vec2(8, 1, 2, **{**usual, "dropout": 0.0, "layer_drop": 0.0, **options})


SENSE = Sense(
    facts=FACTS,
    batch=batch,
    inputs=lambda: {"sound": sound(FACTS, recipe="noisy_waves")},
    encoder=encoder,
)
