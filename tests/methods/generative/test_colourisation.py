"""Oracles of colourisation."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jssl.augment.lab import BINS, lab_to_rgb, rgb_to_lab
from jssl.augment.views import make_recipe
from jssl.losses.colour import soft_encode
from jssl.methods.generative.colourisation import colourisation
from jssl.nets.convnet import convnet
from jssl.parallel import make_layout
from jssl.run.step import create_state, make_step
from tests.methods.toys import SIZE, N, batch, flat, loss_of, recipe, start


def make(**options):
    return colourisation(convnet(width=2, depth=1), recipe(), **{"hidden": 4, **options})


def blank(params):
    """With a guess that is the same for every colour."""
    params["guess"]["paint"] = jax.tree.map(lambda x: x * 0, params["guess"]["paint"])
    return params


@pytest.mark.slow
def test_nothing_known_costs_ln_313():
    params, extra, views = start(method := make(uniform=1.0))
    loss, (_, metrics) = loss_of(method, blank(params), extra, views)
    np.testing.assert_allclose([loss, metrics["cross_entropy"]], np.log(313), rtol=1e-5)


@pytest.mark.slow
def test_rare_colours_count_more_by_what_was_seen_so_far():
    params, extra, (images, colours) = start(method := make())
    target = soft_encode(colours, jnp.asarray(BINS))
    seen = target.mean((0, 1, 2))
    weight = 1 / (0.5 * seen + 0.5 / 313)
    weight = weight / jnp.sum(weight * seen)
    loss, (moved, _) = loss_of(method, blank(params), extra, (images, colours))
    np.testing.assert_allclose(moved["prior"], seen, atol=1e-6)
    np.testing.assert_allclose(loss, np.log(313) * weight[target.argmax(-1)].mean(), rtol=1e-4)
    later = loss_of(method, params, {**extra, "prior": jnp.full(313, 1 / 313)}, (images, colours), step=10**6)[1][0]
    np.testing.assert_allclose(later["prior"], 0.999 / 313 + 0.001 * seen, atol=1e-7)


@pytest.mark.slow
def test_what_the_encoder_sees_has_no_colour_and_the_true_lightness():
    _, _, (images, _) = start(make())
    own = jnp.asarray(images) * jnp.array(recipe().std).reshape(1, 1, 1, 3) + jnp.array(recipe().mean).reshape(
        1, 1, 1, 3
    )
    lab = rgb_to_lab(own)
    np.testing.assert_allclose(lab[..., 1:], 0, atol=0.02)
    assert np.ptp(lab[..., 0]) > 30


@pytest.mark.slow
def test_pictures_that_differ_in_colour_alone_have_the_same_features():
    method = make()
    params, extra, _ = start(method)
    lab = rgb_to_lab(jnp.asarray(np.random.default_rng(0).uniform(0.3, 0.7, (N, SIZE, SIZE, 3)), jnp.float32))
    turned = lab * jnp.array([1.0, -0.3, 0.2]).reshape(1, 1, 1, 3)
    one, other = (jnp.round(65535 * lab_to_rgb(x)).astype(jnp.uint16) for x in (lab, turned))
    features = [method.embed(params, extra, {"image": images}) for images in (one, other)]
    np.testing.assert_allclose(*features, atol=1e-3)
    assert np.abs(np.asarray(features[0] - features[0].mean(0, keepdims=True))).max() > 1e-2


@pytest.mark.long
def test_pictures_of_one_colour_are_coloured_exactly():
    method, layout = make(uniform=1.0), make_layout(devices=jax.devices()[:1])
    lab = jnp.zeros((N, SIZE, SIZE, 3)).at[..., 0].set(jnp.linspace(40, 60, N).reshape(N, 1, 1)).at[..., 1:].set(20.0)
    images = np.asarray(jnp.round(lab_to_rgb(lab) * 255).astype(jnp.uint8))
    fed = {"image": images, "index": np.arange(N, dtype=np.int32)}
    tx = optax.adam(0.1)
    state = create_state(method, tx, 0, fed, layout)
    step = layout.compile(make_step(method, tx), state)
    for _ in range(40):
        state, _ = step(state, layout.feed(fed))
    keys = jax.random.split(jax.random.key(0), N)
    grey, coloured, truth = method.show(state.params, state.extra, keys, {"image": jnp.asarray(images)}).columns
    np.testing.assert_allclose(coloured.figures, truth.figures, atol=0.02)
    assert np.abs(grey.figures - truth.figures).max() > 0.1
    np.testing.assert_allclose(grey.figures.std(-1), 0, atol=1e-3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"recipe": make_recipe("digits", size=12)}, "the pictures have 1 channels"),
        ({"reduction": 5}, "reduction=5 must be at least 1 and divide the picture's 12 pixels"),
        ({"encoder": flat()}, "the encoder has no map"),
    ],
)
def test_what_cannot_be_is_refused(arguments, message):
    first = [arguments.pop("encoder", convnet(width=2)), arguments.pop("recipe", recipe())]
    with pytest.raises(ValueError, match=message):
        colourisation(*first, **arguments)


@pytest.mark.slow
def test_a_batch_has_colours_at_a_fourth_of_the_side():
    *_, (images, colours) = start(make())
    assert images.shape == (N, SIZE, SIZE, 3) and colours.shape == (N, 3, 3, 2)
    lab = rgb_to_lab(jnp.asarray(batch()["image"]) / 255.0)
    rows = [
        np.asarray(lab[:, :4, :4, 1:].mean((1, 2))),
        np.asarray(lab[:, :4, -4:, 1:].mean((1, 2))),
    ]  # a flip is drawn
    assert np.minimum(*(np.abs(colours[:, 0, 0] - row).max(-1) for row in rows)).max() < 1e-2
