"""Series: the sweeps of `sound` as three channels, slower, for every index."""

import jax
import numpy as np

from jssl.data.measurements import about
from jssl.data.source import Facts
from jssl.inputs.series import series
from jssl.nets.sequence import sequence_transformer
from tests.methods.senses.sense import BATCH, EXAMPLES, Sense
from tests.methods.senses.sound import sweeps

STEPS, CHANNELS = 32, 3
ALL = sweeps(np.arange(EXAMPLES))[:, : STEPS * CHANNELS].reshape(EXAMPLES, STEPS, CHANNELS) * 3 + 1
FACTS = Facts(
    EXAMPLES,
    {"series": jax.ShapeDtypeStruct((STEPS, CHANNELS), np.float32)},
    ("a", "b", "c"),
    about("series", ALL),
)


def batch(step: int) -> dict[str, np.ndarray]:
    index = (np.arange(BATCH, dtype=np.int32) + step * BATCH) % EXAMPLES
    return {"series": ALL[index], "index": index, "label": index % 3}


def encoder(batch_norm: str = ""):
    del batch_norm  # it has none
    return sequence_transformer(16, 1, 2, patch=4)


SENSE = Sense(facts=FACTS, batch=batch, inputs=lambda: {"series": series(FACTS, recipe="sensors")}, encoder=encoder)
