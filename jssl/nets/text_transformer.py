"""Encoders of words: BERT's transformer (arXiv:1810.04805), and GPT-2's, whose words see none that come later."""

import math
from functools import partial

import jax
import jax.numpy as jnp
from flax import nnx

from jssl.nets.net import Net, from_nnx
from jssl.nets.remat import applied
from jssl.nets.transformer import Block, dropout
from jssl.ranges import Below1, Count

EPSILON = 1e-12
"""Of BERT's norms."""
small = nnx.initializers.truncated_normal(0.02)
GPT2_EPSILON = 1e-5
wide = nnx.initializers.normal
"""GPT-2's initialiser, of the standard deviation given."""


class Embedding(nnx.Module):
    """What a token, its place and its segment add up to, under one norm; causal ones have neither segments nor norm."""

    def __init__(
        self, vocabulary: int, positions: int, dim: int, *, causal: bool, dtype: jnp.dtype, rngs: nnx.Rngs
    ) -> None:
        init = wide(0.02) if causal else small
        table = partial(nnx.Embed, features=dim, embedding_init=init, dtype=dtype, rngs=rngs)
        self.causal, self.words, self.positions = causal, table(vocabulary), table(positions)
        if not causal:
            self.segments = table(2)
            self.norm = nnx.LayerNorm(dim, epsilon=EPSILON, dtype=dtype, rngs=rngs)

    def __call__(self, x: jax.Array, segments: jax.Array | None) -> jax.Array:
        """Tokens int [n, t] -> [n, t, d]"""
        places = jnp.arange(x.shape[1])[None]
        placed = self.words(jnp.maximum(x, 0)) + self.positions(places)
        if self.causal:
            return placed
        segments = jnp.zeros_like(places) if segments is None else segments
        return self.norm(placed + self.segments(segments))


class TextTransformer(nnx.Module):
    """Embedding, blocks and pooling; see `text_transformer`."""

    def __init__(
        self,
        dim: int,
        depth: int,
        heads: int,
        *,
        vocabulary: int,
        positions: int,
        drop: float,
        pool: str,
        causal: bool,
        remat: bool,
        dtype: jnp.dtype,
        rngs: nnx.Rngs,
    ) -> None:
        self.depth, self.longest, self.drop, self.pool, self.causal = depth, positions, drop, pool, causal
        self.remat = remat
        self.embed = Embedding(vocabulary, positions, dim, causal=causal, dtype=dtype, rngs=rngs)
        block = partial(Block, dim, heads, post_norm=True, epsilon=EPSILON, kernel_init=small, dtype=dtype, rngs=rngs)
        if causal:
            # What 2 depth layers add up to is to vary as much as what one of them adds does elsewhere.
            gpt2 = {"kernel_init": wide(0.02), "added_init": wide(0.02 / math.sqrt(2 * depth)), "approximate": True}
            block = partial(block, post_norm=False, causal=True, epsilon=GPT2_EPSILON, **gpt2)
            self.norm = nnx.LayerNorm(dim, epsilon=GPT2_EPSILON, dtype=dtype, rngs=rngs)
        self.blocks = nnx.Dict({f"block{i}": block() for i in range(depth)})

    def __call__(self, x: jax.Array, *, train: bool, key: jax.Array | None = None) -> jax.Array:
        """Tokens int [n, t] -> float32 [n, d]."""
        tokens = self.tokens(x, train=train, key=key)
        if self.pool == "token":
            last = words_there(x).sum(1) - 1
            return tokens[jnp.arange(len(x)), last] if self.causal else tokens[:, 0]
        there = words_there(x)[:, :, None]
        return jnp.sum(jnp.where(there, tokens, 0.0), 1) / there.sum(1)

    def tokens(
        self, x: jax.Array, *, train: bool, key: jax.Array | None = None, segments: jax.Array | None = None
    ) -> jax.Array:
        """Tokens int [n, t] -> float32 [n, t, d], of which those of padding mean nothing.

        Args:
            segments: int [n, t], 0 for words of a first text and 1 for those of a second; None is all 0.
        """
        y = self._run(x, segments, key if train and self.drop else None, self.depth)
        return (self.norm(y) if self.causal else y).astype(jnp.float32)

    def attention(self, x: jax.Array, *, train: bool, key: jax.Array | None = None) -> jax.Array:
        """Tokens int [n, t] -> float32 [n, heads, t, t]; nothing looks at padding."""
        del train, key
        last = self.depth - 1
        return self.blocks[f"block{last}"].weights(self._run(x, None, None, last), words_there(x))

    def _run(self, x: jax.Array, segments: jax.Array | None, key: jax.Array | None, depth: int) -> jax.Array:
        if x.shape[1] > self.longest:
            raise ValueError(f"texts of {x.shape[1]} tokens are longer than the encoder's positions={self.longest}")
        seen, count = words_there(x), 1 + 2 * depth
        keys = [None] * count if key is None else list(jax.random.split(key, count))

        def drop(x: jax.Array) -> jax.Array:
            key = keys.pop()
            return x if key is None else dropout(key, x, self.drop)

        x = drop(self.embed(x, segments))
        for i in range(depth):
            x = applied(self.blocks[f"block{i}"], x, again=self.remat, seen=seen, drop=drop)
        return x


def words_there(x: jax.Array) -> jax.Array:
    """Which tokens are no padding, bool [n, t]; the first always, so that there is something to look at."""
    return (x >= 0) | (jnp.arange(x.shape[1]) == 0)[None]


def text_transformer(
    dim: Count,
    depth: Count,
    heads: Count,
    *,
    vocabulary: Count,
    positions: Count = 512,
    dropout: Below1 = 0.0,
    pool: str = "mean",
    causal: bool = False,
    remat: bool = False,
    dtype: jnp.dtype = jnp.float32,
) -> Net:
    """Tokens int [n, t], -1 where there are none -> features float32 [n, dim], for t up to `positions`.

    Args:
        dim: length of a token, and of the features.
        depth: transformer blocks.
        heads: of each block's attention.
        vocabulary: how many tokens there are; the data says it.
        positions: the longest text.
        dropout: share of the values of the embedding, and of what attentions and layers add, that is left out in
            training; without a key none is. The paper's code drops attention weights as well; here they stay.
        pool: "mean" averages the tokens, "token" reads the one that stands for all: the first, which masked words alone
            teach nothing, or the last of a causal network.
        causal: words see those before them alone, and all is as in GPT-2: the norm comes before a block's layers and
            after the last block, GELU is its approximation, and there are no segments. Else all is as in BERT: the norm
            comes after the sum.
        remat: blocks are computed again in the backward pass, which needs less memory and a third more work.
        dtype: compute type; parameters are float32.

    Raises:
        ValueError: a `dim` that does not divide, an unknown `pool`, a `dropout` of 1 or more; from the network, longer
            texts.
    """
    if pool not in ("token", "mean"):
        raise ValueError(f'pool={pool!r} is neither "token" nor "mean"')
    if dim % heads:
        raise ValueError(f"dim={dim} does not divide over {heads} heads")
    if not 0 <= dropout < 1:
        raise ValueError(f"dropout={dropout} is a probability: at least 0 and below 1")

    def build(length: int, rngs: nnx.Rngs) -> TextTransformer:
        del length
        return TextTransformer(
            dim, depth, heads, vocabulary=vocabulary, positions=positions, drop=dropout, pool=pool, causal=causal,
            remat=remat, dtype=dtype, rngs=rngs,
        )  # fmt: skip

    layers = ("embed", *(f"block{i}" for i in range(depth)), *(("norm",) if causal else ()))
    net = from_nnx(build, tokens=TextTransformer.tokens, attention=TextTransformer.attention, layers=layers)
    return net._replace(words=lambda params: params["embed"]["words"]["embedding"], causal=causal)


bert_base = partial(text_transformer, 768, 12, 12)
gpt2 = partial(text_transformer, 768, 12, 12, positions=1024, causal=True)
