"""Minimising disagreement: two senses that have a class in common, and nothing else, find it."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from sklearn.cluster import KMeans

from jssl.evaluate.matching import matched_accuracy
from jssl.methods.crossmodal.minimising_disagreement import categories_of, minimising_disagreement
from jssl.nets.sequence import perceptron
from jssl.parallel import make_layout
from jssl.run.step import create_state, make_step
from tests.methods.crossmodal.vectors import plain
from tests.methods.toys import run

SENSES = ("image", "sound")
APART, LOUD = 1.5, 8.0
BAYES = 0.5 * (1 + math.erf(APART / math.sqrt(2)))
"""What the best rule gets right of one sense: 93 %."""


def mixture(seed: int, n: int, copied: bool = False) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Two classes that differ along one axis; along another, which is louder, both senses are noise of their own."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, n)
    noise = rng.standard_normal((2, n, 2))
    x = np.stack([noise[..., 0] + APART * (2 * labels - 1)[None], LOUD * noise[..., 1]], axis=-1).astype(np.float32)
    return {"image": x[0], "sound": x[0] if copied else x[1]}, labels


def learnt(copied: bool) -> tuple[float, float]:
    """(right of a sense with the best names, agreement of both) on fresh examples."""
    nets = {key: perceptron((4,)) for key in SENSES}
    method = minimising_disagreement(nets, {key: plain(key) for key in SENSES}, categories=2)
    tx, layout = optax.adam(1e-2), make_layout(devices=jax.devices()[:1])

    def batch(step: int) -> dict[str, np.ndarray]:
        return {**mixture(step, 256, copied)[0], "index": np.arange(256, dtype=np.int32)}

    shapes = jax.tree.map(lambda x: jax.ShapeDtypeStruct(x.shape, x.dtype), batch(0))
    state = create_state(method, tx, 0, shapes, layout)
    step = layout.compile(make_step(method, tx), state)
    for i in range(150):
        state, _ = step(state, layout.feed(batch(i)))
    x, labels = mixture(10_000, 4000, copied)
    features = {key: method.embed(state.params, state.extra, {key: jnp.asarray(x[key])}) for key in SENSES}
    said = {key: np.asarray(c) for key, c in categories_of(state.params, features).items()}
    return matched_accuracy(said["image"], labels), float(np.mean(said["image"] == said["sound"]))


@pytest.mark.slow
def test_two_senses_find_the_class_nearly_as_well_as_bayes_where_k_means_finds_noise() -> None:
    right, agreement = learnt(copied=False)
    x, labels = mixture(10_000, 4000)
    alone = matched_accuracy(KMeans(2, n_init=3, random_state=0).fit_predict(x["image"]), labels)
    assert alone < 0.6
    assert right > BAYES - 0.03
    assert agreement == pytest.approx(BAYES**2 + (1 - BAYES) ** 2, abs=0.06)  # as two best rules do


@pytest.mark.slow
def test_a_copy_has_nothing_to_say() -> None:
    """It agrees about everything, and finds the class no better than k-means does."""
    right, agreement = learnt(copied=True)
    assert agreement > 0.95
    assert right < 0.65


@pytest.mark.slow
def test_the_loss_by_numpy() -> None:
    batch = jax.tree.map(jnp.asarray, mixture(0, 12)[0])
    method = minimising_disagreement(
        {key: perceptron((4,)) for key in SENSES}, {key: plain(key) for key in SENSES}, categories=3
    )
    params, extra = method.init(jax.random.key(0), batch)
    value, (_, metrics) = run(method.loss, params, extra, batch, jax.random.key(1), jnp.int32(0))
    cosines, labels = {}, {}
    for key in SENSES:
        h = np.asarray(method.embed(params, extra, {key: batch[key]}), np.float64)
        c = np.asarray(params["codebooks"][key], np.float64)
        cosines[key] = (h / np.linalg.norm(h, axis=1, keepdims=True)) @ (c / np.linalg.norm(c, axis=1, keepdims=True)).T
        q = np.exp(cosines[key] / 0.05)
        for _ in range(3):
            q /= q.sum(0, keepdims=True)
            q /= q.sum(1, keepdims=True)
        labels[key] = q.argmax(1)
    costs = []
    for key, other in (SENSES, SENSES[::-1]):
        p = np.exp(cosines[key] / 0.1)
        p /= p.sum(1, keepdims=True)
        costs.append(-np.log(p[np.arange(12), labels[other]]).mean())
    assert float(value) == pytest.approx(np.mean(costs), rel=1e-4)
    same = cosines["image"].argmax(1) == cosines["sound"].argmax(1)
    assert float(metrics["agreement"]) == pytest.approx(same.mean())


def test_one_category_is_refused() -> None:
    with pytest.raises(ValueError, match="categories=1"):
        minimising_disagreement(dict.fromkeys(SENSES, perceptron((4,))), {k: plain(k) for k in SENSES}, categories=1)
