"""Heads: the small networks on top of an encoder's features."""

import math
from collections.abc import Callable, Sequence
from functools import partial

import jax
import jax.numpy as jnp
from flax import nnx

from jssl.nets.net import Net, compute_type, from_nnx
from jssl.nets.norm import BatchNorm

gelu = partial(jax.nn.gelu, approximate=False)


def torch_uniform(fan_in: int) -> nnx.Initializer:
    """PyTorch's own for linear maps and convolutions, kernels and biases alike: within 1 / sqrt(fan_in) of 0."""
    bound = 1 / math.sqrt(fan_in)
    return lambda key, shape, dtype=jnp.float32: jax.random.uniform(key, shape, dtype, -bound, bound)


def _lecun(fan_in: int) -> dict[str, nnx.Initializer]:
    del fan_in  # Flax reads it from the kernel's shape
    return {}


def _torch(fan_in: int) -> dict[str, nnx.Initializer]:
    return {"kernel_init": torch_uniform(fan_in), "bias_init": torch_uniform(fan_in)}


def _normal(fan_in: int) -> dict[str, nnx.Initializer]:
    del fan_in
    return {"kernel_init": nnx.initializers.normal(0.02)}


INITIALIZERS: dict[str, Callable[[int], dict[str, nnx.Initializer]]] = {
    "lecun": _lecun,
    "normal": _normal,
    "torch": _torch,
}
"""fan_in -> the initialisers of a linear map, where they are not Flax's."""


class MLP(nnx.Module):
    """Linear layers with batch norm and an activation between them; see `mlp`."""

    def __init__(
        self,
        channels: int,
        widths: Sequence[int],
        *,
        norms: Sequence[bool],
        bias: bool,
        last_affine: bool,
        activation: Callable,
        batch_norm: str,
        initializer: str = "lecun",
        dtype: jnp.dtype,
        rngs: nnx.Rngs,
    ) -> None:
        self.depth, self.activation = len(widths), activation
        self.layers, self.norms = nnx.Dict(), nnx.Dict()
        for i, (width, normed) in enumerate(zip(widths, norms, strict=True)):
            last = i == self.depth - 1
            offset = bias if last else True
            name = f"layer{i}"
            self.layers[name] = nnx.Linear(
                channels, width, use_bias=offset and not normed, dtype=dtype, rngs=rngs,
                **INITIALIZERS[initializer](channels),
            )  # fmt: skip
            if normed:
                affine = last_affine if last else True
                self.norms[name] = BatchNorm(width, mode=batch_norm, scale=affine, bias=affine and offset, dtype=dtype)
            channels = width

    def __call__(self, x: jax.Array, *, train: bool, key: jax.Array | None = None) -> jax.Array:
        """[n, d] -> float32 [n, widths[-1]]."""
        del key
        for i in range(self.depth):
            name = f"layer{i}"
            x = self.layers[name](x)
            if name in self.norms:
                x = self.norms[name](x, train=train)
            if i < self.depth - 1:
                x = self.activation(x)
        return x.astype(jnp.float32)


def mlp(
    widths: Sequence[int],
    *,
    bias: bool = True,
    norm: bool | Sequence[bool] = True,
    last_norm: bool = False,
    last_affine: bool = True,
    activation: Callable = jax.nn.relu,
    batch_norm: str = "sync",
    initializer: str = "lecun",
) -> Net:
    """A projector or predictor: [n, d] -> float32 [n, widths[-1]].

    A linear map that a batch norm follows has no bias of its own: the norm would take it away again.

    Args:
        widths: of every layer.
        bias: whether the LAST layer has an offset, in its linear map or, with `last_norm`, in its norm.
        norm: batch norm after hidden layers; one for all, or one for each of the `len(widths) - 1`.
        last_norm: batch norm after the last layer. `bias=False, last_norm=True` is SimCLR's projector.
        last_affine: False makes that norm affine-free (no scale, no offset), as in MoCo v3 and SimSiam.
        activation: between layers, none after the last; DINO's is `gelu`.
        batch_norm: mode of `jssl.nets.norm.BatchNorm`.
        initializer: "lecun", a truncated normal of standard deviation 1 / sqrt(fan_in), Flax's and Haiku's; "torch",
            uniform within 1 / sqrt(fan_in) of 0, PyTorch's, of 1 / sqrt(3) of that standard deviation, so that what a
            norm follows turns three times as fast at the same rate; "normal", of standard deviation 0.02 (DINO).

    Raises:
        ValueError: no widths, a `norm` sequence of another length than the hidden layers, an unknown initializer.
    """
    if initializer not in INITIALIZERS:
        raise ValueError(f"initializer={initializer!r} is none of {', '.join(INITIALIZERS)}")
    hidden = len(widths) - 1
    norms = [norm] * hidden if isinstance(norm, bool) else list(norm)
    if hidden < 0 or len(norms) != hidden:
        raise ValueError(
            f"mlp(widths={tuple(widths)}) needs at least one width, and as many norms as hidden layers, not {norms}"
        )

    def build(channels: int, rngs: nnx.Rngs) -> MLP:
        return MLP(
            channels, widths, norms=[*norms, last_norm], bias=bias, last_affine=last_affine,
            activation=activation, batch_norm=batch_norm, initializer=initializer, dtype=compute_type(), rngs=rngs,
        )  # fmt: skip

    return from_nnx(build)


def linear(classes: int) -> Net:
    """A linear classifier: [n, d] -> logits float32 [n, classes]."""
    return mlp((classes,))


class Probe(nnx.Module):
    """A linear map from small weights, and the norm before it; see `probe`."""

    def __init__(self, channels: int, classes: int, *, normalize: bool, rngs: nnx.Rngs) -> None:
        self.norm = BatchNorm(channels, scale=False, bias=False, epsilon=1e-6) if normalize else None
        small = nnx.initializers.normal(0.01)
        self.linear = nnx.Linear(channels, classes, kernel_init=small, dtype=compute_type(), rngs=rngs)

    def __call__(self, x: jax.Array, *, train: bool, key: jax.Array | None = None) -> jax.Array:
        """[n, d] -> [n, classes]."""
        del key
        return self.linear(x if self.norm is None else self.norm(x, train=train)).astype(jnp.float32)


def probe(classes: int, *, normalize: bool = False) -> Net:
    """The classifier that papers train on frozen features: [n, d] -> logits float32 [n, classes].

    Its weights are drawn with a standard deviation of 0.01, as MoCo, DINO and MAE do.

    Args:
        classes: how many.
        normalize: batch norm without scale and offset before it, as MAE has (arXiv:2111.06377, appendix A).
    """
    return from_nnx(lambda channels, rngs: Probe(channels, classes, normalize=normalize, rngs=rngs))
