"""Raw pixels: the features every evaluation stands beside (`Encoder.untrained` is the other baseline)."""

import numpy as np

from jssl.data.source import Source


def raw_pixels(source: Source, *, batch_size: int = 1024) -> np.ndarray:
    """Pixels in [0, 1] as features, float32 [source.length, h * w * c]."""
    pixels = np.empty((source.length, int(np.prod(source.shape))), np.float32)
    for start in range(0, source.length, batch_size):
        rows = np.arange(start, min(start + batch_size, source.length))
        pixels[rows] = source.read(rows)["image"].reshape(len(rows), -1) / np.float32(255)
    return pixels
