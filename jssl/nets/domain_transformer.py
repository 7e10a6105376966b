"""One transformer for every kind of input, and a way of embedding each: DABS (arXiv:2111.12062)."""

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from flax import nnx

from jssl.nets.net import Net, chain, from_nnx
from jssl.nets.text_transformer import words_there
from jssl.nets.transformer import Block, dropout
from jssl.nets.vit import patchify
from jssl.ranges import Below1, Count, Natural

small = nnx.initializers.normal(0.02)


class Embedded(NamedTuple):
    """Tokens before they are told where they stand: what methods for any domain mix and shuffle."""

    tokens: jax.Array
    """float [n, t, d], 0 where there are none."""
    there: jax.Array
    """bool [n, t]; a text has fewer tokens than there is room for."""


class Values(nnx.Module):
    """A row of a table as tokens: each column has a direction of its own, and an offset (arXiv:2106.11959)."""

    def __init__(self, columns: int, dim: int, *, rngs: nnx.Rngs) -> None:
        init = nnx.initializers.normal(dim**-0.5)
        self.kernel = nnx.Param(init(rngs.params(), (columns, dim)))
        self.bias = nnx.Param(init(rngs.params(), (columns, dim)))

    def __call__(self, x: jax.Array) -> jax.Array:
        """[n, columns] -> [n, columns, d]."""
        return x[:, :, None] * self.kernel[...][None] + self.bias[...][None]


class Embedding(nnx.Module):
    """What turns one kind of input into tokens; called as other modules are."""

    def __init__(self, embed: nnx.Module, dtype: jnp.dtype) -> None:
        self.embed, self.dtype = embed, dtype

    def __call__(self, x: jax.Array, *, train: bool, key: jax.Array | None = None) -> jax.Array:
        """What `pieces` made of x -> [n, t, d]."""
        del train, key
        return self.embed(x).astype(self.dtype)


def pieces(x: jax.Array, patch: int) -> jax.Array:
    """What is embedded alone: squares of pictures and spectrograms, segments of series and waves; words and columns.

    Args:
        x: of an input: float [n, h, w, c] or [n, t, c], int [n, t] or float [n, columns].
        patch: side of a square, or length of a segment.

    Returns:
        [n, pieces, d] of the first two; words and columns as they are.

    Raises:
        ValueError: sizes that `patch` does not divide; another kind of array.
    """
    if x.ndim == 4:
        return patchify(x, patch)
    if x.ndim == 3:
        n, t, c = x.shape
        if t % patch:
            raise ValueError(f"series of {t} steps do not divide into segments of {patch}")
        return x.reshape(n, t // patch, patch * c)
    if x.ndim != 2:
        raise ValueError(f"{list(x.shape)} is neither a picture, a spectrogram, a series, a text nor a row of a table")
    return x


def domain_embedding(dim: int, patch: int, vocabulary: int, dtype: jnp.dtype) -> Net:
    """X of any input -> `Embedded`. The kind is told by what x is: see `pieces`."""

    @lru_cache
    def of(kind: str) -> Net:
        def build(size: int, rngs: nnx.Rngs) -> Embedding:
            if kind == "words":
                return Embedding(nnx.Embed(vocabulary, dim, embedding_init=small, rngs=rngs), dtype)
            if kind == "columns":
                return Embedding(Values(size, dim, rngs=rngs), dtype)
            return Embedding(nnx.Linear(size, dim, dtype=dtype, rngs=rngs), dtype)

        return from_nnx(build)

    def cut(x: jax.Array) -> tuple[Net, jax.Array]:
        if jnp.issubdtype(x.dtype, jnp.integer):
            if not vocabulary:
                raise ValueError("words need a vocabulary, which data of texts bring")
            return of("words"), x
        return of("columns" if x.ndim == 2 else "patches"), pieces(x, patch)

    def init(key: jax.Array, example: jax.Array) -> tuple[Any, Any]:
        net, x = cut(example)
        return net.init(key, x)

    def apply(params: Any, stats: Any, x: jax.Array, **mode: Any) -> tuple[Embedded, Any]:
        net, x = cut(x)
        there = jnp.ones(x.shape[:2], bool)
        if jnp.issubdtype(x.dtype, jnp.integer):
            there = words_there(x)
            x = jnp.maximum(x, 0)
        tokens, stats = net.apply(params, stats, x, **mode)
        return Embedded(jnp.where(there[:, :, None], tokens, 0), there), stats

    return Net(init, apply)


class DomainTransformer(nnx.Module):
    """Learned places, blocks, and the mean over tokens; see `domain_transformer`."""

    def __init__(
        self, length: int, dim: int, depth: int, heads: int, *, hidden: int, drop: float, dtype: jnp.dtype,
        rngs: nnx.Rngs,
    ) -> None:  # fmt: skip
        self.depth, self.drop = depth, drop
        self.positions = nnx.Param(small(rngs.params(), (length, dim)))
        block = partial(Block, dim, heads, hidden=hidden, dtype=dtype, rngs=rngs)
        self.blocks = nnx.Dict({f"block{i}": block() for i in range(depth)})
        self.norm = nnx.LayerNorm(dim, epsilon=1e-6, dtype=dtype, rngs=rngs)

    def __call__(self, x: jax.Array, *, there: jax.Array, **mode: Any) -> jax.Array:
        """[n, t, d] -> float32 [n, d]."""
        y = self.tokens(x, there=there, **mode)
        return jnp.sum(jnp.where(there[:, :, None], y, 0.0), 1) / there.sum(1, keepdims=True)

    def tokens(self, x: jax.Array, *, there: jax.Array, train: bool, key: jax.Array | None = None) -> jax.Array:
        """[n, t, d] -> float32 [n, t, d], of which those that are not there mean nothing."""
        count = 1 + 2 * self.depth
        keys = list(jax.random.split(key, count)) if train and self.drop and key is not None else [None] * count

        def drop(x: jax.Array) -> jax.Array:
            key = keys.pop()
            return x if key is None else dropout(key, x, self.drop)

        x = drop(x + self.positions[...][None, : x.shape[1]].astype(x.dtype))
        for i in range(self.depth):
            x = self.blocks[f"block{i}"](x, seen=there, drop=drop)
        return self.norm(x).astype(jnp.float32)


def domain_body(dim: int, depth: int, heads: int, *, hidden: int, drop: float, dtype: jnp.dtype) -> Net:
    """`Embedded` -> features float32 [n, dim], or by `Net.tokens` [n, t, dim], for up to as many tokens as at first."""

    @lru_cache
    def of(length: int) -> Net:
        def build(size: int, rngs: nnx.Rngs) -> DomainTransformer:
            del size
            return DomainTransformer(length, dim, depth, heads, hidden=hidden, drop=drop, dtype=dtype, rngs=rngs)

        return from_nnx(build, tokens=DomainTransformer.tokens)

    def init(key: jax.Array, example: Embedded) -> tuple[Any, Any]:
        return of(example.tokens.shape[1]).init(key, example.tokens)

    def called(name: str) -> Callable:
        def apply(params: Any, stats: Any, x: Embedded, **mode: Any) -> tuple[jax.Array, Any]:
            length = params["positions"].shape[0]
            if x.tokens.shape[1] > length:
                raise ValueError(f"{x.tokens.shape[1]} tokens are more than the {length} that were trained on")
            return getattr(of(length), name)(params, stats, x.tokens, there=x.there, **mode)

        return apply

    return Net(init, called("apply"), called("tokens"))


def domain_transformer(
    dim: Count,
    depth: Count,
    heads: Count,
    *,
    patch: Count = 4,
    hidden: Count = 512,
    vocabulary: Natural = 0,
    dropout: Below1 = 0.0,
    dtype: jnp.dtype = jnp.float32,
) -> Net:
    """X of any input -> features float32 [n, dim], the mean over its tokens.

    Pictures and spectrograms [n, h, w, c] are cut into squares, series and waves [n, t, c] into segments; words int
    [n, t] (-1 where there are none) have a table, and each column of a table [n, columns] a direction. Everything after
    that is the same for all. `Net.parts` has the two halves, "embed", x -> `Embedded`, and "encode", which begins by
    adding what each place is embedded as: methods for any domain work between them.

    Args:
        dim: length of a token, and of the features.
        depth: transformer blocks.
        heads: of each block's attention.
        patch: side of a square in pixels, or length of a segment in steps.
        hidden: width of a block's layer.
        vocabulary: of words; the data says it.
        dropout: share of the values of the embedding, and of what attentions and layers add, that is left out in
            training; without a key none is.
        dtype: compute type; parameters are float32.

    Raises:
        ValueError: a `dim` that does not divide; from the network, sizes that `patch` does not divide, or more tokens
            than there were at first.
    """
    if dim % heads:
        raise ValueError(f"dim={dim} does not divide over {heads} heads")
    embed = domain_embedding(dim, patch, vocabulary, dtype)
    encode = domain_body(dim, depth, heads, hidden=hidden, drop=dropout, dtype=dtype)
    net = chain(embed=embed, encode=encode)

    def tokens(params: Any, stats: Any, x: jax.Array, **mode: Any) -> tuple[jax.Array, Any]:
        embedded, first = embed.apply(params["embed"], stats["embed"], x, **mode)
        y, second = encode.tokens(params["encode"], stats["encode"], embedded, **mode)
        return y, {"embed": first, "encode": second}

    layers = ("embed", *(f"block{i}" for i in range(depth)), "norm")
    return net._replace(tokens=tokens, layers=layers)


dabs = partial(domain_transformer, 256, 12, 8)
"""The paper's size."""
