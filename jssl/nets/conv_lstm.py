"""Convolutional LSTM (arXiv:1506.04214): a memory at every place of a map, which goes on from frame to frame."""

import jax
import jax.numpy as jnp
from flax import nnx

from jssl.nets.convnet import Conv
from jssl.nets.net import Net, compute_type, from_nnx
from jssl.nets.norm import BatchNorm
from jssl.nets.pixel_shuffle import pixel_shuffle
from jssl.ranges import Count

State = tuple[jax.Array, jax.Array]
"""Hidden and cell, float32 [n, h, w, width] each."""


class Cell(nnx.Module):
    """Gates by a 3x3 convolution of the hidden map, and of what comes in; without the paper's peepholes.

    i, f, o, g = W h + x, then c' = sigmoid(f + 1) c + sigmoid(i) tanh(g) and h' = sigmoid(o) tanh(c'). The 1 lets a
    memory last from the start.
    """

    def __init__(self, width: int, *, dtype: jnp.dtype, rngs: nnx.Rngs) -> None:
        self.recurrent = Conv(width, 4 * width, side=3, dtype=dtype, rngs=rngs)
        self.bias = nnx.Param(jnp.zeros(4 * width))

    def __call__(self, state: State, x: jax.Array | float = 0.0) -> State:
        """The next state; x [n, h, w, 4 width] is what comes in, already mapped to the gates."""
        h, c = state
        gates = self.recurrent(h, stride=1, padding=1).astype(jnp.float32) + self.bias[...][None, None, None] + x
        i, f, o, g = jnp.split(gates, 4, axis=-1)
        c = jax.nn.sigmoid(f + 1) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        return jax.nn.sigmoid(o) * jnp.tanh(c), c


class ConvLSTM(nnx.Module):
    """Convolutions that halve each frame, and one cell over time; see `conv_lstm`."""

    def __init__(
        self, channels: int, *, width: int, depth: int, batch_norm: str, dtype: jnp.dtype, rngs: nnx.Rngs
    ) -> None:
        self.names, self.width = tuple(f"layer{i}" for i in range(depth)), width
        self.convs, self.norms = nnx.Dict(), nnx.Dict()
        for name in self.names:
            self.convs[name] = Conv(channels, width, side=3, dtype=dtype, rngs=rngs)
            self.norms[name] = BatchNorm(width, mode=batch_norm, dtype=dtype)
            channels = width
        self.lstm = nnx.Dict(
            inward=Conv(channels, 4 * width, side=3, dtype=dtype, rngs=rngs), cell=Cell(width, dtype=dtype, rngs=rngs)
        )

    def __call__(self, x: jax.Array, *, train: bool, key: jax.Array | None = None) -> jax.Array:
        """[n, t, h, w, c] -> float32 [n, 2 width]."""
        return self.tokens(x, train=train).mean(1)

    def tokens(self, x: jax.Array, *, train: bool, key: jax.Array | None = None) -> jax.Array:
        """[n, t, h, w, c] -> float32 [n, h' w', 2 width]: hidden and cell after the last frame, row by row."""
        del key
        n, t = x.shape[:2]
        x = x.reshape(n * t, *x.shape[2:])
        for name in self.names:
            x = jax.nn.relu(self.norms[name](self.convs[name](x, stride=2, padding=1), train=train))
        x = self.lstm["inward"](x, stride=1, padding=1).astype(jnp.float32)
        x = jnp.moveaxis(x.reshape(n, t, *x.shape[1:]), 1, 0)
        still = jnp.zeros((*x.shape[1:4], self.width))
        state, _ = jax.lax.scan(lambda state, frame: (self.lstm["cell"](state, frame), None), (still, still), x)
        return jnp.concatenate(state, axis=-1).reshape(n, -1, 2 * self.width)


def conv_lstm(*, width: Count = 32, depth: Count = 2, batch_norm: str = "sync", dtype: jnp.dtype = jnp.float32) -> Net:
    """Clips [n, t, h, w, c] -> features float32 [n, 2 width]: the mean over places of what is remembered at the end.

    `Net.tokens` is that memory at every place, out of which a `forecaster` goes on.

    Args:
        width: channels of every layer, and of the memory.
        depth: 3x3 convolutions that halve the frames before they come in.
        batch_norm: mode of `jssl.nets.norm.BatchNorm`, of these convolutions.
        dtype: compute type; parameters and memory are float32.
    """

    def build(channels: int, rngs: nnx.Rngs) -> ConvLSTM:
        return ConvLSTM(channels, width=width, depth=depth, batch_norm=batch_norm, dtype=dtype, rngs=rngs)

    return from_nnx(build, tokens=ConvLSTM.tokens, layers=(*(f"layer{i}" for i in range(depth)), "lstm"))


class Forecaster(nnx.Module):
    """A cell that nothing comes in to, and a decoder of every state that it goes through; see `forecaster`."""

    def __init__(
        self, features: int, horizon: int, ups: int, channels: int, *, width: int, dtype: jnp.dtype, rngs: nnx.Rngs
    ) -> None:
        self.horizon = horizon
        self.first = nnx.Linear(features, 2 * width, dtype=dtype, rngs=rngs)
        self.cell = Cell(width, dtype=dtype, rngs=rngs)
        self.ups = nnx.List([Conv(width, 4 * width, side=3, dtype=dtype, rngs=rngs) for _ in range(ups)])
        self.last = nnx.Linear(width, channels, kernel_init=nnx.initializers.zeros, dtype=dtype, rngs=rngs)

    def __call__(self, x: jax.Array, *, train: bool, key: jax.Array | None = None) -> jax.Array:
        """[n, h, w, d] -> float32 [n, horizon, size, size, channels]; 0 at first."""
        del train, key
        h, c = jnp.split(self.first(x).astype(jnp.float32), 2, axis=-1)

        def on(state: State, _: None) -> tuple[State, jax.Array]:
            state = self.cell(state)
            return state, state[0]

        hidden = jax.lax.scan(on, (jnp.tanh(h), c), None, length=self.horizon)[1]
        y = hidden.reshape(-1, *hidden.shape[2:])
        for up in self.ups:
            y = jax.nn.relu(pixel_shuffle(up(y, stride=1, padding=1), 2))
        y = self.last(y).astype(jnp.float32)
        return jnp.moveaxis(y.reshape(self.horizon, -1, *y.shape[1:]), 0, 1)


def forecaster(horizon: int, ups: int, channels: int, *, width: int = 32) -> Net:
    """A memory's map [n, h, w, d] -> frames to come, float32 [n, horizon, h 2^ups, w 2^ups, channels], without bounds.

    Its own memory goes on by itself: no frame is shown to it, neither true ones nor its own, in training as afterwards.

    Args:
        horizon: frames.
        ups: how often a map's side is doubled.
        channels: of the frames.
        width: channels of the memory and of every map.
    """

    def build(features: int, rngs: nnx.Rngs) -> Forecaster:
        return Forecaster(features, horizon, ups, channels, width=width, dtype=compute_type(), rngs=rngs)

    return from_nnx(build)
