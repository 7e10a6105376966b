"""Encoders of any array: a transformer on a sequence of vectors, and layers on everything at once."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
from flax import nnx

from jssl.nets.heads import MLP
from jssl.nets.net import Net, from_nnx
from jssl.nets.transformer import Transformer, xavier
from jssl.nets.vit import sincos
from jssl.ranges import Count


class SequenceTransformer(nnx.Module):
    """Patches along time, positions, transformer and the mean over time; see `sequence_transformer`."""

    def __init__(
        self, channels: int, dim: int, depth: int, heads: int, *, patch: int, dtype: jnp.dtype, rngs: nnx.Rngs
    ) -> None:
        self.patch, self.dtype = patch, dtype
        self.embed = nnx.Linear(patch * channels, dim, kernel_init=xavier, dtype=dtype, rngs=rngs)
        self.transformer = Transformer(dim, depth, heads, dtype=dtype, rngs=rngs)

    def __call__(self, x: jax.Array, *, train: bool, key: jax.Array | None = None) -> jax.Array:
        """[n, t, c] -> float32 [n, d]."""
        return self.tokens(x, train=train, key=key).mean(1)

    def tokens(self, x: jax.Array, *, train: bool, key: jax.Array | None = None) -> jax.Array:
        """[n, t, c] -> float32 [n, t / patch, d]."""
        del train, key
        n, t, c = x.shape
        if t % self.patch:
            raise ValueError(f"sequences of {t} steps do not divide into patches of {self.patch}")
        x = self.embed(x.reshape(n, t // self.patch, self.patch * c))
        positions = sincos(1, x.shape[1], x.shape[2], side=x.shape[1])
        return self.transformer(x + positions.astype(self.dtype)[None]).astype(jnp.float32)


def sequence_transformer(
    dim: Count, depth: Count, heads: Count, *, patch: Count = 1, dtype: jnp.dtype = jnp.float32
) -> Net:
    """Sequences [n, t, c], such as what sensors measure -> features float32 [n, dim], for any t that `patch` divides.

    Args:
        dim: length of a token, and of the features; 4 divides it.
        depth: transformer blocks.
        heads: of each block's attention.
        patch: steps that make a token.
        dtype: compute type; parameters are float32.

    Raises:
        ValueError: sizes that do not divide; from the network, another number of steps.
    """
    if dim % heads or dim % 4:
        raise ValueError(f"dim={dim} must divide over {heads} heads and by 4")

    def build(channels: int, rngs: nnx.Rngs) -> SequenceTransformer:
        return SequenceTransformer(channels, dim, depth, heads, patch=patch, dtype=dtype, rngs=rngs)

    layers = ("embed", *(f"block{i}" for i in range(depth)), "norm")
    return from_nnx(build, tokens=SequenceTransformer.tokens, layers=layers)


def perceptron(
    widths: Sequence[Count] = (512, 512), *, batch_norm: str = "sync", dtype: jnp.dtype = jnp.float32
) -> Net:
    """Arrays of any shape, flattened, through layers with batch norm between them -> float32 [n, widths[-1]].

    For tables and other inputs without an order; arguments as `jssl.nets.heads.mlp`.
    """

    def build(size: int, rngs: nnx.Rngs) -> MLP:
        norms = [True] * (len(widths) - 1) + [False]
        return MLP(
            size, widths, norms=norms, bias=True, last_affine=True, activation=jax.nn.relu, batch_norm=batch_norm,
            dtype=dtype, rngs=rngs,
        )  # fmt: skip

    flat = from_nnx(build)

    def init(key: jax.Array, example: jax.Array) -> tuple:
        return flat.init(key, example.reshape(example.shape[0], -1))

    def apply(params: dict, stats: dict, x: jax.Array, **mode: object) -> tuple:
        y, stats = flat.apply(params, stats, x.reshape(x.shape[0], -1), **mode)
        return y.astype(jnp.float32), stats

    return Net(init, apply, layers=tuple(f"layer{i}" for i in range(len(widths))))
