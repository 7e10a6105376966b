"""BYOL-A's encoder of spectrograms (arXiv:2103.06695, the network of Task 6 of DCASE 2020's NTT entry)."""

import jax
import jax.numpy as jnp
from flax import nnx

from jssl import parallel
from jssl.nets.convnet import Conv
from jssl.nets.net import Net, from_nnx
from jssl.nets.norm import BatchNorm
from jssl.ranges import Below1, Count

BLOCKS = 3


class AudioCNN(nnx.Module):
    """Three blocks of convolution, batch norm, ReLU and pooling, an MLP for each frame, and pooling over time."""

    def __init__(
        self,
        channels: int,
        *,
        width: int,
        features: int,
        mels: int,
        dropout: float,
        post_norm: bool,
        batch_norm: str,
        dtype: jnp.dtype,
        rngs: nnx.Rngs,
    ) -> None:
        self.dropout = dropout
        norm = BatchNorm(channels, mode=batch_norm, scale=False, bias=False, dtype=dtype) if post_norm else None
        self.post_norm = norm
        self.convs, self.norms = nnx.Dict(), nnx.Dict()
        for i in range(BLOCKS):
            self.convs[f"block{i}"] = Conv(channels, width, side=3, dtype=dtype, rngs=rngs)
            self.norms[f"block{i}"] = BatchNorm(width, mode=batch_norm, dtype=dtype)
            channels = width
        self.fc1 = nnx.Linear(width * (mels // 2**BLOCKS), features, dtype=dtype, rngs=rngs)
        self.fc2 = nnx.Linear(features, features, dtype=dtype, rngs=rngs)

    def __call__(self, x: jax.Array, *, train: bool, key: jax.Array | None = None) -> jax.Array:
        """[n, mels, frames, c] -> float32 [n, features]."""
        if self.post_norm is not None:
            x = self.post_norm(x, train=train)
        for name, conv in self.convs.items():
            x = _pooled(jax.nn.relu(self.norms[name](conv(x, stride=1, padding=1), train=train)))
        x = x.transpose(0, 2, 1, 3).reshape(x.shape[0], x.shape[2], -1)
        x = jax.nn.relu(self.fc1(x))
        if train and self.dropout and key is not None:
            x = dropped(key, x, self.dropout)
        x = jax.nn.relu(self.fc2(x)).astype(jnp.float32)
        return largest(x) + x.mean(1)


def dropped(key: jax.Array, x: jax.Array, rate: float) -> jax.Array:
    """Dropout of [n, ...], drawn by an example's row in the global batch, not by the device's."""
    rows = parallel.axis_index() * len(x) + jnp.arange(len(x))
    kept = jax.vmap(lambda row: jax.random.bernoulli(jax.random.fold_in(key, row), 1 - rate, x.shape[1:]))(rows)
    return jnp.where(kept, x / (1 - rate), 0)


def largest(x: jax.Array) -> jax.Array:
    """The maximum over time, [n, t, d] -> [n, d].

    Not `x.max(1)`: its gradient asks which values equal the maximum, and finds none, 0 / 0, where XLA computes them
    anew with another rounding.
    """
    return jnp.take_along_axis(x, jax.lax.stop_gradient(x).argmax(1)[:, None], axis=1)[:, 0]


def _pooled(x: jax.Array) -> jax.Array:
    """The largest of each 2x2, [n, h, w, c] -> [n, h // 2, w // 2, c].

    Not by `jnp.maximum`, whose gradient asks for equality too. The pooling's own gives each to one of the four.
    """
    return nnx.max_pool(x, (2, 2), (2, 2))


def audio_cnn(
    *,
    width: Count = 64,
    features: Count = 2048,
    mels: Count = 64,
    dropout: Below1 = 0.3,
    post_norm: bool = True,
    batch_norm: str = "sync",
    dtype: jnp.dtype = jnp.float32,
) -> Net:
    """Spectrograms [n, mels, frames, c] of at least 8 frames -> features float32 [n, features].

    Args:
        width: channels of every convolution.
        features: of the MLP, and of the result: maximum and mean over time, added.
        mels: bands of the spectrograms.
        dropout: in the MLP; without a key nothing is dropped. Of methods that join views to one batch, as SimCLR does,
            what is dropped depends on the number of devices; of BYOL, and others that apply it to each, it does not.
        post_norm: BYOL-A's normalisation of augmented spectrograms by the statistics of the batch: a batch norm without
            scale and offset on the input, over all devices. Each view has its own, and untouched examples the average.
        batch_norm: mode of `jssl.nets.norm.BatchNorm`.
        dtype: compute type; parameters are float32.

    Raises:
        ValueError: fewer than 8 bands; a `dropout` of 1 or more.
    """
    if mels < 2**BLOCKS:
        raise ValueError(f"mels={mels}: three poolings need at least {2**BLOCKS} bands")
    if not 0 <= dropout < 1:
        raise ValueError(f"dropout={dropout} is a probability: at least 0 and below 1")

    def build(channels: int, rngs: nnx.Rngs) -> AudioCNN:
        return AudioCNN(
            channels, width=width, features=features, mels=mels, dropout=dropout, post_norm=post_norm,
            batch_norm=batch_norm, dtype=dtype, rngs=rngs,
        )  # fmt: skip

    return from_nnx(build, layers=(*(f"block{i}" for i in range(BLOCKS)), "fc1", "fc2"))
