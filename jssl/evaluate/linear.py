"""Linear probe: multinomial logistic regression on frozen features, fitted to convergence.

Features are centred and divided by one number, so that their mean squared norm is 1: `l2` then means the same for
every feature set, and a rotation of the features changes nothing. Features are not standardised one by one, which
would blow up pixels and units that are almost always zero.
"""

from collections.abc import Callable
from functools import lru_cache, partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from scipy.sparse import csr_array, issparse

from jssl import parallel
from jssl.evaluate import sparse
from jssl.evaluate.axes import Axes, dot, principal_axes, project
from jssl.evaluate.labels import check_labels
from jssl.evaluate.rows import over_chunks, spread, worthwhile
from jssl.features import Split
from jssl.parallel import Layout

L2_GRID = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6)
"""Candidates, from strong to weak: each fit starts from the one before."""
DEFAULT_L2 = 1e-4
"""Taken when some class has a single label, so that none can be held out."""
FOLDS = 5
TOLERANCE = 1e-3
MAX_ITERATIONS = 300


class Probe(NamedTuple):
    """Result of a linear probe."""

    accuracy: float
    """Share of the test examples, in [0, 1]."""
    l2: float
    """The penalty it was fitted with."""


def linear_probe(
    train: np.ndarray | Split | csr_array,
    train_labels: np.ndarray | None,
    test: np.ndarray | Split | csr_array,
    test_labels: np.ndarray | None,
    *,
    classes: int,
    l2: float | None = None,
    seed: int = 0,
    layout: Layout | None = None,
) -> Probe:
    """Fit on `train`, score on `test`.

    Minimises mean cross entropy + l2/2 |W|^2 over weights and an unpenalised bias by L-BFGS in float32. It is
    scikit-learn's `LogisticRegression(C=1 / (l2 * n))` on features scaled as above.

    Args:
        train, test: features [n, d] and [m, d]; both sparse, or neither.
        train_labels, test_labels: int [n] and [m], below `classes`.
        l2: None takes from `L2_GRID` the candidate with the best accuracy on held-out examples of `train`, the
            stronger one of equals, and refits on all of `train`. Held out is a stratified fifth; below 2,000
            examples each of five such fifths in turn. A class with a single label can't be held out: `DEFAULT_L2`.
        seed: of the split.
        layout: whose devices share the rows; None takes one device. Weights and sums over rows cross the wire, never
            features.

    Raises:
        ValueError: no labels, lengths that differ, or labels outside [0, classes); l2 <= 0.
    """
    check_labels(train, train_labels, test, test_labels, classes)
    if l2 is not None and l2 <= 0:
        raise ValueError(f"l2={l2} must be above 0: without a penalty separable classes have no solution")
    train_labels, test_labels = np.asarray(train_labels), np.asarray(test_labels)
    fold, rounds = _folds(train_labels, seed) if l2 is None else (np.zeros(len(train_labels), int), 0)
    grid = L2_GRID if rounds else (DEFAULT_L2 if l2 is None else l2,)
    if issparse(train):
        known, until = (train, train_labels, fold, test, test_labels), (TOLERANCE, MAX_ITERATIONS)
        best, right = sparse.choose_and_score(*known, grid, *until, classes=classes, rounds=rounds)
        return Probe(right / len(test_labels), grid[best])
    layout = worthwhile(layout, train)
    known = spread(layout, train, (train_labels, fold)), spread(layout, test, (test_labels,))
    fit = _program(layout, classes, rounds)
    best, right = jax.device_get(fit(*known[0], *known[1], np.array(grid, np.float32)))
    return Probe(float(right) / len(test_labels), grid[best])


def _folds(labels: np.ndarray, seed: int) -> tuple[np.ndarray, int]:
    """The part that each example is of, int [n], and how many parts are held out; none when a class has one example."""
    values, inverse, counts = np.unique(labels, return_inverse=True, return_counts=True)
    fold = np.zeros(len(labels), int)
    if counts.min() < 2:
        return fold, 0
    order = np.random.default_rng(seed).permutation(len(labels))
    for i in range(len(values)):
        members = order[inverse[order] == i]
        fold[members] = (np.arange(len(members)) + i) % FOLDS
    return fold, 1 if len(labels) >= 2000 else FOLDS


def linear_classifier(
    train: np.ndarray, labels: np.ndarray, *, classes: int, seed: int = 0, layout: Layout | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The same probe itself: weights [classes, d] and bias [classes] of plain features [n, d]; arguments as above."""
    fold, rounds = _folds(labels, seed)
    grid = L2_GRID if rounds else (DEFAULT_L2,)
    layout = worthwhile(layout, train)
    fit = _classifier_program(layout, classes, rounds)
    return jax.device_get(fit(*spread(layout, train, (labels, fold)), np.array(grid, np.float32)))


@lru_cache(maxsize=64)
def _program(layout: Layout, classes: int, rounds: int) -> Callable:
    return layout.spread(partial(_choose_and_score, classes=classes, rounds=rounds), [True] * 5 + [False])


@lru_cache(maxsize=64)
def _classifier_program(layout: Layout, classes: int, rounds: int) -> Callable:
    return layout.spread(partial(_classifier, classes=classes, rounds=rounds), [True] * 3 + [False])


def _choose_and_score(
    x: jax.Array,
    labels: jax.Array,
    fold: jax.Array,
    test: jax.Array,
    test_labels: jax.Array,
    grid: jax.Array,
    *,
    classes: int,
    rounds: int,
) -> tuple[jax.Array, jax.Array]:
    """Which penalty is best on held-out examples, and how many test examples are told right with it; per device."""
    best, w, axes = _choose(x, labels, fold, grid, classes=classes, rounds=rounds)
    return best, _right(w, project(axes, test), test_labels)


def _classifier(
    x: jax.Array, labels: jax.Array, fold: jax.Array, grid: jax.Array, *, classes: int, rounds: int
) -> tuple[jax.Array, jax.Array]:
    """Weights and bias for features that are not in their principal axes; per device."""
    _, w, axes = _choose(x, labels, fold, grid, classes=classes, rounds=rounds)
    plain = dot(w[:, :-1], axes.directions.T) / axes.scale
    return plain, w[:, -1] - dot(plain, axes.mean)


def _choose(
    x: jax.Array, labels: jax.Array, fold: jax.Array, grid: jax.Array, *, classes: int, rounds: int
) -> tuple[jax.Array, jax.Array, Axes]:
    """Which penalty is best on held-out examples, the weights by it, and the axes that they are of; per device."""
    axes = principal_axes(x, labels >= 0)
    x = project(axes, x)
    fit = partial(_fit, x, axes.variance)
    # Of five folds all at once; for one, no batch of one, in which nothing can be stopped without a copy of all.
    fits = jax.vmap(fit, (0, None, 0)) if rounds > 1 else lambda labels, l2, w: fit(labels[0], l2, w[0])[None]
    folds = jnp.arange(rounds) if rounds else jnp.full(1, -1)

    def one(carry: tuple[jax.Array, ...], i: jax.Array) -> tuple[tuple[jax.Array, ...], None]:
        """The next penalty, from the weights of the stronger one before it; at last the best one, with all labels."""
        w, path, right = carry
        last, best = i == len(grid), jnp.argmax(right)
        i, w, held_out = jnp.where(last, best, i), jnp.where(last, path[best], w), jnp.where(last, -1, folds)
        out = held_out[:, None] == fold[None]
        w = fits(jnp.where(out, -1, labels[None]), grid[i], w)
        counts = jax.vmap(_right, (0, None, 0))(w, x, jnp.where(out, labels[None], -1))
        return (w, path.at[i].set(w), jnp.where(last, right, right.at[i].set(counts.sum()))), None

    start = jnp.zeros((len(folds), classes, x.shape[1] + 1))
    carry = start, jnp.zeros((len(grid), *start.shape)), jnp.zeros(len(grid), int)
    (w, _, right), _ = jax.lax.scan(one, carry, jnp.arange(len(grid) + (rounds > 0)))
    return jnp.argmax(right), w[0], axes


def _fit(x: jax.Array, variance: jax.Array, labels: jax.Array, l2: jax.Array, start: jax.Array) -> jax.Array:
    """Weights and bias [classes, m + 1] from all devices' examples whose label is not -1; per device.

    In the principal axes the Hessian at zero is diagonal; dividing by its root makes L-BFGS several times faster.
    """
    classes, count = len(start), parallel.psum(jnp.sum(labels >= 0))
    root = jax.lax.rsqrt(jnp.append(variance / classes + l2, 1 / classes))[None]

    def cost(v: jax.Array) -> tuple[jax.Array, jax.Array]:
        """The objective and its gradient, from one look at the examples."""
        w = root * v
        loss, slope = parallel.psum(_cross_entropy(w, x, labels))
        penalty = l2 * w.at[:, -1].set(0)
        return loss / count + jnp.sum(penalty * w) / 2, root * (slope / count + penalty)

    @jax.custom_vjp
    def objective(v: jax.Array) -> jax.Array:
        return cost(v)[0]

    objective.defvjp(cost, lambda slope, outer: (outer * slope,))
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


def _logits(w: jax.Array, x: jax.Array) -> jax.Array:
    return dot(x, w[:, :-1].T) + w[:, -1][None]


def _cross_entropy(w: jax.Array, x: jax.Array, labels: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Its sum over this device's examples, and the gradient of that."""

    def add(sums: tuple, new: jax.Array, x: jax.Array, labels: jax.Array) -> tuple:
        loss, slope, bias = sums
        logits, counts = _logits(w, x), (new & (labels >= 0))[:, None]
        own = labels[:, None] == jnp.arange(len(w))[None]
        top = logits.max(1, keepdims=True)
        odds = jnp.exp(logits - top)
        total = odds.sum(1, keepdims=True)
        loss += jnp.sum(jnp.where(counts, jnp.log(total) + top - jnp.where(own, logits, 0).sum(1, keepdims=True), 0))
        error = jnp.where(counts, odds / total - own, 0)
        return loss, slope + dot(error.T, x), bias + error.sum(0)

    # A class is a row: CPUs take several times as long for x.T @ error.
    loss, slope, bias = over_chunks(
        add, (jnp.zeros(()), jnp.zeros_like(w[:, :-1]), jnp.zeros_like(w[:, -1])), (x, labels), len(w)
    )
    return loss, jnp.append(slope, bias[:, None], axis=1)


def _right(w: jax.Array, x: jax.Array, labels: jax.Array) -> jax.Array:
    """How many of all devices' examples are told right; those of label -1 do not count."""

    def add(count: jax.Array, new: jax.Array, x: jax.Array, labels: jax.Array) -> jax.Array:
        return count + jnp.sum(new & (jnp.argmax(_logits(w, x), axis=-1) == labels))

    return parallel.psum(over_chunks(add, jnp.zeros((), int), (x, labels), len(w)))
