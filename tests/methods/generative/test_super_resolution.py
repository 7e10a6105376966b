"""Oracles of super-resolution."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.augment.degrade import enlarge, shrink
from jssl.augment.image import luma
from jssl.augment.views import prepare
from jssl.methods.generative.super_resolution import super_resolution
from jssl.nets.srresnet import srresnet
from tests.methods.toys import SIZE, N, batch, flat, loss_of, recipe, run, start


def make(**options):
    return super_resolution(srresnet(width=2, blocks=1), recipe(), **{"factor": 2, "hidden": 4, "width": 2, **options})


def nothing_added(params):
    params["details"]["paint"] = jax.tree.map(lambda x: x * 0, params["details"]["paint"])
    return params


def colours(images):
    return images * np.array(recipe().std).reshape(1, 1, 1, 3) + np.array(recipe().mean).reshape(1, 1, 1, 3)


@pytest.mark.slow
def test_with_nothing_added_it_is_bicubic_to_the_bit():
    params, extra, images = start(method := make())
    loss, (_, metrics) = loss_of(method, nothing_added(params), extra, images)
    assert metrics["psnr"] == metrics["bicubic_psnr"]
    bicubic = enlarge(shrink(images, 2), 2)
    np.testing.assert_allclose(loss, np.mean(np.square(bicubic - images)), rtol=1e-5)
    inner = [luma(jnp.clip(jnp.asarray(colours(x[:, 2:-2, 2:-2])), 0, 1)) for x in (bicubic, images)]
    error = np.mean(np.square(inner[0] - inner[1]), axis=(1, 2, 3))
    np.testing.assert_allclose(metrics["psnr"], np.mean(-10 * np.log10(error)), rtol=1e-4)


@pytest.mark.slow
def test_what_is_painted_shrinks_to_what_was_seen_where_nothing_is_added_to_smooth_pictures():
    params, extra, _ = start(method := make())
    wave = jnp.sin(jnp.linspace(0, 3, SIZE))
    images = jnp.broadcast_to(wave.reshape(1, SIZE, 1, 1) + wave.reshape(1, 1, SIZE, 1), (N, SIZE, SIZE, 3))
    metrics = loss_of(method, nothing_added(params), extra, images)[1][1]
    assert metrics["error_when_shrunk"] < 2e-3
    noisy = loss_of(method, start(method)[0], extra, images)[1][1]
    assert noisy["error_when_shrunk"] > metrics["error_when_shrunk"]


@pytest.mark.slow
def test_the_encoder_sees_no_more_than_the_small_picture():
    method = make()
    params, extra, images = start(method)
    hidden = images - enlarge(shrink(images, 2), 2)
    # What shrinking takes away: made by projection, as no kernel's null space is written down here.
    pixels = jnp.eye(SIZE * SIZE).reshape(-1, SIZE, SIZE, 1)
    down = np.asarray(shrink(pixels, 2)).reshape(SIZE * SIZE, -1).T
    null = np.eye(SIZE * SIZE) - np.linalg.pinv(down) @ down
    invisible = jnp.asarray(np.einsum("pq,nqc->npc", null, np.asarray(hidden).reshape(N, -1, 3)), jnp.float32)
    invisible = invisible.reshape(images.shape)
    assert np.abs(invisible).max() > 0.1

    def details_stats(images):
        return method.loss(params, extra, images, jax.random.key(0), jnp.int32(0))[1][0]["stats"]

    one, other = run(details_stats, images), run(details_stats, images + invisible)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-4), one, other)


@pytest.mark.slow
def test_features_are_of_the_small_picture():
    method, encoder = make(), srresnet(width=2, blocks=1)
    params, extra, _ = start(method)
    small = shrink(prepare(recipe(), batch()["image"]), 2)
    expected = encoder.apply(params["encoder"], extra["stats"]["encoder"], small)[0]
    np.testing.assert_allclose(method.embed(params, extra, batch()), expected, rtol=1e-5)


@pytest.mark.slow
def test_the_adversarial_term_adds_the_players_losses():
    plain, joint = make(), make(adversarial=0.1)
    params, extra, images = start(joint)
    assert "discriminator" not in start(plain)[0]
    value, (_, metrics) = loss_of(joint, params, extra, images)
    alone = loss_of(plain, params, extra, images)[0]
    np.testing.assert_allclose(value, alone + 0.1 * metrics["generator"] + metrics["discriminator"], rtol=1e-4)


@pytest.mark.slow
def test_what_it_shows():
    method = make()
    params, extra, _ = start(method)
    small, bicubic, painted, truth = method.show(params, extra, jax.random.split(jax.random.key(0), N), batch()).columns
    assert small.figures.shape == (N, SIZE // 2, SIZE // 2, 3)
    np.testing.assert_allclose(truth.figures, batch()["image"] / 255, atol=1e-6)
    for column in (bicubic, painted):
        error = np.mean((column.figures - truth.figures)[0] ** 2)
        assert column.captions[0] == f"PSNR {-10 * np.log10(error):.1f} dB"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"factor": 1}, "factor=1 must be at least 2"),
        ({"factor": 5}, "factor=5 must be at least 2 and divide the picture's 12 pixels"),
        ({"adversarial": -1.0}, "adversarial=-1.0 must not be negative"),
    ],
)
def test_what_cannot_be_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        make(**options)


def test_an_encoder_without_a_map_is_refused():
    with pytest.raises(ValueError, match="the encoder has no map"):
        super_resolution(flat(), recipe())
