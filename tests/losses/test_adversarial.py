"""The two players' losses against theory and PyTorch."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.losses.adversarial import discriminator_accuracy, discriminator_loss, generator_loss

PEER = np.load(Path(__file__).parents[1] / "fixtures" / "adversarial.npz")
REAL, FAKE = jnp.asarray(PEER["real"], jnp.float32), jnp.asarray(PEER["fake"], jnp.float32)


def test_a_discriminator_that_says_one_half():
    np.testing.assert_allclose(discriminator_loss(jnp.zeros(5), jnp.zeros(3)), 0.6931, atol=1e-4)
    np.testing.assert_allclose(generator_loss(jnp.zeros(3)), np.log(2), rtol=1e-6)


@pytest.mark.slow
def test_equal_pytorchs_cross_entropy_and_its_gradients():
    value, (by_real, by_fake) = jax.value_and_grad(discriminator_loss, (0, 1))(REAL, FAKE)
    np.testing.assert_allclose(value, (PEER["on_real"] + PEER["on_fake"]) / 2, rtol=1e-5)
    np.testing.assert_allclose(by_real, PEER["on_real_gradient"] / 2, rtol=1e-4, atol=1e-8)
    np.testing.assert_allclose(by_fake, PEER["on_fake_gradient"] / 2, rtol=1e-4, atol=1e-8)
    value, gradient = jax.value_and_grad(generator_loss)(FAKE)
    np.testing.assert_allclose(value, PEER["fooled"], rtol=1e-5)
    np.testing.assert_allclose(gradient, PEER["fooled_gradient"], rtol=1e-4, atol=1e-8)


@pytest.mark.slow
def test_the_generators_gradient_does_not_vanish_where_the_discriminator_is_sure():
    sure = jnp.full(4, -30.0)
    np.testing.assert_allclose(jax.grad(generator_loss)(sure), -0.25, rtol=1e-5)
    saturating = jax.grad(lambda x: jnp.mean(jnp.log1p(-jax.nn.sigmoid(x))))(sure)
    np.testing.assert_allclose(saturating, 0.0, atol=1e-12)


@pytest.mark.slow
def test_any_logit_is_finite():
    extreme = jnp.array([-1e4, 1e4])
    assert np.isfinite(discriminator_loss(extreme, extreme)) and np.isfinite(jax.grad(generator_loss)(extreme)).all()
    assert discriminator_loss(extreme.astype(jnp.bfloat16), extreme).dtype == jnp.float32


def test_accuracy_weighs_both_kinds_the_same():
    real, fake = jnp.array([2.0, -1.0]), jnp.array([-1.0, -1.0, -1.0, 3.0])
    np.testing.assert_allclose(discriminator_accuracy(real, fake), (1 / 2 + 3 / 4) / 2)


@pytest.mark.slow
def test_the_best_discriminator_says_how_frequent_each_kind_is():
    real, fake = np.array([5, 2, 1]), np.array([1, 2, 5])  # of three things: D = p / (p + q)
    best = jnp.log(jnp.asarray(real / fake, jnp.float32))
    draws = [jnp.repeat(jnp.arange(3), jnp.asarray(counts), total_repeat_length=8) for counts in (real, fake)]
    gradient = jax.grad(lambda logits: discriminator_loss(logits[draws[0]], logits[draws[1]]))
    np.testing.assert_allclose(gradient(best), 0, atol=1e-7)
    np.testing.assert_allclose(jax.nn.sigmoid(best), real / (real + fake), rtol=1e-5)
    assert np.abs(gradient(best + 0.1)).max() > 1e-3
