"""MAE's decoder (arXiv:2111.06377): from the tokens of some patches to the pixels of all."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from flax import nnx

from jssl.nets.net import Net, compute_type, from_nnx
from jssl.nets.transformer import Transformer, xavier


class MAEDecoder(nnx.Module):
    """A narrow transformer on the encoder's tokens, put back in their places; see `mae_decoder`."""

    def __init__(
        self,
        channels: int,
        dim: int,
        depth: int,
        heads: int,
        *,
        positions: Callable[[int], jax.Array],
        pixels: int,
        rngs: nnx.Rngs,
    ) -> None:
        self.positions = positions
        self.embed = nnx.Linear(channels, dim, kernel_init=xavier, dtype=compute_type(), rngs=rngs)
        self.mask = nnx.Param(nnx.initializers.normal(0.02)(rngs.params(), (dim,)))
        self.transformer = Transformer(dim, depth, heads, dtype=compute_type(), rngs=rngs)
        self.predict = nnx.Linear(dim, pixels, kernel_init=xavier, dtype=compute_type(), rngs=rngs)

    def __call__(self, x: jax.Array, *, keep: jax.Array, train: bool, key: jax.Array | None = None) -> jax.Array:
        """[n, tokens, d] -> float32 [n, places, pixels]."""
        del train, key
        x = self.embed(x)
        n, _, dim = x.shape
        first = x.shape[1] - keep.shape[1]  # a class token has no place, and no position, in the grid
        positions = self.positions(dim)
        grid = jnp.broadcast_to(self.mask[...].astype(x.dtype), (n, *positions.shape))
        grid = jax.vmap(lambda places, i, token: places.at[i].set(token))(grid, keep, x[:, first:])
        grid = grid + positions[None].astype(x.dtype)
        x = self.transformer(jnp.concatenate([x[:, :first], grid], axis=1))
        return self.predict(x[:, first:]).astype(jnp.float32)


def mae_decoder(dim: int, depth: int, heads: int, *, positions: Callable[[int], jax.Array], pixels: int) -> Net:
    """Tokens [n, k, d] of the patches `keep`, int [n, k], in any order -> pixels [n, places, pixels] of all.

    Applied as `apply(params, stats, tokens, keep=keep)`. Tokens beyond k come first and are class tokens. The places
    that are left hold one learned mask token; positions are fixed.

    Args:
        dim: length of a token in the decoder, 512 in the paper.
        depth: transformer blocks, 8 in the paper.
        heads: of each block's attention, 16 in the paper.
        positions: (dim) -> [places, dim], of all patches.
        pixels: numbers in a patch, patch * patch * channels.

    Raises:
        ValueError: a `dim` that `heads`, or the 4 parts of a position, do not divide.
    """
    if dim % heads or dim % 4:
        raise ValueError(f"a decoder's dim={dim} must divide by its {heads} heads and by 4")

    def build(channels: int, rngs: nnx.Rngs) -> MAEDecoder:
        return MAEDecoder(channels, dim, depth, heads, positions=positions, pixels=pixels, rngs=rngs)

    return from_nnx(build)
