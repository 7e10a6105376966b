"""Product quantisation by Gumbel softmax, of wav2vec 2.0 (arXiv:2006.11477, section 2; arXiv:1611.01144)."""

import jax
import jax.numpy as jnp
from flax import nnx

from jssl.nets.heads import torch_uniform
from jssl.nets.net import Net, from_nnx


class Quantizer(nnx.Module):
    """For each of several codebooks an entry is chosen; side by side, through a linear map, they are the target."""

    def __init__(self, channels: int, groups: int, entries: int, code: int, dim: int, *, rngs: nnx.Rngs) -> None:
        self.groups, self.entries = groups, entries
        self.choose = nnx.Linear(
            channels, groups * entries, kernel_init=nnx.initializers.normal(1.0), rngs=rngs
        )  # the paper's code: so wide that from the first step on entries are chosen clearly
        self.codebook = nnx.Param(jax.random.uniform(rngs.params(), (groups, entries, code // groups)))
        self.project = nnx.Linear(code, dim, kernel_init=torch_uniform(code), bias_init=torch_uniform(code), rngs=rngs)

    def __call__(
        self, x: jax.Array, *, noise: jax.Array, temperature: jax.Array, train: bool, key: jax.Array | None = None
    ) -> tuple[jax.Array, jax.Array]:
        """Frames [n, k, d] -> targets float32 [n, k, dim], and how probable each entry is, [n, k, groups, entries].

        Args:
            noise: Gumbel's, [n, k, groups, entries]; 0 chooses the most probable entries.
            temperature: of the softmax whose gradient takes the place of the choice's, which has none.
        """
        del train, key
        logits = self.choose(x.astype(jnp.float32)).reshape(*x.shape[:2], self.groups, self.entries)
        soft = jax.nn.softmax((logits + noise) / temperature, axis=-1)
        hard = jax.nn.one_hot(soft.argmax(-1), self.entries)
        chosen = hard + (soft - jax.lax.stop_gradient(soft))  # the brackets keep equal codes equal to the bit
        codes = jnp.einsum("nkgv,gvd->nkgd", chosen, self.codebook[...], precision="highest")
        return self.project(codes.reshape(*x.shape[:2], -1)), jax.nn.softmax(logits, axis=-1)


def quantizer(groups: int, entries: int, code: int, dim: int) -> Net:
    """Frames [n, k, d] -> (targets [n, k, dim], probabilities [n, k, groups, entries]), see `Quantizer.__call__`.

    Args:
        groups: codebooks.
        entries: of each.
        code: length of what is chosen, over all codebooks, which divide it.
        dim: of the targets.
    """
    return from_nnx(lambda channels, rngs: Quantizer(channels, groups, entries, code, dim, rngs=rngs))
