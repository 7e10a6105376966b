"""Four changes of a picture's levels, one after the other, as VISSL has them for PIRL (arXiv:1912.01991)."""

import jax

from jssl.augment import image as ops
from jssl.augment.rand_augment import autocontrast, posterize, smooth

BITS, SHARPNESS, LEVELS = (4, 8), (0.1, 1.9), 256


def random_photometric(key: jax.Array, image: jax.Array) -> jax.Array:
    """Posterise to 4 to 8 bits, blend with the smooth picture, solarise at any level, stretch each channel's contrast.

    Args:
        image: float32 [h, w, c] in [0, 1]. The operations are PIL's, to within a grey level of 255.
    """
    bits, factor, threshold = jax.random.split(key, 3)
    image = posterize(image, jax.random.randint(bits, (), BITS[0], BITS[1] + 1))
    low, high = SHARPNESS
    image = ops.blend(image, smooth(image), jax.random.uniform(factor, minval=low, maxval=high))
    # PIL's thresholds are levels, 256 of which inverts nothing.
    image = ops.solarize(image, jax.random.randint(threshold, (), 0, LEVELS + 1) / (LEVELS - 1))
    return autocontrast(image)
