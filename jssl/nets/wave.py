"""Encoders of waves: strided convolutions, and a context over what they find (arXiv:1807.03748, arXiv:2006.11477).

Frames carry with them whether there is any sound in them: the last channel of what goes from one part to the next is 1
where a frame was made of sound alone, and 0 where the recording had ended.
"""

from collections.abc import Sequence
from functools import partial

import jax
import jax.numpy as jnp
from flax import nnx

from jssl.nets.net import Net, from_nnx
from jssl.ranges import Count

EPSILON = 1e-5
"""Of PyTorch's norms."""
he = nnx.initializers.he_normal()


def apart(x: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Frames [n, t, d + 1] as [n, t, d], and bool [n, t]: in which there is sound."""
    return x[..., :-1], x[..., -1] > 0.5


def waves_apart(x: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Waves [n, samples, 2] as [n, samples, 1], and bool [n, samples]: where there is sound.

    Raises:
        ValueError: something else than waves.
    """
    if x.ndim != 3 or x.shape[-1] != 2:
        raise ValueError(f'this encoder sees waves, not {list(x.shape)}: config.augment.recipe must be "wave"')
    return apart(x)


def mean_of_frames(x: jax.Array, there: jax.Array) -> jax.Array:
    """Mean of [n, t, d] over the frames that are there, [n, d]; 0 where none is."""
    return jnp.sum(jnp.where(there[..., None], x, 0.0), 1) / jnp.maximum(there.sum(1), 1)[:, None]


def framed(there: jax.Array, kernels: Sequence[int], strides: Sequence[int]) -> jax.Array:
    """Of samples bool [n, samples] that are there up to an end, the frames [n, t] that convolutions make of them."""
    for kernel, stride in zip(kernels, strides, strict=True):
        there = there[:, kernel - 1 :: stride]
    return there


class Convolutions(nnx.Module):
    """Strided convolutions without padding; see `convolutions`."""

    def __init__(
        self,
        width: int,
        kernels: Sequence[int],
        strides: Sequence[int],
        *,
        norm: str,
        dtype: jnp.dtype,
        rngs: nnx.Rngs,
    ) -> None:
        self.kernels, self.strides, self.norm, self.dtype = tuple(kernels), tuple(strides), norm, dtype
        self.convs, self.norms = nnx.Dict(), nnx.Dict()
        channels = 1
        for i, (kernel, stride) in enumerate(zip(kernels, strides, strict=True)):
            self.convs[f"conv{i}"] = nnx.Conv(
                channels, width, (kernel,), (stride,), padding="VALID", use_bias=norm == "layer", kernel_init=he,
                dtype=dtype, rngs=rngs,
            )  # fmt: skip
            if norm == "layer" or i == 0:
                self.norms[f"conv{i}"] = nnx.LayerNorm(width, epsilon=EPSILON, dtype=dtype, rngs=rngs)
            channels = width

    def __call__(self, x: jax.Array, *, train: bool, key: jax.Array | None = None) -> jax.Array:
        """[n, samples, 2] -> [n, t, width + 1]."""
        del train, key
        x, there = waves_apart(x)
        x = x.astype(self.dtype)
        for i, (kernel, stride) in enumerate(zip(self.kernels, self.strides, strict=True)):
            x, there = self.convs[f"conv{i}"](x), framed(there, (kernel,), (stride,))
            if f"conv{i}" in self.norms:
                x = self.norms[f"conv{i}"](x) if self.norm == "layer" else self._over_time(x, there)
            x = jax.nn.gelu(x, approximate=False)
        return jnp.concatenate([x.astype(jnp.float32), there[..., None].astype(jnp.float32)], axis=-1)

    def _over_time(self, x: jax.Array, there: jax.Array) -> jax.Array:
        """Each channel of each recording of mean 0 and variance 1 over its own frames: a norm of as many groups."""
        there = there[..., None]
        x, count = x.astype(jnp.float32), jnp.maximum(there.sum(1, keepdims=True), 1)
        mean = jnp.sum(jnp.where(there, x, 0.0), 1, keepdims=True) / count
        variance = jnp.sum(jnp.where(there, (x - mean) ** 2, 0.0), 1, keepdims=True) / count
        norm = self.norms["conv0"]
        scale, bias = norm.scale[...].reshape(1, 1, -1), norm.bias[...].reshape(1, 1, -1)
        return ((x - mean) * jax.lax.rsqrt(variance + EPSILON) * scale + bias).astype(self.dtype)


class FrameNorm(nnx.Module):
    """A layer norm of frames, which leaves alone whether they are there."""

    def __init__(self, channels: int, *, rngs: nnx.Rngs) -> None:
        self.norm = nnx.LayerNorm(channels, epsilon=EPSILON, rngs=rngs)

    def __call__(self, x: jax.Array, *, train: bool, key: jax.Array | None = None) -> jax.Array:
        """[n, t, d + 1] -> the same."""
        del train, key
        return jnp.concatenate([self.norm(x[..., :-1]), x[..., -1:]], axis=-1)


class GRU(nnx.Module):
    """A gated recurrent unit over frames (arXiv:1406.1078), PyTorch's: the reset gate is of what the state gives."""

    def __init__(self, channels: int, dim: int, *, dtype: jnp.dtype, rngs: nnx.Rngs) -> None:
        self.dim = dim
        self.input = nnx.Linear(channels, 3 * dim, dtype=dtype, rngs=rngs)
        self.state = nnx.Linear(dim, 3 * dim, kernel_init=nnx.initializers.orthogonal(), dtype=dtype, rngs=rngs)

    def __call__(self, x: jax.Array, *, train: bool, key: jax.Array | None = None) -> jax.Array:
        """[n, t, d + 1] -> float32 [n, t, dim], of which each has seen the frames up to its own."""
        del train, key
        given = self.input(x[..., :-1])

        def step(state: jax.Array, given: jax.Array) -> tuple[jax.Array, jax.Array]:
            reset, update, new = jnp.split(given, 3, axis=-1)
            own_reset, own_update, own_new = jnp.split(self.state(state), 3, axis=-1)
            update = jax.nn.sigmoid(update + own_update)
            new = jnp.tanh(new + jax.nn.sigmoid(reset + own_reset) * own_new)
            state = ((1 - update) * new + update * state).astype(jnp.float32)
            return state, state

        first = jnp.zeros((len(x), self.dim), jnp.float32)
        return jnp.moveaxis(jax.lax.scan(step, first, jnp.moveaxis(given, 1, 0))[1], 0, 1)


def convolutions(
    width: int, kernels: Sequence[int], strides: Sequence[int], *, norm: str, dtype: jnp.dtype = jnp.float32
) -> Net:
    """Waves [n, samples, 2] -> frames float32 [n, t, width + 1].

    Args:
        width: channels of every convolution.
        kernels, strides: of each; as many frames come out of the last as fit without padding.
        norm: "layer", of each frame after every convolution; or "group", of each channel over time after the first.
        dtype: compute type; parameters are float32.
    """

    def build(channels: int, rngs: nnx.Rngs) -> Convolutions:
        del channels
        return Convolutions(width, kernels, strides, norm=norm, dtype=dtype, rngs=rngs)

    net = from_nnx(build, layers=tuple(f"conv{i}" for i in range(len(kernels))))
    return net._replace(frames=partial(framed, kernels=tuple(kernels), strides=tuple(strides)))


def frame_norm() -> Net:
    """Frames [n, t, d + 1] -> the same, normalised."""
    return from_nnx(lambda channels, rngs: FrameNorm(channels - 1, rngs=rngs))


def in_parts(context: Net, **before: Net) -> Net:
    """Nets one after the other, the last of which gives tokens [n, t, d]; their mean over the sound is its features.

    Each part can be applied alone, by `Net.parts`: the first is "features", of waves, the last is "context".
    """
    parts = {**before, "context": context}

    def init(key: jax.Array, example: jax.Array) -> tuple[dict, dict]:
        params, stats, x = {}, {}, example
        for part_key, (name, net) in zip(jax.random.split(key, len(parts)), parts.items(), strict=True):
            params[name], stats[name] = net.init(part_key, x)
            x = jax.eval_shape(net.apply, params[name], stats[name], x)[0]
        return params, stats

    def frames(params: dict, stats: dict, x: jax.Array, **mode: object) -> jax.Array:
        for name, net in before.items():
            x, _ = net.apply(params[name], stats[name], x, **mode)
        return x

    def tokens(params: dict, stats: dict, x: jax.Array, **mode: object) -> tuple[jax.Array, dict]:
        x = frames(params, stats, x, **mode)
        return context.apply(params["context"], stats["context"], x, **mode)[0], stats

    def apply(params: dict, stats: dict, x: jax.Array, **mode: object) -> tuple[jax.Array, dict]:
        x = frames(params, stats, x, **mode)
        y, _ = context.apply(params["context"], stats["context"], x, **mode)
        return mean_of_frames(y, apart(x)[1]), stats

    layers = tuple(layer for net in parts.values() for layer in net.layers)
    return Net(init, apply, tokens, layers=layers, parts=parts, frames=before["features"].frames)


def wave_gru(
    dim: Count = 256,
    *,
    width: Count = 512,
    kernels: Sequence[Count] = (10, 8, 4, 4, 4),
    strides: Sequence[Count] = (5, 4, 2, 2, 2),
    dtype: jnp.dtype = jnp.float32,
) -> Net:
    """CPC's encoder (arXiv:1807.03748): waves [n, samples, 2] -> features float32 [n, dim], a frame every 160 samples.

    Frames are normalised each by itself, where the paper has no norm: one over a batch would let a frame see others.

    Args:
        dim: of the recurrent context, and of the features: its mean over time.
        width: channels of every convolution.
        kernels, strides: of each convolution.
        dtype: compute type; parameters are float32.

    Raises:
        ValueError: kernels and strides that are not equally many.
    """
    check_convolutions(kernels, strides)
    context = from_nnx(lambda channels, rngs: GRU(channels - 1, dim, dtype=dtype, rngs=rngs), layers=("context",))
    return in_parts(context, features=convolutions(width, kernels, strides, norm="layer", dtype=dtype))


def check_convolutions(kernels: Sequence[int], strides: Sequence[int]) -> None:
    """Raises `ValueError` for kernels and strides that are not equally many."""
    if len(kernels) != len(strides):
        raise ValueError(f"{len(kernels)} kernels and {len(strides)} strides: each convolution has one of both")
