"""DINO's oracles."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jssl.augment.views import make_recipe
from jssl.inputs.image import pictures
from jssl.methods.distillation.dino import dino
from jssl.nets.convnet import convnet
from jssl.nets.vit import vit
from jssl.optim.optimizers import adamw
from tests.methods.toys import N, batch, constant, flat, gradient_by_state, loss_of, run, start

PROTOTYPES = 16


def make(encoder=None, **options):
    recipe = make_recipe(
        "multi_crop",
        size=12,
        crop=None,
        local_size=6,
        local_views=2,
        local_crop=None,
        jitter=None,
        grey=0.0,
        blur=0.0,
        solarize=0.0,
    )
    sizes = {"projector": (8, 5), "prototypes": PROTOTYPES, "steps": 10, "steps_per_epoch": 2}
    return dino(encoder or flat(), pictures(recipe), **{**sizes, **options})


def train(method, tx, steps):
    """Parameters and metrics after each step on one batch of views."""

    def fit(params, extra, views):
        def one(carry, step):
            params, extra, opt = carry
            gradient = jax.grad(method.loss, has_aux=True)
            grads, (extra, metrics) = gradient(params, extra, views, jax.random.key(step), step)
            updates, opt = tx.update(grads, opt, params)
            params, extra = method.after(optax.apply_updates(params, updates), extra, step)
            return (params, extra, opt), (params, metrics)

        return jax.lax.scan(one, (params, extra, tx.init(params)), jnp.arange(steps))[1]

    return jax.device_get(run(fit, *start(method)))


def moved_centre(method, params, extra):
    return run(method.after, params, extra, jnp.int32(0))[1]["center"]


def directions(prototypes):
    return prototypes / np.linalg.norm(prototypes, axis=-1, keepdims=True)


@pytest.mark.slow
def test_a_student_like_its_teacher_has_the_teachers_entropy_at_equal_temperatures():
    # One constant picture: all views alike.
    method = make(constant(), teacher_temperature=(0.1, 0.1))
    loss, (_, metrics) = loss_of(method, *start(method))
    np.testing.assert_allclose(loss, metrics["teacher_entropy"], rtol=1e-5)
    np.testing.assert_allclose(metrics["divergence"], 0.0, atol=1e-5)


@pytest.mark.slow
def test_equal_prototypes_give_the_value_of_theory():
    params, extra, views = start(method := make())
    same = jnp.ones_like(params["prototypes"])
    params, extra = {**params, "prototypes": same}, {**extra, "teacher": {**extra["teacher"], "prototypes": same}}
    loss, (_, metrics) = loss_of(method, params, extra, views)
    np.testing.assert_allclose([loss, metrics["teacher_entropy"]], np.log(PROTOTYPES), rtol=1e-5)


@pytest.mark.slow
def test_the_teacher_sees_the_large_views_and_the_student_all():
    params, extra, views = start(method := make())
    (whole, (moved, metrics)), changed = loss_of(method, params, extra, views), [*views]
    changed[3] = changed[3] + 1.0
    other, (other_moved, other_metrics) = loss_of(method, params, extra, tuple(changed))
    assert abs(other - whole) > 1e-4
    np.testing.assert_array_equal(other_moved["logits"], moved["logits"])
    np.testing.assert_array_equal(other_metrics["teacher_entropy"], metrics["teacher_entropy"])
    changed[1] = changed[1] + 1.0
    assert np.abs(loss_of(method, params, extra, tuple(changed))[1][0]["logits"] - moved["logits"]).max() > 1e-4


@pytest.mark.slow
def test_the_centre_moves_to_the_teachers_raw_logits_after_the_loss():
    method = make(center_momentum=0.75)
    params, extra, views = start(method)
    extra = {**extra, "center": jnp.linspace(-1, 1, PROTOTYPES)}
    teacher, logits = jax.device_get(extra["teacher"]), []
    for view in jax.device_get(views[:2]):
        z = view.reshape(N, 2, 6, 2, 6, 3).mean((2, 4)).reshape(N, -1) @ teacher["encoder"]["w"]
        layers = teacher["projector"]["layers"]
        z = np.asarray(jax.nn.gelu(z @ layers["layer0"]["kernel"] + layers["layer0"]["bias"], approximate=False))
        z = z @ layers["layer1"]["kernel"] + layers["layer1"]["bias"]
        logits.append(z / np.linalg.norm(z, axis=1, keepdims=True) @ directions(teacher["prototypes"]).T)
    expected = 0.75 * extra["center"] + 0.25 * np.mean(logits, axis=(0, 1))
    loss, (moved, metrics) = loss_of(method, params, extra, views)
    np.testing.assert_array_equal(moved["center"], extra["center"])
    np.testing.assert_allclose(moved_centre(method, params, moved), expected, atol=1e-5)
    targets = jax.nn.softmax((np.stack(logits) - np.asarray(extra["center"])) / 0.04, axis=-1)
    np.testing.assert_allclose(metrics["teacher_entropy"], -(targets * jnp.log(targets)).sum(-1).mean(), rtol=1e-3)
    np.testing.assert_allclose(metrics["divergence"], loss - metrics["teacher_entropy"], rtol=1e-4)


@pytest.mark.slow
def test_the_centre_moves_once_a_step_however_many_parts_it_has():
    method = make(center_momentum=0.75)
    params, extra, views = start(method)
    extra = {**extra, "center": jnp.linspace(-1, 1, PROTOTYPES)}
    _, (whole, _) = loss_of(method, params, extra, views)
    halves = extra
    for part in (slice(None, N // 2), slice(N // 2, None)):
        _, (halves, _) = loss_of(method, params, halves, tuple(view[part] for view in views))
    centres = [moved_centre(method, params, extra) for extra in (whole, halves)]
    np.testing.assert_allclose(centres[1], centres[0], atol=1e-6)
    again = run(method.after, params, halves, jnp.int32(0))[1]  # and the next step begins anew
    assert not again["parts"] and not np.asarray(again["logits"]).any()


def test_the_optimiser_of_the_last_layer_waits_until_it_is_trained():
    assert make(freeze=2.0).starts == (("prototypes", 4),)
    assert make(freeze=0.0).starts == ()
    hash(make(freeze=2.0))  # features are computed by a program that is kept by its method


@pytest.mark.slow
def test_no_gradient_reaches_the_teacher_or_the_centre():
    params, extra, views = start(method := make())
    gradient = gradient_by_state(method, params, extra, views)
    assert {"teacher", "center"} <= set(gradient)
    assert set(gradient["teacher"]) == {"encoder", "projector", "prototypes"}
    assert not any(np.asarray(leaf).any() for leaf in jax.tree.leaves(gradient))


@pytest.mark.slow
def test_the_last_layer_does_not_turn_in_the_first_epoch_whatever_the_decay():
    method = make(freeze=2.0)  # of 2 steps an epoch
    first = directions(np.asarray(start(method)[0]["prototypes"]))
    states, _ = train(method, adamw(lambda _: 0.1, weight_decay=0.5), 5)
    last = states["prototypes"]
    assert np.linalg.norm(last[3], axis=1).max() < 0.9
    np.testing.assert_allclose(directions(last[:4]), np.broadcast_to(first, (4, *first.shape)), atol=1e-6)
    assert np.abs(directions(last[4]) - first).max() > 1e-3
    assert np.abs(np.diff(states["encoder"]["w"], axis=0)).max((1, 2)).min() > 1e-3


def test_the_length_of_the_last_layer_plays_no_part():
    params, extra, views = start(method := make())
    longer = {**params, "prototypes": 3 * params["prototypes"]}
    np.testing.assert_allclose(
        loss_of(method, longer, extra, views)[0], loss_of(method, params, extra, views)[0], rtol=1e-5
    )


@pytest.mark.slow
def test_the_teachers_temperature_rises_over_its_warmup():
    params, extra, views = start(method := make(teacher_temperature=(0.04, 0.08), teacher_warmup=5.0))
    for step, temperature in {0: 0.04, 5: 0.06, 12: 0.08}.items():
        reached = make(teacher_temperature=(temperature, temperature))
        expected = loss_of(reached, params, extra, views)[0]
        np.testing.assert_allclose(loss_of(method, params, extra, views, step=step)[0], expected, rtol=1e-5)


@pytest.mark.slow
def test_the_teacher_follows_and_is_what_is_evaluated():
    params, extra, _ = start(method := make(momentum=0.9))
    params = jax.tree.map(lambda p: p + 1, params)
    before = method.embed(params, extra, batch())
    _, moved = run(method.after, params, extra, jnp.int32(0))
    jax.tree.map(lambda t, new: np.testing.assert_allclose(new, t + 0.1, atol=1e-5), extra["teacher"], moved["teacher"])
    teacher = {**params, "encoder": extra["teacher"]["encoder"]}
    np.testing.assert_allclose(make().embed(teacher, extra, batch()), before)
    assert np.abs(method.embed(params, moved, batch()) - before).max() > 1e-3


@pytest.mark.parametrize(
    ("options", "low", "high"),
    [
        ({}, 0.03, 0.95),
        ({"teacher_temperature": (1.0, 1.0)}, 0.99, 1.0),  # centring alone: uniform
        ({"center_momentum": 1.0}, 0.0, 1e-3),  # sharpening alone, by a centre that stays 0: one prototype
    ],
)
def test_either_centring_or_sharpening_alone_collapses(options, low, high):
    method = make(steps=300, momentum=0.9, **options)
    _, seen = train(method, optax.adam(1e-2), 300)
    share = seen["teacher_entropy"][-50:].mean() / np.log(PROTOTYPES)
    assert low <= share <= high + 1e-6


@pytest.mark.slow
def test_batch_norm_of_the_teacher_is_its_own():
    params, extra, views = start(method := make(convnet(width=2, depth=1), projector_norm=True))
    _, (moved, _) = loss_of(method, params, extra, views)
    student, teacher = (jax.tree.leaves(moved[name]["encoder"]) for name in ("stats", "teacher_stats"))
    assert max(np.abs(a - b).max() for a, b in zip(student, teacher, strict=True)) > 1e-4  # it saw no small views
    blank = jax.tree.map(jnp.zeros_like, moved["stats"])
    features = method.embed(params, moved, batch())
    np.testing.assert_array_equal(method.embed(params, {**moved, "stats": blank}, batch()), features)
    assert method.show is None


@pytest.mark.slow
@pytest.mark.parametrize(("pool", "whose"), [("token", "the class token"), ("mean", "an average patch")])
def test_shows_attention_by_head(pool, whose):
    method = make(vit(8, 2, 2, patch=4, image_size=12, pool=pool))
    params, extra, _ = start(method)
    images = batch()["image"]
    shown = method.show(params, extra, jax.random.split(jax.random.key(0), N), {"image": images})
    assert [column.name for column in shown.columns] == ["picture", "head 1", "head 2"] and whose in shown.lead
    np.testing.assert_array_equal(shown.columns[0].figures, images)
    for column in shown.columns[1:]:
        assert column.figures.shape == (N, 12, 12, 1)
        np.testing.assert_allclose(column.figures.max((1, 2, 3)), 1.0)
        blocks = column.figures.reshape(N, 3, 4, 3, 4)
        np.testing.assert_array_equal(blocks.max((2, 4)), blocks.min((2, 4)))
