import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.methods.semi_supervised.noisy_student import noisy_student
from jssl.methods.semi_supervised.supervised import supervised
from tests.methods import toys

LABELS = jnp.arange(toys.N, dtype=jnp.int32) % 3
SOFT = jax.nn.softmax(jax.random.normal(jax.random.key(7), (toys.N, 3)))
BATCH = {**toys.batch(), "label": SOFT, "labelled": {**toys.batch(), "label": LABELS}}


def start(**options):
    method = noisy_student(toys.flat(), toys.two_views(), classes=3, **options)
    params, extra = method.init(jax.random.key(0), BATCH)
    return method, params, extra, method.views(jax.random.split(jax.random.key(1), toys.N), BATCH)


def logits_of(params, images):
    h = toys.run(lambda p: toys.flat().apply(p["encoder"], {}, images)[0], params)
    return np.asarray(h @ params["head"]["layers"]["layer0"]["kernel"])


@pytest.mark.slow
def test_without_pseudo_labels_it_is_supervised_learning():
    method, params, extra, views = start(weight=0.0, dropout=0.0, smoothing=0.2)
    plain = supervised(toys.flat(), toys.two_views(), classes=3, smoothing=0.2)
    expected = toys.loss_of(plain, params, extra, (views[0][: toys.N], LABELS))[0]
    np.testing.assert_allclose(toys.loss_of(method, params, extra, views)[0], expected, rtol=1e-5)


def test_soft_pseudo_labels_by_hand():
    method, params, extra, views = start(dropout=0.0)
    logits = logits_of(params, views[0][toys.N :])
    log_p = logits - np.log(np.exp(logits).sum(1, keepdims=True))
    expected = -(np.asarray(SOFT) * log_p).sum(1).mean()
    np.testing.assert_allclose(toys.loss_of(method, params, extra, views)[1][1]["pseudo_loss"], expected, rtol=1e-5)


def test_a_student_that_is_its_teacher_has_the_teacher_s_entropy():
    method, params, extra, views = start(dropout=0.0)
    p = np.asarray(jax.nn.softmax(logits_of(params, views[0][toys.N :])))
    _, (_, metrics) = toys.loss_of(method, params, extra, (*views[:3], jnp.asarray(p)))
    np.testing.assert_allclose(metrics["pseudo_loss"], -(p * np.log(p)).sum(1).mean(), rtol=1e-4)


def test_hard_labels_are_one_hot():
    method, params, extra, views = start()
    hard = SOFT.argmax(1).astype(jnp.int32)
    one_hot = jax.nn.one_hot(hard, 3)
    a, b = (toys.loss_of(method, params, extra, (*views[:3], labels))[0] for labels in (hard, one_hot))
    assert a == b


def test_dropped_features_are_zero_and_the_rest_make_up_for_them():
    method, params, extra, views = start(dropout=0.5)
    values = [float(toys.loss_of(method, params, extra, views, seed=seed)[0]) for seed in (2, 3)]
    assert values[0] == values[1]  # by each example's own key, and so the same on any number of devices
    again = method.views(jax.random.split(jax.random.key(9), toys.N), BATCH)
    other = toys.loss_of(method, params, extra, (views[0], again[1], *views[2:]))[0]
    assert abs(float(other) - values[0]) > 1e-4
