"""The contract: an algorithm is a value, five pure functions over one state.

Every self-supervised method of `jssl.methods` is a function that returns a `Method`. The step, the loop,
the checkpoint, the evaluation and the launchers know nothing else about it.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax

PyTree = Any
Batch = dict[str, jax.Array]
"""Named inputs of n examples: `image` uint8 [n, h, w, c], `clip` uint8 [n, t, h, w, c], `sound` float32 [n, samples],
`tokens` int32 [n, t]; of these two `length` int32 [n], of sounds where it is known; always `index` int32 [n] (position
in the data set); `label` int32 [n] where known.

For a method that sees few labels, `labelled` is such a batch of its own, of n / ratio examples. For inputs that mix
examples, `past` holds earlier ones, [n, views, ...] each, see `Input.past`.
"""


def keep(params: PyTree, extra: dict[str, PyTree], step: jax.Array) -> tuple[PyTree, dict[str, PyTree]]:
    """The `after` of a method that has nothing to do after the optimiser."""
    del step
    return params, extra


def encoder_weights(params: PyTree, extra: dict[str, PyTree]) -> tuple[PyTree, PyTree]:
    """The `weights` of a method that keeps its encoder as such."""
    return params["encoder"], extra["stats"]["encoder"]


class Method(NamedTuple):
    """A self-supervised algorithm.

    `extra` is all state the optimiser does not train: batch statistics, teacher, memory bank, queue, centre.
    All functions but `init` and `embed` run per device, inside the axis that `jssl.parallel` names.
    """

    init: Callable
    """(key, batch) -> (params, extra). Traceable: it must work under `jax.eval_shape`."""
    views: Callable
    """(keys [n], batch) -> views. One key per example, so that views do not depend on the device count."""
    loss: Callable
    """(params, extra, views, key, step) -> (loss, (extra, metrics)). Scalar float32; the same key everywhere."""
    embed: Callable
    """(params, extra, batch) -> features float32 [n, d]. What evaluations and users call; it does not read `sharded`
    state, which they need not load, nor `index`."""
    after: Callable = keep
    """(params, extra, step) -> (params, extra), after the optimiser: teacher averages, prototype norms."""
    sharded: frozenset[str] = frozenset()
    """Keys of `extra` that are split over the devices on axis 0: memory banks and queues."""
    starts: tuple[tuple[str, int], ...] = ()
    """Parts of `params`, by their first key, that are held still at first, and the step from which on they are trained:
    their optimiser begins there, with no moments of the steps before. Pairs, as a method has to have a hash."""
    weights: Callable = encoder_weights
    """(params, extra) -> (params, stats) of the encoder that `embed` applies: what fine-tuning starts from."""
    predict: Callable | None = None
    """(params, extra, batch) -> logits float32 [n, classes], of a method that sees labels."""
    score: Callable | None = None
    """(params, extra, keys [n], batch) -> (nats [n], count [n]): what a held-out example costs, over how many guesses;
    always under the same keys. A run of `config.data.validation` is watched by its perplexity. No collectives."""
    write: Callable | None = None
    """(params, extra, keys [n], x int32 [n, t], temperature, top_p) -> x, of a language model: texts that are -1 from
    some place on, written on until they end or are full. The same keys write the same."""
    together: Callable | None = None
    """(params, extra, {sense: features [n, d]}) -> logits float32 [n, m], of a method of two senses: that the i-th of
    the first, by their names, and the j-th of the second belong together. Features are what `embed` gives of each sense
    alone. What retrieval across the senses ranks by."""
    chance: Callable | None = None
    """(examples of a whole micro-batch) -> the loss, a float, of a network that says the same of everything: all
    classes, all keys, all noise as likely. None of a method whose loss has no such value."""
    adapt: Callable | None = None
    """(params, extra, key, batch of one, *, steps, learning_rate, copies) -> (params, extra), of a method that learns
    from a test example before it predicts: what `predict` is to read for it. No collectives."""
    show: Callable | None = None
    """(params, extra, keys [n], batch) -> `jssl.exhibit.Exhibit`: what the method does with examples, for the report. n
    is a few hundred; as many rows as it likes. Called outside of `jit`."""


class State(NamedTuple):
    """All that a run is: restoring it and the data position continues the run bit for bit."""

    step: jax.Array
    params: PyTree
    opt: PyTree
    extra: dict[str, PyTree]
    key: jax.Array
