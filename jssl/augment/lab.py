"""CIE Lab (1976), illuminant D65, of sRGB colours: lightness apart from colour, and distances as people see them."""

import jax
import jax.numpy as jnp
import numpy as np

# Reduced-precision matmuls (TF32, bfloat16) would move colours, differently on each kind of device.
EXACT = jax.lax.Precision.HIGHEST
XYZ = np.array(
    [[0.412453, 0.357580, 0.180423], [0.212671, 0.715160, 0.072169], [0.019334, 0.119193, 0.950227]], np.float32
)
WHITE = np.array([0.95047, 1.0, 1.08883], np.float32)
GRID = 10
_ROWS = (
    (50, 90), (20, 90), (0, 90), (-20, 90), (-30, 100), (-40, 100), (-50, 100), (-50, 100), (-60, 100), (-70, 100),
    (-80, 90), (-80, 90), (-90, 90), (-100, 90), (-100, 80), (-110, 80), (-110, 80), (-110, 70), (-110, 70), (-90, 0),
)  # fmt: skip
"""For a = -90, -80, ..., 100 the least and the largest b."""
BINS = np.array(
    [(a, b) for a, (low, high) in zip(range(-90, 101, GRID), _ROWS, strict=True) for b in range(low, high + 1, GRID)],
    np.float32,
)
"""[313, 2]: the centres, 10 apart, into which arXiv:1603.08511 sorts a and b. They reach about one step further than
the colours that sRGB has, which lie in 261 of their cells."""


def rgb_to_lab(rgb: jax.Array) -> jax.Array:
    """Colours of sRGB in [0, 1], [..., 3] -> Lab float32 [..., 3]: L in [0, 100], a in [-87, 99], b in [-108, 95]."""
    linear = jnp.where(rgb > 0.04045, ((jnp.maximum(rgb, 0.04045) + 0.055) / 1.055) ** 2.4, rgb / 12.92)
    xyz = jnp.einsum("...c,xc->...x", linear, XYZ / WHITE[:, None], precision=EXACT)
    f = jnp.where(xyz > 0.008856, jnp.cbrt(jnp.maximum(xyz, 0.008856)), 7.787 * xyz + 16 / 116)
    x, y, z = f[..., 0], f[..., 1], f[..., 2]
    return jnp.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def lab_to_rgb(lab: jax.Array) -> jax.Array:
    """Lab [..., 3] -> sRGB float32 [..., 3]; what sRGB does not have is clipped to [0, 1]."""
    y = (lab[..., 0] + 16) / 116
    f = jnp.stack([y + lab[..., 1] / 500, y, y - lab[..., 2] / 200], axis=-1)
    xyz = jnp.where(f > 0.2068966, f**3, (f - 16 / 116) / 7.787)
    linear = jnp.einsum("...x,cx->...c", xyz, np.linalg.inv(XYZ / WHITE[:, None]), precision=EXACT)
    curved = 1.055 * jnp.maximum(linear, 0.0031308) ** (1 / 2.4) - 0.055
    return jnp.clip(jnp.where(linear > 0.0031308, curved, 12.92 * linear), 0.0, 1.0)
