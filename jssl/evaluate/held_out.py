"""What a method's own task costs on examples that it was not trained on."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from jssl.data.source import Source
from jssl.features import extract
from jssl.method import Method, PyTree
from jssl.parallel import Layout


@dataclass(frozen=True)
class _Numbered:
    """The `read` of a source, with the number of each example: its key is made of that."""

    source: Source

    def __call__(self, rows: np.ndarray, draws: np.ndarray | None = None) -> dict[str, np.ndarray]:
        return {**self.source.read(rows, draws), "index": rows.astype(np.int32)}


def make_perplexity(
    method: Method, layout: Layout, held_out: Source, *, batch_size: int = 256, seed: int = 0
) -> Callable[[PyTree, dict[str, PyTree]], float]:
    """A function (params, extra) -> perplexity: e to the mean nats of a guess, over all guesses of all examples.

    What is random about the task is the same at every call and on any number of devices, as `Method.score` gets the
    same keys.

    Args:
        held_out: examples to score.
    """
    numbered = held_out._replace(
        spec={**held_out.spec, "index": jax.ShapeDtypeStruct((), np.int32)}, read=_Numbered(held_out)
    )

    @jax.jit
    def score(params: PyTree, extra: dict[str, PyTree], batch: dict[str, jax.Array]) -> jax.Array:
        keys = jax.vmap(partial(jax.random.fold_in, jax.random.key(seed)))(batch["index"])
        return jnp.stack(method.score(params, extra, keys, batch), axis=1).astype(jnp.float32)

    def perplexity(params: PyTree, extra: dict[str, PyTree]) -> float:
        scores = extract(partial(score, params, extra), numbered, batch_size=batch_size, layout=layout)
        nats, count = scores.astype(np.float64).sum(0)
        return float(np.exp(nats / max(count, 1)))

    return perplexity
