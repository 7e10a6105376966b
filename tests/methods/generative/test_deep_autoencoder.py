"""Oracles of the deep autoencoder; its Boltzmann machines are tested in tests/losses/test_rbm.py."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jssl.augment.views import make_recipe
from jssl.losses.variational import bernoulli_log_likelihood
from jssl.methods.generative.deep_autoencoder import deep_autoencoder
from jssl.nets.sigmoid_stack import climb, descend, sigmoid_stack, unrolled
from jssl.parallel import make_layout
from jssl.run.step import create_state, make_step
from tests.methods.toys import SIZE, N, batch, flat, loss_of, recipe, run, start

PLAIN = make_recipe("plain", size=SIZE, crop=None, flip=0.0, mean=(0.0,) * 3, std=(1.0,) * 3)
WIDTHS = (8, 5, 3)


def make(**options):
    given = {"steps": 100, "steps_per_epoch": 10, "pretrain": 0.6, **options}
    return deep_autoencoder(sigmoid_stack(widths=WIDTHS), PLAIN, **given)


def moved_by(method, params, extra, views, step):
    by = run(
        lambda p: jax.grad(lambda p: method.loss(p, extra, views, jax.random.key(0), jnp.int32(step))[0])(p), params
    )
    return {
        f"{part} {name}" for part in by for name, leaf in by[part].items() if np.asarray(jax.tree.leaves(leaf)[0]).any()
    }


@pytest.mark.slow
@pytest.mark.parametrize(("step", "layer"), [(0, 0), (1, 0), (2, 1), (3, 1), (4, 2), (5, 2)])
def test_layers_are_pretrained_one_after_the_other(step, layer):
    params, extra, views = start(method := make())
    assert moved_by(method, params, extra, views, step) == {f"encoder layer{layer}"}


@pytest.mark.slow
def test_then_all_are_fine_tuned():
    params, extra, views = start(method := make())
    everything = {f"{part} layer{i}" for part in ("encoder", "decoder") for i in range(3)}
    assert moved_by(method, params, extra, views, 6) == everything
    assert moved_by(make(pretrain=0), params, extra, views, 0) == everything


@pytest.mark.slow
def test_the_last_step_of_pretraining_unrolls_the_layers_and_no_other():
    method = make()
    params, extra, _ = start(method)
    changed = {**params, "encoder": jax.tree.map(lambda x: x + 1, params["encoder"])}
    for step, expected in [(4, params["decoder"]), (5, unrolled(changed["encoder"])), (6, params["decoder"])]:
        jax.tree.map(
            np.testing.assert_array_equal, method.after(changed, extra, jnp.int32(step))[0]["decoder"], expected
        )


@pytest.mark.slow
def test_the_value_of_fine_tuning_is_the_pixels_cross_entropy():
    params, extra, (x, seeds) = start(method := make())
    loss, (_, metrics) = loss_of(method, params, extra, (x, seeds), step=50)
    logits = descend(params["decoder"], climb(params["encoder"], x, 3))
    np.testing.assert_allclose(loss, -bernoulli_log_likelihood(x, logits).mean(), rtol=1e-5)
    np.testing.assert_allclose(metrics["squared_error"], np.square(jax.nn.sigmoid(logits) - x).sum(1).mean(), rtol=1e-4)
    blank = jax.tree.map(lambda p: p * 0, params)
    np.testing.assert_allclose(loss_of(method, blank, extra, (x, seeds), step=50)[0], x.shape[1] * np.log(2), rtol=1e-5)


@pytest.mark.slow
def test_its_layers_are_linear_at_the_top_and_sigmoid_below():
    net = sigmoid_stack(widths=WIDTHS)
    x = jnp.asarray(np.random.default_rng(0).uniform(size=(4, 3, 3, 1)), jnp.float32)
    params, stats = net.init(jax.random.key(0), x)
    y = x.reshape(4, -1)
    for name in ("layer0", "layer1"):
        y = jax.nn.sigmoid(y @ params[name]["kernel"] + params[name]["hidden"][None])
    expected = y @ params["layer2"]["kernel"] + params["layer2"]["hidden"][None]
    np.testing.assert_allclose(net.apply(params, stats, x)[0], expected, rtol=1e-5)
    assert {name: layer["kernel"].shape for name, layer in unrolled(params).items()} == {
        "layer0": (8, 9), "layer1": (5, 8), "layer2": (3, 5),
    }  # fmt: skip


@pytest.mark.long
def test_three_numbers_are_told_better_than_by_principal_components():
    rng, side, n = np.random.default_rng(0), SIZE, 256
    where = rng.uniform(2, side - 3, (n, 2))  # a spot anywhere: two numbers, which no linear map gets
    grid = np.arange(side)
    spots = np.exp(
        -(
            (grid.reshape(1, -1, 1) - where[:, 0].reshape(-1, 1, 1)) ** 2
            + (grid.reshape(1, 1, -1) - where[:, 1].reshape(-1, 1, 1)) ** 2
        )
        / 4
    )
    images = np.repeat(np.round(spots * 255).astype(np.uint8)[..., None], 3, -1)
    fed = {"image": images, "index": np.arange(n, dtype=np.int32)}
    method = deep_autoencoder(sigmoid_stack(widths=(64, 32, 3)), PLAIN, steps=1500, steps_per_epoch=10, pretrain="20%")
    tx, layout = optax.adam(3e-3), make_layout(devices=jax.devices()[:1])
    state = create_state(method, tx, 0, fed, layout)
    step = layout.compile(make_step(method, tx), state)
    for _ in range(1500):
        state, metrics = step(state, layout.feed(fed))
    x = images.reshape(n, -1) / 255
    values = np.linalg.svd(x - x.mean(0), compute_uv=False) ** 2
    assert float(metrics["squared_error"]) < 0.5 * values[3:].sum() / n


@pytest.mark.slow
def test_what_it_shows_has_both_errors():
    method = make()
    params, extra, _ = start(method)
    truth, deep, linear = method.show(params, extra, jax.random.split(jax.random.key(0), N), batch()).columns
    np.testing.assert_allclose(truth.figures, batch()["image"] / 255, atol=1e-6)
    for column in (deep, linear):
        error = np.sum((column.figures - truth.figures)[0] ** 2)
        assert column.captions[0] == f"error {error:.1f}"


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: make(pretrain=0.1), r"pretrain=0.1 \(1 steps\) must give each of 3 layers a step"),
        (lambda: make(pretrain="100%"), "and leave some"),
        (lambda: deep_autoencoder(sigmoid_stack(widths=WIDTHS), recipe(), steps=9, steps_per_epoch=3), "from 0 to 1"),
        (lambda: deep_autoencoder(flat(), PLAIN, steps=9, steps_per_epoch=3), "sigmoid_stack"),
        (lambda: sigmoid_stack(widths=()), "at least one width"),
    ],
)
def test_what_cannot_be_is_refused(build, message):
    with pytest.raises(ValueError, match=message):
        build()
