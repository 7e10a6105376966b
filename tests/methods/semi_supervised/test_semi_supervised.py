"""What each way of learning from few labels is without its other half."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.losses.semi_supervised import divergence, unit
from jssl.methods.semi_supervised.entropy_minimization import entropy_minimization
from jssl.methods.semi_supervised.fixmatch import fixmatch
from jssl.methods.semi_supervised.m2 import m2
from jssl.methods.semi_supervised.mean_teacher import mean_teacher
from jssl.methods.semi_supervised.mixmatch import mixmatch
from jssl.methods.semi_supervised.pseudo_label import pseudo_label
from jssl.methods.semi_supervised.s4l import s4l
from jssl.methods.semi_supervised.supervised import supervised
from jssl.methods.semi_supervised.vat import vat
from tests.methods import toys

LABELS = jnp.arange(toys.N, dtype=jnp.int32) % 3
OWN = {**toys.batch(), "label": LABELS}
# Half as many labelled pictures, which are none of the unlabelled ones.
FEW = {"image": 255 - OWN["image"][::2], "index": OWN["index"][::2], "label": LABELS[::2]}
KEYS = jax.random.split(jax.random.key(1), toys.N)


def start(factory, batch=None, **options):
    seen = toys.recipe() if factory in (s4l, m2, mixmatch, vat) else toys.two_views()
    method = factory(toys.flat(), seen, classes=3, **options)
    batch = batch or {**toys.batch(), "labelled": FEW}
    params, extra = method.init(jax.random.key(0), batch)
    return method, params, extra, method.views(KEYS, batch)


def gradient(method, params, extra, views, step=0):
    def loss(params):
        return method.loss(params, extra, views, jax.random.key(2), jnp.int32(step))[0]

    return toys.run(jax.grad(loss), params)


SEMI = {
    "pseudo_label": (pseudo_label, {"steps": 100, "weight": 0.0}),
    "mean_teacher": (mean_teacher, {"steps": 100, "weight": 0.0}),
    "entropy_minimization": (entropy_minimization, {"steps": 100, "weight": 0.0}),
    "fixmatch": (fixmatch, {"weight": 0.0}),
    "vat": (vat, {"weight": 0.0}),
    "s4l": (s4l, {"weight": 0.0}),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SEMI)
def test_without_weight_the_unlabelled_pictures_teach_nothing(name):
    factory, options = SEMI[name]
    method, params, extra, views = start(factory, **options)
    other = {**toys.batch(), "labelled": FEW}
    other["image"] = 255 - other["image"]
    changed = method.views(KEYS, other)
    grads = [gradient(method, params, extra, seen, 99) for seen in (views, changed)]
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-6), *grads)
    assert max(float(jnp.abs(g).max()) for g in jax.tree.leaves(grads[0]["head"])) > 1e-3


@pytest.mark.slow
@pytest.mark.parametrize("name", ["fixmatch", "pseudo_label", "mean_teacher", "entropy_minimization", "vat"])
def test_without_weight_it_is_supervised_learning(name):
    """The labelled half alone, by the loss of `supervised` on the very views that were drawn."""
    factory, options = SEMI[name]
    method, params, extra, views = start(factory, **options)
    own = views[0][: len(FEW["label"])]
    plain, *_ = start(supervised, OWN)
    expected = toys.loss_of(plain, params, extra, (own, FEW["label"]))[0]
    np.testing.assert_allclose(toys.loss_of(method, params, extra, views, step=99)[0], expected, rtol=1e-5)


@pytest.mark.slow
def test_fixmatch_believes_nothing_above_one():
    method, params, extra, views = start(fixmatch, threshold=1.01)
    _, (_, metrics) = toys.loss_of(method, params, extra, views)
    assert metrics["unsupervised_loss"] == 0 and metrics["believed"] == 0
    method, params, extra, views = start(fixmatch, threshold=0.0)
    _, (_, metrics) = toys.loss_of(method, params, extra, views)
    assert metrics["unsupervised_loss"] > 0 and metrics["believed"] == 1


@pytest.mark.slow
def test_pseudo_labels_count_from_the_ramp_on():
    method, params, extra, views = start(pseudo_label, steps=100, ramp=(0.1, 0.5), weight=2.0)
    values = [toys.loss_of(method, params, extra, views, step=step) for step in (0, 10, 30, 50, 99)]
    metrics = values[0][1][1]
    parts = metrics["supervised_loss"], metrics["unsupervised_loss"]
    for (loss, _), weight in zip(values, (0, 0, 1, 2, 2), strict=True):
        np.testing.assert_allclose(loss, parts[0] + weight * parts[1], rtol=1e-5)


def test_a_mean_teacher_that_is_the_student_agrees_with_it():
    method, params, extra, views = start(mean_teacher, steps=100)
    same = (views[0], views[0], views[2])
    assert toys.loss_of(method, params, extra, same, step=99)[1][1]["consistency"] == pytest.approx(0, abs=1e-12)
    assert toys.loss_of(method, params, extra, views, step=99)[1][1]["consistency"] >= 0


@pytest.mark.slow
def test_the_teacher_s_weight_rises_along_the_paper_s_curve():
    method, params, extra, views = start(mean_teacher, steps=100, ramp=0.5, weight=10.0)
    away = jax.tree.map(lambda x: x + 1.0, extra["average"]["head"])
    extra = {
        **extra,
        "average": {**extra["average"], "head": {**away, "layers": jax.tree.map(jnp.negative, away["layers"])}},
    }
    for step, risen in ((0, np.exp(-5)), (25, np.exp(-1.25)), (50, 1.0), (99, 1.0)):
        loss, (_, metrics) = toys.loss_of(method, params, extra, views, step=step)
        np.testing.assert_allclose(loss, metrics["supervised_loss"] + 10 * risen * metrics["consistency"], rtol=1e-4)
        assert metrics["consistency"] > 0


def test_the_average_forgets_its_random_start_and_is_what_predicts():
    method, params, extra, _ = start(supervised, OWN, average=0.9)
    moved = jax.tree.map(lambda p: p + 1.0, params)
    _, extra = method.after(moved, extra, jnp.int32(0))
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b), extra["average"], moved)
    again = jax.tree.map(lambda p: p + 2.0, params)
    _, later = method.after(again, extra, jnp.int32(1000))
    jax.tree.map(lambda a, p: np.testing.assert_allclose(a, p + 1.1, rtol=1e-5), later["average"], params)
    np.testing.assert_array_equal(method.predict(params, later, OWN), method.predict(moved, later, OWN))
    assert np.abs(method.predict(params, later, OWN) - method.predict(params, extra, OWN)).max() > 1e-3


def test_label_smoothing_by_hand():
    method, params, extra, views = start(supervised, OWN, smoothing=0.3)
    logits = np.asarray(
        toys.run(
            lambda p: toys.flat().apply(p["encoder"], {}, views[0])[0] @ p["head"]["layers"]["layer0"]["kernel"], params
        )
    )
    log_p = logits - np.log(np.exp(logits).sum(1, keepdims=True))
    target = np.eye(3)[np.asarray(LABELS)] * 0.7 + 0.1
    np.testing.assert_allclose(
        toys.loss_of(method, params, extra, views)[0], -(target * log_p).sum(1).mean(), rtol=1e-5
    )


@pytest.mark.slow
def test_s4l_gives_labelled_and_unlabelled_pictures_the_same_task():
    method, params, extra, views = start(s4l)
    own, labels, other = views
    assert own.shape[1] == 4 and other.shape[0] == toys.N
    swapped = {"task": gradient(method, params, extra, (other, jnp.repeat(labels, 2), own))["task"]}
    np.testing.assert_allclose(
        jax.tree.leaves(swapped)[0],
        jax.tree.leaves({"task": gradient(method, params, extra, views)["task"]})[0],
        atol=1e-6,
    )


def test_s4l_exemplar_compares_pictures():
    method, params, extra, views = start(s4l, task="exemplar", copies=2, dim=4)
    assert views[0].shape[1] == 2
    alike = toys.loss_of(method, params, extra, tuple(jnp.zeros_like(x) for x in views))[1][1]["task_loss"]
    np.testing.assert_allclose(alike, np.log(2), rtol=1e-4)
    with pytest.raises(ValueError, match="task='jigsaw' is neither"):
        start(s4l, task="jigsaw")


@pytest.mark.slow
def test_mixmatch_without_mixing_and_without_weight_is_supervised_learning():
    method, params, extra, (x, labels, shares) = start(mixmatch, steps=100, weight=0.0)
    alone = tuple(jnp.ones_like(share) for share in shares)
    plain, *_ = start(supervised, OWN)
    expected = toys.loss_of(plain, params, extra, (x[0], labels))[0]
    np.testing.assert_allclose(toys.loss_of(method, params, extra, (x, labels, alone), step=99)[0], expected, rtol=1e-5)
    _, _, _, (*_, barely) = start(mixmatch, steps=100, alpha=1e-3)
    assert all(np.maximum(share, 1 - share).min() > 0.99 for share in barely)


@pytest.mark.slow
def test_mixmatch_guesses_without_a_gradient():
    """Of one picture that everything is a view of, guess and prediction agree but for the sharpening."""
    for temperature, agrees in ((1.0, True), (0.5, False)):
        method, params, extra, (x, labels, shares) = start(mixmatch, steps=100, temperature=temperature)
        same = tuple(jnp.broadcast_to(x[1][:1], each.shape) for each in x)
        alone = tuple(jnp.ones_like(share) for share in shares)
        _, (_, metrics) = toys.loss_of(method, params, extra, (same, labels, alone))
        assert (float(metrics["unsupervised_loss"]) < 1e-10) == agrees


@pytest.mark.slow
def test_mixmatch_weighs_more_as_its_ramp_rises():
    method, params, extra, views = start(mixmatch, steps=100, ramp=0.5, weight=10.0)
    for step, weight in ((0, 0), (25, 5), (50, 10), (99, 10)):
        loss, (_, metrics) = toys.loss_of(method, params, extra, views, step=step)
        expected = metrics["supervised_loss"] + weight * metrics["unsupervised_loss"]
        np.testing.assert_allclose(loss, expected, rtol=1e-5)
    with pytest.raises(ValueError, match="must be positive"):
        start(mixmatch, steps=100, alpha=0.0)


def test_vat_moves_pictures_by_epsilon_and_further_moves_change_more():
    values = []
    for epsilon in (0.1, 1.0):
        method, params, extra, views = start(vat, epsilon=epsilon)
        values.append(float(toys.loss_of(method, params, extra, views)[1][1]["adversarial_loss"]))
    assert 0 < values[0] < values[1]
    with pytest.raises(ValueError, match="must be positive"):
        start(vat, epsilon=0.0)


@pytest.mark.slow
def test_vat_s_direction_changes_more_than_noise_of_its_length():
    method, params, extra, (own, labels, other, noise) = start(vat, epsilon=1.0)
    against = toys.loss_of(method, params, extra, (own, labels, other, noise))[1][1]["adversarial_loss"]
    logits = [toys.flat().apply(params["encoder"], {}, x)[0] for x in (other, other + unit(noise))]
    kernel = params["head"]["layers"]["layer0"]["kernel"]
    by_chance = divergence(*(jnp.matmul(x, kernel) for x in logits)).mean()
    assert against > 2 * by_chance > 0


@pytest.mark.slow
def test_m2_costs_a_picture_without_label_no_less_than_its_likeliest_class():
    """The bound's two halves meet where the classifier is sure; else the price lies between all classes' prices."""
    method, params, extra, views = start(m2, latent=3, hidden=(8,))
    value, (_, metrics) = toys.loss_of(method, params, extra, views)
    m, n = len(FEW["label"]), toys.N
    bound = (m * metrics["labelled_cost"] + n * metrics["unlabelled_cost"]) / (m + n)
    np.testing.assert_allclose(value, bound + 0.1 * metrics["supervised_loss"], rtol=1e-5)
    blind = {**params, "painter": jax.tree.map(jnp.zeros_like, params["painter"])}
    blind["style"] = jax.tree.map(jnp.zeros_like, params["style"])
    blind["head"] = jax.tree.map(jnp.zeros_like, params["head"])
    _, (_, metrics) = toys.loss_of(method, blind, extra, views)
    coins = toys.SIZE**2 * 3 * np.log(2)  # and a class costs ln 3, of which a uniform guess takes ln 3 back
    np.testing.assert_allclose(metrics["labelled_cost"], coins + np.log(3), rtol=1e-5)
    np.testing.assert_allclose(metrics["unlabelled_cost"], coins, rtol=1e-5)


@pytest.mark.slow
def test_m2_teaches_its_classifier_by_pictures_without_a_label():
    method, params, extra, views = start(m2, latent=3, hidden=(8,), alpha=0.0)
    head = jax.tree.leaves(gradient(method, params, extra, views)["head"])
    assert max(float(jnp.abs(g).max()) for g in head) > 1e-4


SHOWING = {
    "entropy_minimization": (entropy_minimization, {"steps": 100}),
    "m2": (m2, {"latent": 3, "hidden": (8,)}),
    "mixmatch": (mixmatch, {"steps": 100}),
    "vat": (vat, {}),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SHOWING)
def test_what_it_shows(name):
    factory, options = SHOWING[name]
    method, params, extra, _ = start(factory, **options)
    shown = method.show(params, extra, KEYS, toys.batch())
    assert len(shown.columns) >= 2
    assert len(shown.columns[0].captions) == len(shown.columns[0].figures) > 1
    assert len({np.shape(column.figures)[1:] for column in shown.columns}) == 1
