"""Clips: the picture of every index, moving on by a pixel a frame, and where a walker would stand who saw it so.

And what a player did who played so, what it got, and two bytes of its game.
"""

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
    clip = np.stack([np.roll(picture, i, axis=2) for i in range(FRAMES)], axis=1)
    return {**still, "clip": clip, "pose": pose, **played(still["index"])}


def played(index: np.ndarray) -> dict[str, np.ndarray]:
    action = (index[:, None] + np.arange(FRAMES)[None]) % 3
    ram = np.stack([action, np.broadcast_to(index[:, None] % 4 * 60, action.shape)], axis=-1)
    reward = np.broadcast_to(index[:, None] % 2, action.shape)
    return {"action": action.astype(np.int32), "reward": reward.astype(np.float32), "ram": ram.astype(np.uint8)}


SENSE = Sense(
    facts=Facts(
        EXAMPLES,
        {
            "clip": jax.ShapeDtypeStruct((FRAMES, image.SIDE, image.SIDE, 3), np.uint8),
            "pose": jax.ShapeDtypeStruct((FRAMES, 3), np.float32),
            "action": jax.ShapeDtypeStruct((FRAMES,), np.int32),
            "reward": jax.ShapeDtypeStruct((FRAMES,), np.float32),
            "ram": jax.ShapeDtypeStruct((FRAMES, 2), np.uint8),
        },
        ("a", "b", "c"),
        {"actions": 3},
    ),
    batch=batch,
    inputs=lambda: {"clip": clips(ClipRecipe(image.TWO_VIEWS(), frames=4, stride=2))},
    encoder=lambda batch_norm: clip_convnet(width=4, depth=2, batch_norm=batch_norm),
)
