"""Tables: a row of numbers for every index, whose columns differ in size and go together in part."""

import jax
import numpy as np

from jssl.data.measurements import about
from jssl.data.source import Facts
from jssl.inputs.table import table
from jssl.nets.sequence import perceptron
from tests.methods.senses.sense import BATCH, EXAMPLES, Sense

COLUMNS = 12
_RNG = np.random.default_rng(0)
_MIXED = _RNG.standard_normal((EXAMPLES, 6)) @ _RNG.standard_normal((6, COLUMNS))
ALL = (_MIXED * np.linspace(0.5, 20, COLUMNS)[None] + np.arange(COLUMNS)[None]).astype(np.float32)
FACTS = Facts(EXAMPLES, {"table": jax.ShapeDtypeStruct((COLUMNS,), np.float32)}, ("a", "b", "c"), about("table", ALL))


def batch(step: int) -> dict[str, np.ndarray]:
    index = (np.arange(BATCH, dtype=np.int32) + step * BATCH) % EXAMPLES
    return {"table": ALL[index], "index": index, "label": index % 3}


SENSE = Sense(
    facts=FACTS,
    batch=batch,
    inputs=lambda: {"table": table(FACTS, recipe="columns")},
    encoder=lambda batch_norm: perceptron((32, 16), batch_norm=batch_norm),
)
