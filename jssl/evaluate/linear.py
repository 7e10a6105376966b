"""Linear probe: multinomial logistic regression on frozen features, fitted to convergence.

Features are centred and divided by one number, so that their mean squared norm is 1: `l2` then means the same for
every feature set, and a rotation of the features changes nothing. Features are not standardised one by one, which
would blow up pixels and units that are almost always zero.
"""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from jssl.evaluate.labels import check_labels

L2_GRID = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6)
"""Candidates, from strong to weak: each fit starts from the one before."""
DEFAULT_L2 = 1e-4
"""Taken when some class has a single label, so that none can be held out."""
FOLDS = 5
TOLERANCE = 1e-3
MAX_ITERATIONS = 300
_dot = partial(jnp.matmul, precision="highest")


class Probe(NamedTuple):
    """Result of a linear probe."""

    accuracy: float
    """Share of the test examples, in [0, 1]."""
    l2: float
    """The penalty it was fitted with."""


def linear_probe(
    train: np.ndarray,
    train_labels: np.ndarray | None,
    test: np.ndarray,
    test_labels: np.ndarray | None,
    *,
    classes: int,
    l2: float | None = None,
    seed: int = 0,
) -> Probe:
    """Fit on `train`, score on `test`.

    Minimises mean cross entropy + l2/2 |W|^2 over weights and an unpenalised bias by L-BFGS in float32. It is
    scikit-learn's `LogisticRegression(C=1 / (l2 * n))` on features scaled as above.

    Args:
        train, test: features [n, d] and [m, d].
        train_labels, test_labels: int [n] and [m], below `classes`.
        l2: None takes from `L2_GRID` the candidate with the best accuracy on held-out examples of `train`, the
            stronger one of equals, and refits on all of `train`. Held out is a stratified fifth; below 2,000
            examples each of five such fifths in turn. A class with a single label can't be held out: `DEFAULT_L2`.
        seed: of the split.

    Raises:
        ValueError: no labels, lengths that differ, or labels outside [0, classes); l2 <= 0.
    """
    check_labels(train, train_labels, test, test_labels, classes)
    if l2 is not None and l2 <= 0:
        raise ValueError(f"l2={l2} must be above 0: without a penalty separable classes have no solution")
    train_labels = np.asarray(train_labels, np.int32)
    folds = _folds(train_labels, seed) if l2 is None else np.zeros((0, len(train)), bool)
    grid = L2_GRID if len(folds) else (DEFAULT_L2 if l2 is None else l2,)
    x, y, variance = _rotate(jnp.asarray(train), jnp.asarray(test))
    held_out, accuracy = _fit_and_score(
        x, train_labels, y, np.asarray(test_labels), variance, folds, np.array(grid, np.float32), classes
    )
    best = int(np.argmax(held_out))
    return Probe(float(accuracy[best]), grid[best])


def _folds(labels: np.ndarray, seed: int) -> np.ndarray:
    """What each round holds out, bool [rounds, n]; no round when a class has one example."""
    values, inverse, counts = np.unique(labels, return_inverse=True, return_counts=True)
    if counts.min() < 2:
        return np.zeros((0, len(labels)), bool)
    order = np.random.default_rng(seed).permutation(len(labels))
    fold = np.empty(len(labels), int)
    for i in range(len(values)):
        members = order[inverse[order] == i]
        fold[members] = (np.arange(len(members)) + i) % FOLDS
    rounds = 1 if len(labels) >= 2000 else FOLDS
    return fold[None] == np.arange(rounds)[:, None]


@jax.jit
def _rotate(train: jax.Array, test: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Both sets, centred, scaled and in the principal axes of `train`: at most n of them matter."""
    mean = train.mean(0, keepdims=True)
    train, test = train - mean, test - mean
    n, d = train.shape
    scale = jnp.sqrt(jnp.maximum(jnp.sum(train * train) / n, 1e-12))
    train, test = train / scale, test / scale
    if d <= n:
        value, axes = jnp.linalg.eigh(_dot(train.T, train))
    else:
        value, left = jnp.linalg.eigh(_dot(train, train.T))
        axes = _dot(train.T, left) * jax.lax.rsqrt(jnp.maximum(value, 1e-6)).reshape(1, -1)
    return _dot(train, axes), _dot(test, axes), jnp.maximum(value, 0.0) / n


@partial(jax.jit, static_argnames="classes")
def _fit_and_score(
    x: jax.Array,
    labels: jax.Array,
    test: jax.Array,
    test_labels: jax.Array,
    variance: jax.Array,
    folds: jax.Array,
    grid: jax.Array,
    classes: int,
) -> tuple[jax.Array, jax.Array]:
    """Accuracy on held-out and on test examples for every l2, [candidates] each."""

    def path(weights: jax.Array) -> tuple[jax.Array, jax.Array]:
        start = jnp.zeros((x.shape[1] + 1, classes))
        return jax.lax.scan(lambda w, l2: (_fit(x, labels, weights, variance, l2, w),) * 2, start, grid)[1]

    everything = jnp.ones((1, len(labels)), bool)
    paths = jax.lax.map(path, jnp.concatenate([~folds, everything]))

    def right(w: jax.Array, x: jax.Array, labels: jax.Array) -> jax.Array:
        return jnp.argmax(_logits(w, x), axis=-1) == labels

    held_out = jax.vmap(jax.vmap(lambda w: right(w, x, labels)))(paths[:-1])
    held_out = jnp.sum(held_out & jnp.expand_dims(folds, 1), axis=(0, 2)) / jnp.maximum(folds.sum(), 1)
    return held_out, jax.vmap(lambda w: right(w, test, test_labels).mean())(paths[-1])


def _logits(w: jax.Array, x: jax.Array) -> jax.Array:
    return _dot(x, w[:-1]) + w[-1:]


def _fit(
    x: jax.Array, labels: jax.Array, keep: jax.Array, variance: jax.Array, l2: jax.Array, start: jax.Array
) -> jax.Array:
    """Weights and bias [m + 1, classes] from the examples to keep, bool [n].

    In the principal axes the Hessian at zero is diagonal; dividing by its root makes L-BFGS several times faster.
    """
    weights = keep / keep.sum()
    classes = start.shape[1]
    root = jax.lax.rsqrt(jnp.append(variance / classes + l2, 1 / classes)).reshape(-1, 1)

    def objective(v: jax.Array) -> jax.Array:
        w = root * v
        loss = optax.losses.softmax_cross_entropy_with_integer_labels(_logits(w, x), labels)
        return jnp.sum(weights * loss) + l2 / 2 * jnp.sum(w[:-1] ** 2)

    optimizer = optax.lbfgs()
    value_and_grad = optax.value_and_grad_from_state(objective)

    def unfinished(carry: tuple) -> jax.Array:
        _, _, step, norm = carry
        return (step < MAX_ITERATIONS) & (norm > TOLERANCE)

    def iterate(carry: tuple) -> tuple:
        v, state, step, _ = carry
        value, grad = value_and_grad(v, state=state)
        updates, state = optimizer.update(grad, state, v, value=value, grad=grad, value_fn=objective)
        norm = optax.tree.norm(optax.tree.get(state, "grad"))
        return optax.apply_updates(v, updates), state, step + 1, norm

    v = start / root
    return root * jax.lax.while_loop(unfinished, iterate, (v, optimizer.init(v), 0, jnp.inf))[0]
