"""What an encoder's places say of the pixels they stand for: logits, or values, on a grid of any side."""

import math

import jax
import jax.numpy as jnp
from flax import nnx

from jssl.nets.convnet import Conv
from jssl.nets.net import Net, compute_type, from_nnx
from jssl.nets.norm import BatchNorm
from jssl.nets.pixel_shuffle import pixel_shuffle


class PlaceDecoder(nnx.Module):
    """Convolutions on an encoder's map, the last of which paints a square of pixels at each; see `place_decoder`."""

    def __init__(
        self, inputs: int, side: int, size: int, channels: int, *, width: int, dtype: jnp.dtype, rngs: nnx.Rngs
    ) -> None:
        self.side, self.size, self.factor = side, size, -(-size // side)
        self.hidden = Conv(inputs, width, side=3, dtype=dtype, rngs=rngs)
        self.norm = BatchNorm(width, dtype=dtype)
        self.paint = nnx.Linear(width, channels * self.factor**2, dtype=dtype, rngs=rngs)

    def __call__(self, x: jax.Array, *, train: bool, key: jax.Array | None = None) -> jax.Array:
        """[n, tokens, d] -> float32 [n, size, size, channels]."""
        del key
        x = x[:, -(self.side**2) :].reshape(len(x), self.side, self.side, -1)
        x = jax.nn.relu(self.norm(self.hidden(x, stride=1, padding=1), train=train))
        x = pixel_shuffle(self.paint(x), self.factor)
        return x[:, : self.size, : self.size].astype(jnp.float32)


def place_decoder(side: int, size: int, channels: int, *, width: int = 256) -> Net:
    """`Net.tokens` of an encoder, [n, side * side, d], after any class token -> float32 [n, size, size, channels].

    Args:
        side: of the encoder's map, see `side_of_map`.
        size: of the grid.
        channels: values at each of its places.
        width: of the 3x3 convolution, with batch norm, before the last layer.
    """

    def build(inputs: int, rngs: nnx.Rngs) -> PlaceDecoder:
        return PlaceDecoder(inputs, side, size, channels, width=width, dtype=compute_type(), rngs=rngs)

    return from_nnx(build)


def side_of_map(encoder: Net, size: int, channels: int = 3) -> int:
    """Side of the square map that an encoder makes of pictures of `size` pixels.

    Raises:
        ValueError: it has no map.
    """
    if encoder.tokens is None:
        raise ValueError("the encoder has no map to paint from: take convnet, a resnet or a vit")

    def tokens(key: jax.Array) -> jax.Array:
        x = jnp.zeros((1, size, size, channels))
        return encoder.tokens(*encoder.init(key, x), x)[0]

    return math.isqrt(jax.eval_shape(tokens, jax.random.key(0)).shape[1])
