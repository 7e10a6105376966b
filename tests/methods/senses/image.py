"""Pictures: a random grating for every index."""

from functools import partial

import numpy as np

from jssl.augment.recipes import make_recipe
from jssl.data.source import Facts, picture_spec
from jssl.inputs.image import pictures
from jssl.nets.convnet import convnet
from tests.methods.senses.sense import BATCH, EXAMPLES, Sense

SIDE = 16
# Views that are quick to compile; tests/augment has the others.
CHEAP = {"size": SIDE, "jitter": None, "grey": 0.0, "blur": 0.0, "solarize": 0.0}
TWO_VIEWS = partial(make_recipe, "simclr_cifar", **CHEAP, crop=None)
MULTI_CROP = partial(make_recipe, "multi_crop", **CHEAP, local_views=2, local_size=8)


def batch(step: int) -> dict[str, np.ndarray]:
    index = (np.arange(BATCH, dtype=np.int32) + step * BATCH) % EXAMPLES
    rng = np.random.default_rng(0)
    frequency, phase = rng.uniform(0.2, 1.5, (EXAMPLES, 2, 3)), rng.uniform(0, 6, (EXAMPLES, 1, 1, 3))
    row, column = np.arange(SIDE)[:, None, None], np.arange(SIDE)[None, :, None]
    waves = frequency[:, None, None, 0] * row + frequency[:, None, None, 1] * column
    return {"image": ((np.sin(waves + phase) + 1) * 127).astype(np.uint8)[index], "index": index, "label": index % 3}


SENSE = Sense(
    facts=Facts(EXAMPLES, picture_spec(SIDE, SIDE, 3), ("a", "b", "c")),
    batch=batch,
    inputs=lambda: {"image": pictures(TWO_VIEWS())},
    encoder=lambda batch_norm: convnet(width=4, depth=2, batch_norm=batch_norm),
)
