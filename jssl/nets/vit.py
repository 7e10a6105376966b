"""Vision transformers: An Image is Worth 16x16 Words (arXiv:2010.11929)."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx

from jssl.nets.attention_pool import AttentionPool
from jssl.nets.heads import torch_uniform
from jssl.nets.net import Net, from_nnx
from jssl.nets.positions import angles, sincos, stretched
from jssl.nets.transformer import KERNELS, Transformer, stochastic_depth, xavier
from jssl.ranges import Below1, Count, Natural, NotNegative, Positive

POSITIONS = ("sincos", "learned", "rope")
MLPS = ("gelu", "gelu_tanh", "swiglu")
POOLS = ("token", "mean", "map")


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
        registers: int,
        dtype: jnp.dtype,
        rngs: nnx.Rngs,
        **block: Any,
    ) -> None:
        self.patch, self.side, self.drop_path, self.dtype = patch, side, drop_path, dtype
        self.head = dim // heads if positions == "rope" else 0
        pixels = patch * patch * channels
        uniform = torch_uniform(pixels)
        first = {"kernel_init": uniform, "bias_init": uniform} if initializer == "normal" else {"kernel_init": xavier}
        self.embed = nnx.Linear(pixels, dim, **first, dtype=dtype, rngs=rngs)
        small = nnx.initializers.truncated_normal(0.02)
        tokens = 1 if pool == "token" else 0
        self.token = nnx.Param(small(rngs.params(), (dim,))) if tokens else None
        self.registers = nnx.Param(small(rngs.params(), (registers, dim))) if registers else None
        learned, self.sines = positions == "learned", positions == "sincos"
        self.positions = nnx.Param(small(rngs.params(), (tokens + side * side, dim))) if learned else None
        shared = {"hidden": block["hidden"], "approximate": block["approximate"], "epsilon": block["epsilon"]}
        self.pool = AttentionPool(dim, heads, **shared, dtype=dtype, rngs=rngs) if pool == "map" else None
        self.transformer = Transformer(dim, depth, heads, initializer=initializer, dtype=dtype, rngs=rngs, **block)

    def __call__(self, x: jax.Array, *, train: bool, key: jax.Array | None = None) -> jax.Array:
        """[n, h, w, c] -> float32 [n, d]."""
        x = self.tokens(x, train=train, key=key)
        if self.pool is not None:
            return self.pool(x.astype(self.dtype)).astype(jnp.float32)
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

        Registers are no tokens of the picture, and are left out.

        Args:
            keep: int [n, k], the patches, counted row by row, that are looked at; None is all.
            layers: see `Transformer`.
        """
        kept = None
        if train and self.drop_path and key is not None:
            kept = stochastic_depth(key, x.shape[0], self.transformer.depth, self.drop_path)
        x, angle = self._embedded(x, keep)
        return self._without_registers(self.transformer(x, kept, layers=layers, angle=angle), 1).astype(jnp.float32)

    def attention(self, x: jax.Array, *, train: bool, key: jax.Array | None = None) -> jax.Array:
        """[n, h, w, c] -> float32 [n, heads, tokens, tokens]; what looks at registers is left out of the rows."""
        del train, key
        weights = self.transformer.attention(*self._embedded(x))
        return self._without_registers(self._without_registers(weights, 2), 3)

    def _without_registers(self, x: jax.Array, axis: int) -> jax.Array:
        if self.registers is None:
            return x
        start = 0 if self.token is None else 1
        first, _, rest = jnp.split(x, (start, start + self.registers.shape[0]), axis=axis)
        return jnp.concatenate([first, rest], axis=axis)

    def _embedded(self, x: jax.Array, keep: jax.Array | None = None) -> tuple[jax.Array, jax.Array | None]:
        """The tokens, and of rotary positions the angle of each."""
        rows, columns = x.shape[1] // self.patch, x.shape[2] // self.patch
        x = self.embed(patchify(x, self.patch))
        first, grid = self._positions(rows, columns, x.shape[-1])
        if grid is not None:
            x = x + grid.astype(self.dtype)[None]
        angle = angles(rows, columns, self.head)[None] if self.head else None
        if keep is not None:
            x = jnp.take_along_axis(x, keep[:, :, None], axis=1)
            if angle is not None:
                angle = jnp.take_along_axis(angle, keep[:, :, None], axis=1)
        before = [] if self.token is None else [(self.token[...] + first)[None]]
        before += [] if self.registers is None else [self.registers[...]]
        if before:
            tokens = jnp.concatenate(before).astype(self.dtype)
            x = jnp.concatenate([jnp.broadcast_to(tokens, (x.shape[0], *tokens.shape)), x], axis=1)
            if angle is not None:
                angle = jnp.pad(angle, ((0, 0), (len(tokens), 0), (0, 0)))  # what has no place is not turned
        return x, angle

    def _positions(self, rows: int, columns: int, dim: int) -> tuple[jax.Array, jax.Array | None]:
        """Of the class token [dim], and of the patches [rows * columns, dim], if any are added."""
        if self.positions is None:
            return jnp.zeros(dim), sincos(rows, columns, dim, side=self.side) if self.sines else None
        table = self.positions[...]
        grid = table[table.shape[0] - self.side**2 :]
        return table[0], stretched(grid, rows, columns, antialias=self.registers is not None)


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
    epsilon: Positive = 1e-6,
    layer_scale: NotNegative = 0.0,
    registers: Natural = 0,
    mlp: str = "gelu",
    hidden: Natural = 0,
    remat: bool = False,
    dtype: jnp.dtype = jnp.float32,
) -> Net:
    """Images [n, h, w, c] -> features float32 [n, dim], for any h and w that `patch` divides.

    Args:
        dim: length of a token, and of the features.
        depth: transformer blocks.
        heads: of each block's attention.
        patch: side of a patch in pixels.
        image_size: side in pixels that positions refer to; at other sizes they are stretched to fit.
        pool: "token" reads a class token; "mean" averages the patches, "map" pools them by an attention (SigLIP), and
            these have no such token.
        positions: "sincos", fixed (MoCo v3, MAE), "learned" (DINO, timm), or "rope", which turns queries and keys
            (DINOv3).
        drop_path: probability of dropping a path of the last block in training, see `stochastic_depth`. Without a key
            nothing is dropped, as for a teacher.
        initializer: of kernels: "xavier" (MAE); "xavier_apart", in which queries, keys and values are three maps and
            not one (MoCo v3); "normal", of standard deviation 0.02 but PyTorch's own for the patches (DINO).
        epsilon: of the norms.
        layer_scale: where the factors of what a block adds begin, 1e-5 say (arXiv:2103.17239); 0 is none.
        registers: tokens beside the class token that stand for nothing (arXiv:2309.16588).
        mlp: of a block, "gelu", "gelu_tanh", which is nearly that, or "swiglu" (arXiv:2002.05202).
        hidden: its width; 0 is 4 dim, and of "swiglu" two thirds of that, as a multiple of 8 (DINOv2).
        remat: blocks are computed again in the backward pass, which needs less memory and a third more work.
        dtype: compute type; parameters are float32.

    Raises:
        ValueError: sizes that do not divide, an unknown `pool`, `positions`, `initializer` or `mlp`, a `drop_path` of 1
            or more.
    """
    for given, value, known in (("pool", pool, POOLS), ("positions", positions, POSITIONS), ("mlp", mlp, MLPS)):
        if value not in known:
            raise ValueError(f"{given}={value!r} is none of {', '.join(known)}")
    if initializer not in KERNELS:
        raise ValueError(f"initializer={initializer!r} is none of {', '.join(KERNELS)}")
    if image_size % patch:
        raise ValueError(f"image_size={image_size} does not divide into patches of {patch}")
    if dim % heads:
        raise ValueError(f"dim={dim} does not divide over {heads} heads")
    if not 0 <= drop_path < 1:
        raise ValueError(f"drop_path={drop_path} is a probability: at least 0 and below 1")

    gated = mlp == "swiglu"
    block = {
        "remat": remat, "epsilon": epsilon, "layer_scale": layer_scale,
        "gated": gated, "approximate": mlp == "gelu_tanh",
        "hidden": hidden or (-(-(8 * dim // 3) // 8) * 8 if gated else 4 * dim),
    }  # fmt: skip

    def build(channels: int, rngs: nnx.Rngs) -> ViT:
        return ViT(
            channels, dim, depth, heads, patch=patch, side=image_size // patch, pool=pool, positions=positions,
            drop_path=drop_path, initializer=initializer, registers=registers, dtype=dtype, rngs=rngs, **block,
        )  # fmt: skip

    layers = ("embed", *(f"block{i}" for i in range(depth)), "norm", *["pool"] * (pool == "map"))
    net = from_nnx(build, tokens=ViT.tokens, attention=ViT.attention, patch=patch, layers=layers)
    return net._replace(class_token=pool == "token")


vit_tiny = partial(vit, 192, 12, 3)
vit_small = partial(vit, 384, 12, 6)
vit_base = partial(vit, 768, 12, 12)
vit_large = partial(vit, 1024, 24, 16)
