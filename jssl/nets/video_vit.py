"""Vision transformers on clips, whose tokens are tubes through a few frames: VideoMAE's (arXiv:2203.12602)."""

from functools import partial

import jax
import jax.numpy as jnp
from flax import nnx

from jssl.nets.heads import torch_uniform
from jssl.nets.net import Net, from_nnx
from jssl.nets.positions import sines
from jssl.nets.transformer import Transformer
from jssl.ranges import Count, Natural, Positive


def cut_tubes(clips: jax.Array, tubelet: Count, patch: Count) -> jax.Array:
    """Clips [n, t, h, w, c] -> tubes [n, t/tubelet * h/patch * w/patch, tubelet * patch * patch, c].

    The first `tubelet` frames come first, row by row; so do the pixels of a tube.

    Raises:
        ValueError: frames or a side that are no multiple.
    """
    n, t, h, w, c = clips.shape
    if t % tubelet or h % patch or w % patch:
        raise ValueError(f"clips of {t} frames of {h}x{w} pixels do not divide into tubes of {tubelet} and {patch}")
    grid = clips.reshape(n, t // tubelet, tubelet, h // patch, patch, w // patch, patch, c)
    return grid.transpose(0, 1, 3, 5, 2, 4, 6, 7).reshape(n, -1, tubelet * patch * patch, c)


def join_tubes(tubes: jax.Array, tubelet: Count, patch: Count, rows: int, columns: int) -> jax.Array:
    """The inverse of `cut_tubes`, of frames of so many patches."""
    n, c = tubes.shape[0], tubes.shape[-1]
    grid = tubes.reshape(n, -1, rows, columns, tubelet, patch, patch, c)
    return grid.transpose(0, 1, 4, 2, 5, 3, 6, 7).reshape(n, -1, rows * patch, columns * patch, c)


class VideoViT(nnx.Module):
    """Tubes, positions, transformer and the mean; see `video_vit`."""

    def __init__(
        self,
        channels: int,
        dim: int,
        depth: int,
        heads: int,
        *,
        tubelet: int,
        patch: int,
        hidden: int,
        epsilon: float,
        remat: bool,
        dtype: jnp.dtype,
        rngs: nnx.Rngs,
    ) -> None:
        self.tubelet, self.patch, self.dtype = tubelet, patch, dtype
        pixels = tubelet * patch * patch * channels
        uniform = torch_uniform(pixels)
        self.embed = nnx.Linear(pixels, dim, kernel_init=uniform, bias_init=uniform, dtype=dtype, rngs=rngs)
        shared = {"hidden": hidden, "epsilon": epsilon, "remat": remat}
        self.transformer = Transformer(dim, depth, heads, **shared, dtype=dtype, rngs=rngs)

    def __call__(self, x: jax.Array, *, train: bool, key: jax.Array | None = None) -> jax.Array:
        """[n, t, h, w, c] -> float32 [n, d]."""
        return self.tokens(x, train=train, key=key).mean(1)

    def tokens(
        self, x: jax.Array, *, train: bool, key: jax.Array | None = None, keep: jax.Array | None = None
    ) -> jax.Array:
        """[n, t, h, w, c] -> float32 [n, tubes, d], in the order of `cut_tubes`.

        Args:
            keep: int [n, k], the tubes that are looked at; None is all.
        """
        del train, key
        tubes = cut_tubes(x, self.tubelet, self.patch)
        x = self.embed(tubes.reshape(*tubes.shape[:2], -1))
        x = x + sines(x.shape[1], x.shape[2]).astype(self.dtype)[None]
        if keep is not None:
            x = jnp.take_along_axis(x, keep[:, :, None], axis=1)
        return self.transformer(x).astype(jnp.float32)


def video_vit(
    dim: Count,
    depth: Count,
    heads: Count,
    *,
    tubelet: Count = 2,
    patch: Count = 16,
    hidden: Natural = 0,
    epsilon: Positive = 1e-6,
    remat: bool = False,
    dtype: jnp.dtype = jnp.float32,
) -> Net:
    """Clips [n, t, h, w, c] -> features float32 [n, dim], the mean of their tubes'; each looks at all others.

    Positions are sines of a tube's number, so that what was learnt of clips of one size is of that size alone.

    Args:
        dim: length of a token, and of the features.
        depth: transformer blocks.
        heads: of each block's attention.
        tubelet: frames of a tube.
        patch: its side in pixels.
        hidden: width of a block's layer; 0 is 4 dim.
        epsilon: of the norms.
        remat: blocks are computed again in the backward pass, which needs less memory and a third more work.
        dtype: compute type; parameters are float32.

    Raises:
        ValueError: a `dim` that is odd or that `heads` do not divide; when called, clips that tubes do not fill.
    """
    if dim % heads or dim % 2:
        raise ValueError(f"dim={dim} must be even and divide over {heads} heads")

    def build(channels: int, rngs: nnx.Rngs) -> VideoViT:
        return VideoViT(
            channels, dim, depth, heads, tubelet=tubelet, patch=patch, hidden=hidden or 4 * dim, epsilon=epsilon,
            remat=remat, dtype=dtype, rngs=rngs,
        )  # fmt: skip

    layers = ("embed", *(f"block{i}" for i in range(depth)), "norm")
    return from_nnx(build, tokens=VideoViT.tokens, patch=patch, layers=layers)._replace(tubelet=tubelet)


video_vit_small = partial(video_vit, 384, 12, 6)
video_vit_base = partial(video_vit, 768, 12, 12)
video_vit_large = partial(video_vit, 1024, 24, 16)
