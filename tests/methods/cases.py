"""Every method of the index, small: with options, encoders, views and pictures that fit a test."""

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import optax

from jssl.augment.recipe import Recipe
from jssl.augment.recipes import make_recipe
from jssl.method import Method
from jssl.methods import METHODS
from jssl.nets.convnet import convnet
from jssl.nets.net import Net
from jssl.nets.vit import vit

BATCH, SHAPE = 24, (16, 16, 3)
RUN = {"examples": 64, "steps": 60, "steps_per_epoch": 2, "classes": 3}  # what a run knows and some methods ask for
# Where a paper's numbers do not fit a batch of 24, or 60 steps.
OPTIONS = {
    "barlow_twins": {"projector": (16, 8)},
    "byol": {"projector": (16, 8), "predictor": (16, 8), "momentum": 0.9},
    "context_encoder": {"overlap": 1, "width": 8},
    "dino": {"projector": (16, 8), "prototypes": 12, "momentum": 0.9, "center_momentum": 0.5},
    "jigsaw": {"permutations": 24, "patch": 4, "gap": 1, "jitter": 1, "shift": 1, "tile": (8,), "head": (16,)},
    "mae": {"decoder": (16, 1, 2)},
    "moco": {"projector": (16, 8), "queue": 48, "momentum": 0.9},
    "moco_v3": {"projector": (16, 8), "predictor": (16, 8), "momentum": 0.9},
    "npid": {"dim": 16, "negatives": 32, "temperature": 0.5},
    "pirl": {"dim": 16, "negatives": 32, "temperature": 0.5},
    "pseudo_label": {"ramp": (0.0, 0.02)},  # a weight that rises for longer would raise the loss
    "relative_position": {"patch": 4, "gap": 1, "jitter": 2, "smallest": 2, "head": (16,)},
    "simsiam": {"projector": (16, 8), "predictor": (4, 8)},
    "swav": {"projector": (16, 8), "prototypes": 12, "freeze": 0.5, "queue": 24, "queue_from": 1.0},
    "vicreg": {"expander": (16, 8)},
}
# Views that are quick to compile; tests/augment has the others.
CHEAP = {"size": 16, "jitter": None, "grey": 0.0, "blur": 0.0, "solarize": 0.0}
TWO_VIEWS = partial(make_recipe, "simclr_cifar", **CHEAP, crop=None)
MULTI_CROP = partial(make_recipe, "multi_crop", **CHEAP, local_views=2, local_size=8)
# What a method needs instead of two views, and instead of a convnet with batch norm.
RECIPES: dict[str, Callable[[], Recipe]] = {
    "dino": MULTI_CROP,
    "rotation": partial(TWO_VIEWS, flip=0.0),
    "s4l": partial(TWO_VIEWS, flip=0.0),
    "swav": MULTI_CROP,
}
ENCODERS: dict[str, Callable[[], Net]] = {
    "dino": partial(vit, 16, 2, 2, patch=8, image_size=16, drop_path=0.5),
    "mae": partial(vit, 16, 1, 2, patch=4, image_size=16),
}


def build(name: str, batch_norm: str = "sync", **options: object) -> Method:
    known = {key: value for key, value in RUN.items() if key in inspect.signature(METHODS[name]).parameters}
    encoder = ENCODERS.get(name, partial(convnet, width=4, depth=2, batch_norm=batch_norm))()
    recipe = RECIPES.get(name, TWO_VIEWS)()
    return METHODS[name](encoder, recipe, **{**known, **OPTIONS.get(name, {}), **options})


def batch(step: int) -> dict[str, Any]:
    """Pictures with structure: a random grating for every index, always the same."""
    index = (np.arange(BATCH, dtype=np.int32) + step * BATCH) % 64
    rng = np.random.default_rng(0)
    frequency, phase = rng.uniform(0.2, 1.5, (64, 2, 3)), rng.uniform(0, 6, (64, 1, 1, 3))
    row, column = np.arange(16)[:, None, None], np.arange(16)[None, :, None]
    waves = frequency[:, None, None, 0] * row + frequency[:, None, None, 1] * column
    own = {"image": ((np.sin(waves + phase) + 1) * 127).astype(np.uint8)[index], "index": index, "label": index % 3}
    return {**own, "labelled": own}


def optimizer() -> optax.GradientTransformation:
    """Adam, under which every loss falls; with the usual eps, rounding errors of a gradient of 0 would be steps."""
    return optax.adam(3e-3, eps=1e-3)
