"""Monitors: what a representation looks like while it is trained, mostly without labels."""

import itertools
from collections.abc import Callable, Mapping
from functools import cache, partial

import jax
import jax.numpy as jnp
import numpy as np

from jssl.data.source import Source, from_arrays, part
from jssl.evaluate.axes import eigh
from jssl.evaluate.knn import knn_accuracy
from jssl.features import extract
from jssl.inputs.input import Input
from jssl.losses.contrastive import l2_normalize
from jssl.method import Method, PyTree
from jssl.parallel import Layout

VIEWED, VIEWS = 256, 10
"""Examples and views of each, for alignment and LiDAR."""


def rankme(z: jax.Array, epsilon: float = 1e-7) -> jax.Array:
    """Effective rank of features [n, d]: exponential of the entropy of the singular values (arXiv:2210.02885).

    Between 1 and min(n, d); features are not centred. The paper takes 25,600 examples.
    """
    return _effective_number(jnp.linalg.svd(z.astype(jnp.float32), compute_uv=False), epsilon)


def alpha_req(z: jax.Array, first: int = 4, last: int = 100) -> jax.Array:
    """Decay a of the covariance's eigenvalues, about rank^-a, of features [n, d] (Agrawal et al., NeurIPS 2022).

    0 is white; the paper finds values near 1 to go with good features. The paper gives no range of ranks: this is
    its code's, ranks 4 to 100 weighted by 1 / rank. NaN when fewer than two eigenvalues there are above rounding.
    """
    centered = z.astype(jnp.float32) - z.mean(0, keepdims=True)
    values = jnp.linalg.svd(centered, compute_uv=False) ** 2
    rank = jnp.arange(1, len(values) + 1)
    used = (rank >= first) & (rank <= last) & (values > 1e-12 * values[0])
    weight = jnp.where(used, 1 / rank, 0.0)
    x, y = jnp.log(rank.astype(jnp.float32)), jnp.log(jnp.where(used, values, 1.0))
    x, y = (v - jnp.sum(weight * v) / jnp.sum(weight) for v in (x, y))
    return jnp.where(used.sum() > 1, -jnp.sum(weight * x * y) / jnp.sum(weight * x * x), jnp.nan)


def alignment(za: jax.Array, zb: jax.Array) -> jax.Array:
    """Mean squared distance between unit-norm features of two views, [n, d] each (arXiv:2005.10242): 2 - 2 cos."""
    return jnp.mean(jnp.sum((l2_normalize(za) - l2_normalize(zb)) ** 2, axis=-1))


def uniformity(z: jax.Array, t: float = 2.0) -> jax.Array:
    """Log of the mean of exp(-t |x - y|^2) over pairs of unit-norm features [n, d] (arXiv:2005.10242).

    0 when all are the same; near -4 when spread over the sphere, at t = 2.
    """
    z = l2_normalize(z.astype(jnp.float32))
    n = len(z)

    def row(i: jax.Array) -> jax.Array:
        near = jnp.exp(-t * jnp.maximum(2 - 2 * jnp.matmul(z, z[i], precision="highest"), 0.0))
        return jnp.sum(jnp.where(jnp.arange(n) == i, 0.0, near))

    return jnp.log(jnp.sum(jax.lax.map(row, jnp.arange(n), batch_size=min(512, n))) / (n * (n - 1)))


def feature_std(z: jax.Array) -> jax.Array:
    """Standard deviation of each unit-norm feature of [n, d], on average: 0 at collapse, 1 / sqrt(d) at best."""
    return jnp.mean(jnp.std(l2_normalize(z.astype(jnp.float32)), axis=0))


def lidar(z: jax.Array, delta: float = 1e-4, epsilon: float = 1e-7) -> jax.Array:
    """Effective rank of what tells examples apart, measured by how views of one example scatter (arXiv:2312.04000).

    Args:
        z: features [n, q, d]: q views of each of n examples. The result is at most min(d, n - 1).
        delta: added to the diagonal of the within-example covariance.
    """
    n, q, d = z.shape
    z = z.astype(jnp.float32)
    means = z.mean(1, keepdims=True)
    scatter = (z - means).reshape(-1, d)
    within = jnp.matmul(scatter.T, scatter, precision="highest") / (n * (q - 1)) + delta * jnp.eye(d)
    values, axes = eigh(within)
    whiten = axes * jax.lax.rsqrt(jnp.maximum(values, delta)).reshape(1, d)
    between = (means - means.mean(0, keepdims=True)).reshape(n, d)
    between = jnp.matmul(between, whiten, precision="highest") / jnp.sqrt(n - 1.0)
    return _effective_number(jnp.linalg.svd(between, compute_uv=False) ** 2, epsilon)


def _effective_number(values: jax.Array, epsilon: float) -> jax.Array:
    p = values / jnp.maximum(jnp.sum(values), 1e-30) + epsilon
    return jnp.exp(-jnp.sum(p * jnp.log(p)))


def collapsed(metrics: dict[str, float]) -> str | None:
    """A warning when features carry almost nothing: what is seen and the likely causes. None when all is well."""
    causes = (
        "Likely causes: a learning rate that is too high, a missing stop-gradient, predictor or teacher, too few "
        "negatives, or views so alike (or so destroyed) that the task is solved without looking."
    )
    if metrics["uniformity"] > -0.05:
        return (
            f"the representation has collapsed: all examples get almost the same feature (uniformity "
            f"{metrics['uniformity']:.3f}, feature standard deviation {metrics['feature_std']:.2g}). {causes}"
        )
    if metrics["rankme"] < 2:
        return (
            f"the representation has collapsed in dimension: all features lie near one line (RankMe "
            f"{metrics['rankme']:.2f}). {causes}"
        )
    return None


def make_monitor(
    method: Method,
    inputs: Mapping[str, Input],
    layout: Layout,
    train: Source,
    *,
    k: int = 20,
    temperature: float = 0.07,
    max_examples: int = 4096,
    batch_size: int = 512,
    seed: int = 0,
) -> Callable[[PyTree, dict[str, PyTree]], dict[str, float]]:
    """A function (params, extra) -> {"knn", "rankme", "alpha_req", "alignment", "uniformity", "feature_std", "lidar"}.

    It always looks at the same examples and the same views, drawn by `Input.perturb`, so that values compare over a
    run; of an input that has none, alignment and LiDAR are left out. They are of the features that `embed` returns, as
    all other values are.

    Args:
        train: what is pretrained on. kNN classifies a fifth of its examples by the others, so that "best" is never
            chosen on a test split; without labels it is left out. A value that is not defined, such as alpha-ReQ of
            two features, is left out too.
        max_examples: taken at random from `train`.

    Raises:
        FloatingPointError: (the function) when features are not finite.
    """
    embed = jax.jit(method.embed)
    shown = _sample(train, max_examples, seed)
    perturbed = all(each.perturb for each in inputs.values())
    asked = np.random.default_rng(seed).random(shown.length) < 1 / 5

    @cache
    def viewed() -> Source:
        return _draw(inputs, _sample(train, VIEWED, seed), seed)

    def monitor(params: PyTree, extra: dict[str, PyTree]) -> dict[str, float]:
        features = partial(extract, partial(embed, params, extra), batch_size=batch_size, layout=layout)
        z = features(shown)
        views = features(viewed()) if perturbed else z[:0]
        if not (np.isfinite(z).all() and np.isfinite(views).all()):
            raise FloatingPointError("features are not finite: the encoder has diverged, or bf16 overflows in it")
        values = {name: float(x) for name, x in _summary(z).items()}
        if perturbed:
            values |= {name: float(x) for name, x in _scatter(views.reshape(-1, VIEWS, views.shape[-1])).items()}
        if shown.labels is not None and asked.any() and not asked.all():
            values["knn"] = knn_accuracy(
                z[~asked], shown.labels[~asked], z[asked], shown.labels[asked],
                k=k, temperature=temperature, classes=len(shown.classes),
            )  # fmt: skip
        return {name: x for name, x in values.items() if np.isfinite(x)}

    return monitor


@jax.jit
def _summary(z: jax.Array) -> dict[str, jax.Array]:
    return {
        "rankme": rankme(z),
        "alpha_req": alpha_req(z),
        "uniformity": uniformity(z),
        "feature_std": feature_std(z),
    }


@jax.jit
def _scatter(views: jax.Array) -> dict[str, jax.Array]:
    first, second = (views[:, i::2].reshape(-1, views.shape[-1]) for i in (0, 1))
    return {"alignment": alignment(first, second), "lidar": lidar(views)}


def _sample(source: Source, n: int, seed: int) -> Source:
    return part(source, np.sort(np.random.default_rng(seed).permutation(source.length)[:n]))


def _draw(inputs: Mapping[str, Input], source: Source, seed: int) -> Source:
    """`VIEWS` views of each example, one after the other, as examples."""
    batch = source.read(np.arange(source.length))

    @jax.jit
    def draw(key: jax.Array, batch: dict[str, jax.Array]) -> list[dict[str, jax.Array]]:
        keys = jax.random.split(key, source.length)
        drawn = [[{k: view[k] for k in each.keys} for view in each.perturb(keys, batch)] for each in inputs.values()]
        return [{name: x for view in views for name, x in view.items()} for views in zip(*drawn, strict=False)]

    drawn: list[dict[str, np.ndarray]] = []
    rounds = itertools.count()
    while len(drawn) < VIEWS:
        drawn += jax.tree.map(np.asarray, draw(jax.random.fold_in(jax.random.key(seed), next(rounds)), batch))
    stacked = {name: np.stack([view[name] for view in drawn[:VIEWS]], axis=1) for name in drawn[0]}
    return from_arrays("views", **{name: x.reshape(-1, *x.shape[2:]) for name, x in stacked.items()})
