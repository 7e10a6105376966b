"""Clips: the picture of every index, moving on by a pixel a frame, and where a walker would stand who saw it so."""

import jax
import numpy as np

from jssl.augment.clip.recipe import ClipRecipe
from jssl.data.source import Facts
from jssl.inputs.clip import clips
from jssl.nets.clip_convnet import clip_convnet
from tests.methods.senses import image
from tests.methods.senses.sense import EXAMPLES, Sense

FRAMES = 9


def batch(step: int) -> dict[str, np.ndarray]:
    still = image.batch(step)
    picture = still.pop("image")
    pose = np.zeros((len(picture), FRAMES, 3), np.float32)
    pose[:, :, 1] = np.arange(FRAMES)
    return {**still, "clip": np.stack([np.roll(picture, i, axis=2) for i in range(FRAMES)], axis=1), "pose": pose}


SENSE = Sense(
    facts=Facts(
        EXAMPLES,
        {
            "clip": jax.ShapeDtypeStruct((FRAMES, image.SIDE, image.SIDE, 3), np.uint8),
            "pose": jax.ShapeDtypeStruct((FRAMES, 3), np.float32),
        },
        ("a", "b", "c"),
    ),
    batch=batch,
    inputs=lambda: {"clip": clips(ClipRecipe(image.TWO_VIEWS(), frames=4, stride=2))},
    encoder=lambda batch_norm: clip_convnet(width=4, depth=2, batch_norm=batch_norm),
)
