"""Vision transformers: An Image is Worth 16x16 Words (arXiv:2010.11929)."""

from functools import partial

import jax
import jax.numpy as jnp
from flax import nnx

from jssl.nets.heads import torch_uniform
from jssl.nets.net import Net, from_nnx
from jssl.nets.transformer import KERNELS, Transformer, stochastic_depth, xavier
from jssl.ranges import Below1, Count


def patchify(images: jax.Array, patch: Count) -> jax.Array:
    """Images [n, h, w, c] -> patches [n, h/patch * w/patch, patch * patch * c], row by row.

    Raises:
        ValueError: if a side is no multiple of `patch`.
    """
    n, h, w, c = images.shape
    if h % patch or w % patch:
        raise ValueError(f"images of {h}x{w} pixels do not divide into patches of {patch}")
    grid = images.reshape(n, h // patch, patch, w // patch, patch, c)
    return grid.transpose(0, 1, 3, 2, 4, 5).reshape(n, -1, patch * patch * c)


def unpatchify(patches: jax.Array, patch: Count, rows: int, columns: int) -> jax.Array:
    """The inverse of `patchify`: [n, rows * columns, patch * patch * c] -> [n, rows * patch, columns * patch, c]."""
    grid = patches.reshape(patches.shape[0], rows, columns, patch, patch, -1)
    return grid.transpose(0, 1, 3, 2, 4, 5).reshape(patches.shape[0], rows * patch, columns * patch, -1)


def sincos(rows: int, columns: int, dim: Count, *, side: int) -> jax.Array:
    """Fixed positions [rows * columns, dim] of MoCo v3 and MAE: sine and cosine of the column, then of the row.

    Args:
        rows: of the grid of patches.
        columns: of that grid.
        dim: length of a position, divisible by 4.
        side: rows and columns of the grid that the coordinates refer to. Another grid is stretched over it, so
            that the small crops of a multi-crop method cover the same range of positions.

    Raises:
        ValueError: if 4 does not divide `dim`.
    """
    if dim % 4:
        raise ValueError(f"sin-cos positions need a dim divisible by 4, not {dim}")
    frequency = 10000.0 ** (-jnp.arange(dim // 4) / (dim // 4))

    def axis(count: int) -> jax.Array:
        position = (jnp.arange(count) + 0.5) * side / count - 0.5
        angle = position[:, None] * frequency[None]
        return jnp.concatenate([jnp.sin(angle), jnp.cos(angle)], axis=1)

    row, column = jnp.repeat(axis(rows), columns, axis=0), jnp.tile(axis(columns), (rows, 1))
    return jnp.concatenate([column, row], axis=1)


class ViT(nnx.Module):
    """Patches, positions, transformer and pooling; see `vit`."""

    def __init__(
        self,
        channels: int,
        dim: int,
        depth: int,
        heads: int,
        *,
        patch: int,
        side: int,
        pool: str,
        positions: str,
        drop_path: float,
        initializer: str,
        dtype: jnp.dtype,
        rngs: nnx.Rngs,
    ) -> None:
        self.patch, self.side, self.drop_path, self.dtype = patch, side, drop_path, dtype
        pixels = patch * patch * channels
        uniform = torch_uniform(pixels)
        first = {"kernel_init": uniform, "bias_init": uniform} if initializer == "normal" else {"kernel_init": xavier}
        self.embed = nnx.Linear(pixels, dim, **first, dtype=dtype, rngs=rngs)
        small = nnx.initializers.truncated_normal(0.02)
        tokens = 1 if pool == "token" else 0
        self.token = nnx.Param(small(rngs.params(), (dim,))) if tokens else None
        learned = positions == "learned"
        self.positions = nnx.Param(small(rngs.params(), (tokens + side * side, dim))) if learned else None
        self.transformer = Transformer(dim, depth, heads, initializer=initializer, dtype=dtype, rngs=rngs)

    def __call__(self, x: jax.Array, *, train: bool, key: jax.Array | None = None) -> jax.Array:
        """[n, h, w, c] -> float32 [n, d]."""
        x = self.tokens(x, train=train, key=key)
        return x.mean(1) if self.token is None else x[:, 0]

    def tokens(
        self,
        x: jax.Array,
        *,
        train: bool,
        key: jax.Array | None = None,
        keep: jax.Array | None = None,
        layers: int = 1,
    ) -> jax.Array:
        """[n, h, w, c] -> float32 [n, tokens, layers * d]; the class token, if there is one, is the first.

        Args:
            keep: int [n, k], the patches, counted row by row, that are looked at; None is all.
            layers: see `Transformer`.
        """
        kept = None
        if train and self.drop_path and key is not None:
            kept = stochastic_depth(key, x.shape[0], self.transformer.depth, self.drop_path)
        return self.transformer(self._embedded(x, keep), kept, layers=layers).astype(jnp.float32)

    def attention(self, x: jax.Array, *, train: bool, key: jax.Array | None = None) -> jax.Array:
        """[n, h, w, c] -> float32 [n, heads, tokens, tokens]."""
        del train, key
        return self.transformer.attention(self._embedded(x))

    def _embedded(self, x: jax.Array, keep: jax.Array | None = None) -> jax.Array:
        rows, columns = x.shape[1] // self.patch, x.shape[2] // self.patch
        x = self.embed(patchify(x, self.patch))
        first, grid = self._positions(rows, columns, x.shape[-1])
        x = x + grid.astype(self.dtype)[None]
        if keep is not None:
            x = jnp.take_along_axis(x, keep[:, :, None], axis=1)
        if self.token is not None:
            token = (self.token[...] + first).astype(self.dtype)
            x = jnp.concatenate([jnp.broadcast_to(token, (x.shape[0], 1, x.shape[2])), x], axis=1)
        return x

    def _positions(self, rows: int, columns: int, dim: int) -> tuple[jax.Array, jax.Array]:
        """Of the class token [dim], and of the patches [rows * columns, dim]."""
        if self.positions is None:
            return jnp.zeros(dim), sincos(rows, columns, dim, side=self.side)
        table = self.positions[...]
        first, grid = table[0], table[table.shape[0] - self.side**2 :]
        if (rows, columns) != (self.side, self.side):
            grid = grid.reshape(self.side, self.side, dim)
            # As the authors resize them: with antialiasing a smaller grid would be blurred.
            grid = jax.image.resize(grid, (rows, columns, dim), "cubic", antialias=False).reshape(-1, dim)
        return first, grid


def vit(
    dim: Count,
    depth: Count,
    heads: Count,
    *,
    patch: Count = 16,
    image_size: Count = 224,
    pool: str = "token",
    positions: str = "sincos",
    drop_path: Below1 = 0.0,
    initializer: str = "xavier",
    dtype: jnp.dtype = jnp.float32,
) -> Net:
    """Images [n, h, w, c] -> features float32 [n, dim], for any h and w that `patch` divides.

    Args:
        dim: length of a token, and of the features.
        depth: transformer blocks.
        heads: of each block's attention.
        patch: side of a patch in pixels.
        image_size: side in pixels that positions refer to; at other sizes they are stretched to fit.
        pool: "token" reads a class token, "mean" averages the patches and has no such token.
        positions: "sincos", fixed (MoCo v3, MAE), or "learned" (DINO, timm).
        drop_path: probability of dropping a path of the last block in training, see `stochastic_depth`. Without a key
            nothing is dropped, as for a teacher.
        initializer: of kernels: "xavier" (MAE); "xavier_apart", in which queries, keys and values are three maps and
            not one (MoCo v3); "normal", of standard deviation 0.02 but PyTorch's own for the patches (DINO).
        dtype: compute type; parameters are float32.

    Raises:
        ValueError: sizes that do not divide, an unknown `pool`, `positions` or `initializer`, a `drop_path` of 1 or
            more.
    """
    if pool not in ("token", "mean"):
        raise ValueError(f'pool={pool!r} is neither "token" nor "mean"')
    if positions not in ("sincos", "learned"):
        raise ValueError(f'positions={positions!r} is neither "sincos" nor "learned"')
    if initializer not in KERNELS:
        raise ValueError(f"initializer={initializer!r} is none of {', '.join(KERNELS)}")
    if image_size % patch:
        raise ValueError(f"image_size={image_size} does not divide into patches of {patch}")
    if dim % heads:
        raise ValueError(f"dim={dim} does not divide over {heads} heads")
    if not 0 <= drop_path < 1:
        raise ValueError(f"drop_path={drop_path} is a probability: at least 0 and below 1")

    def build(channels: int, rngs: nnx.Rngs) -> ViT:
        return ViT(
            channels, dim, depth, heads, patch=patch, side=image_size // patch, pool=pool, positions=positions,
            drop_path=drop_path, initializer=initializer, dtype=dtype, rngs=rngs,
        )  # fmt: skip

    layers = ("embed", *(f"block{i}" for i in range(depth)), "norm")
    net = from_nnx(build, tokens=ViT.tokens, attention=ViT.attention, patch=patch, layers=layers)
    return net._replace(class_token=pool == "token")


vit_tiny = partial(vit, 192, 12, 3)
vit_small = partial(vit, 384, 12, 6)
vit_base = partial(vit, 768, 12, 12)
vit_large = partial(vit, 1024, 24, 16)
