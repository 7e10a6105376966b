"""A U-Net on waves, of audio super-resolution (arXiv:1708.00853): down to a code, and up by shuffles."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
from flax import nnx

from jssl.nets.net import Net, from_nnx
from jssl.nets.wave import apart, he, mean_of_frames, waves_apart
from jssl.ranges import Count

STRIDE = 2
SLOPE = 0.2


class WaveUNet(nnx.Module):
    """See `wave_unet`."""

    def __init__(self, widths: Sequence[int], kernel: int, *, dtype: jnp.dtype, rngs: nnx.Rngs) -> None:
        self.depth, self.dtype = len(widths), dtype
        self.down, self.up = nnx.Dict(), nnx.Dict()
        channels = 1
        for i, width in enumerate(widths):
            self.down[f"down{i}"] = nnx.Conv(
                channels, width, (kernel,), (STRIDE,), padding="SAME", kernel_init=he, dtype=dtype, rngs=rngs
            )
            channels = width
        for i in reversed(range(self.depth)):
            beside = widths[i - 1] if i else 1
            made = beside if i else widths[0] // 2
            self.up[f"up{i}"] = nnx.Conv(
                channels, made * STRIDE, (kernel,), padding="SAME", kernel_init=he, dtype=dtype, rngs=rngs
            )
            channels = made + beside
        # What is added is nothing at first: the sound goes through as it is.
        self.last = nnx.Conv(
            channels, 1, (kernel,), padding="SAME", kernel_init=nnx.initializers.zeros, dtype=dtype, rngs=rngs
        )

    def __call__(self, x: jax.Array, *, train: bool, key: jax.Array | None = None) -> jax.Array:
        """[n, samples, 2] -> float32 [n, d]."""
        del train, key
        return mean_of_frames(self._encoded(x)[-1].astype(jnp.float32), self._there(x, self.depth)[..., 0])

    def mended(self, x: jax.Array, *, train: bool, key: jax.Array | None = None) -> jax.Array:
        """[n, samples, 2] -> float32 [n, samples], of which what has no sound means nothing."""
        del train, key
        maps = self._encoded(x)
        y = maps.pop()
        for i in reversed(range(self.depth)):
            beside = maps.pop()
            y = jax.nn.leaky_relu(self.up[f"up{i}"](y), SLOPE)
            n, t, c = y.shape
            shuffled = jnp.where(self._there(x, i), y.reshape(n, STRIDE * t, c // STRIDE), 0)
            y = jnp.concatenate([shuffled, beside], axis=-1)
        return x[..., 0] + self.last(y)[..., 0].astype(jnp.float32)

    def tokens(self, x: jax.Array, *, train: bool, key: jax.Array | None = None) -> jax.Array:
        """[n, samples, 2] -> float32 [n, t, d], the code."""
        del train, key
        return self._encoded(x)[-1].astype(jnp.float32)

    def _encoded(self, x: jax.Array) -> list[jax.Array]:
        """The wave and the map after each convolution, 0 where there is no sound."""
        if x.shape[1] % STRIDE**self.depth:
            raise ValueError(f"waves of {x.shape[1]} samples do not halve {self.depth} times")
        maps = [waves_apart(x)[0].astype(self.dtype)]
        for i in range(self.depth):
            y = jax.nn.leaky_relu(self.down[f"down{i}"](maps[-1]), SLOPE)
            maps.append(jnp.where(self._there(x, i + 1), y, 0))
        return maps

    def _there(self, x: jax.Array, halvings: int) -> jax.Array:
        """Which places of a map begin in the sound, bool [n, t, 1]."""
        return apart(x)[1][:, :: STRIDE**halvings, None]


def wave_unet(
    widths: Sequence[Count] = (128, 256, 512, 512), *, kernel: Count = 9, dtype: jnp.dtype = jnp.float32
) -> Net:
    """Waves [n, samples, 2] -> features float32 [n, widths[-1]], the mean over time of the code.

    Its part "mended" gives waves float32 [n, samples]: what was given, and what is added to it, at first nothing.

    Args:
        widths: channels after each convolution, each of which halves the samples; the samples divide so often.
        kernel: samples that a convolution sees.
        dtype: compute type; parameters are float32.

    Raises:
        ValueError: from the network, waves that do not halve so often.
    """

    def build(channels: int, rngs: nnx.Rngs) -> WaveUNet:
        del channels
        return WaveUNet(widths, kernel, dtype=dtype, rngs=rngs)

    layers = tuple(f"down{i}" for i in range(len(widths)))
    net = from_nnx(build, tokens=WaveUNet.tokens, layers=layers)
    mended = net._replace(apply=from_nnx(build, tokens=WaveUNet.mended).tokens)
    return net._replace(parts={"mended": mended})
