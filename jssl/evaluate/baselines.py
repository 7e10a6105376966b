"""Raw pixels: the features every evaluation stands beside (`Encoder.untrained` is the other baseline)."""

import jax
import jax.numpy as jnp
import numpy as np

from jssl.data.source import Source

LARGEST, THUMBNAIL = 64, 32
"""Pictures with a longer side than the first are scaled to the second: a probe of 150,000 pixels is no baseline."""


def raw_pixels(source: Source, *, batch_size: int = 1024) -> np.ndarray:
    """Pixels in [0, 1] as features, float32 [source.length, h * w * c]; of thumbnails, if pictures are large."""
    height, width, channels = source.shape
    if max(height, width) > LARGEST:
        height = width = THUMBNAIL
    pixels = np.empty((source.length, height * width * channels), np.float32)
    for start in range(0, source.length, batch_size):
        rows = np.arange(start, min(start + batch_size, source.length))
        images = source.read(rows)["image"]
        if images.shape[1:3] != (height, width):
            shape = (len(rows), height, width, channels)
            images = np.asarray(jax.image.resize(jnp.asarray(images, jnp.float32), shape, "linear"))
        pixels[rows] = images.reshape(len(rows), -1) / np.float32(255)
    return pixels
