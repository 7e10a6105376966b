"""e-Mix's oracles."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.losses.contrastive import mixed_nce
from jssl.methods.contrastive.e_mix import Mixing, e_mix, mixed
from jssl.nets.convnet import convnet
from jssl.nets.domain_transformer import Embedded, domain_transformer
from tests.methods.senses.series import SENSE
from tests.methods.toys import run

(INPUT,) = SENSE.inputs().values()
NET = domain_transformer(8, 1, 2, patch=8, hidden=16)


def test_the_loss_by_numpy() -> None:
    rng = np.random.default_rng(0)
    logits, share = rng.standard_normal((3, 5)), np.array([0.5, 0.7, 1.0])
    own, other = np.array([1, 0, 4]), np.array([2, 0, 3])
    p = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    costs = [-(share[i] * np.log(p[i, own[i]]) + (1 - share[i]) * np.log(p[i, other[i]])) for i in range(3)]
    assert float(mixed_nce(*map(jnp.asarray, (logits, own, other, share)))) == pytest.approx(np.mean(costs), rel=1e-6)
    same = mixed_nce(jnp.ones((3, 5)), jnp.asarray(own), jnp.asarray(other), jnp.asarray(share))
    assert float(same) == pytest.approx(math.log(5), rel=1e-6)


def test_the_larger_share_is_the_examples_own_and_others_have_no_gradient() -> None:
    own, others = (Embedded(jnp.full((1, 2, 3), x), jnp.array([[True, x > 2]])) for x in (1.0, 3.0))
    share = jnp.array([0.75])
    y = mixed(own, others, share)
    np.testing.assert_allclose(y.tokens, 0.75 * 1 + 0.25 * 3)
    np.testing.assert_array_equal(y.there, [[True, True]])

    def total(own_tokens: jax.Array, others_tokens: jax.Array) -> jax.Array:
        return mixed(own._replace(tokens=own_tokens), others._replace(tokens=others_tokens), share).tokens.sum()

    mine, theirs = jax.grad(total, (0, 1))(own.tokens, others.tokens)
    np.testing.assert_allclose(mine, 0.75)
    assert not np.asarray(theirs).any()


@pytest.fixture(scope="module")
def started() -> tuple:
    method, batch = e_mix(NET, INPUT, projector=(4,)), jax.tree.map(jnp.asarray, SENSE.batch(0))
    params, extra = jax.jit(method.init)(jax.random.key(0), batch)
    views = method.views(jax.random.split(jax.random.key(1), len(batch["index"])), batch)
    return method, params, extra, views


@pytest.mark.slow
def test_shares_are_half_to_whole(started: tuple) -> None:
    views = started[3]
    assert 0.5 <= float(views.share.min()) < 0.6 and 0.9 < float(views.share.max()) <= 1


@pytest.mark.slow
def test_a_whole_share_is_plain_self_match(started: tuple) -> None:
    method, params, extra, views = started
    whole = Mixing(views.x, jnp.ones_like(views.share))
    value = run(method.loss, params, extra, whole, jax.random.key(2), jnp.int32(0))[0]
    h = NET.apply(params["encoder"], extra["stats"]["encoder"], views.x)[0]
    layer = jax.tree.map(np.asarray, params["projector"]["layers"]["layer0"])
    z = np.asarray(h) @ layer["kernel"] + layer["bias"][None]
    z /= np.linalg.norm(z, axis=1, keepdims=True)
    logits = z @ z.T / 0.2
    expected = np.mean(np.log(np.exp(logits).sum(1)) - np.diag(logits))
    assert float(value) == pytest.approx(expected, rel=1e-4)
    mixtures = run(method.loss, params, extra, views, jax.random.key(2), jnp.int32(0))[0]
    assert float(mixtures) > expected


@pytest.mark.slow
def test_shows_two_examples_and_what_is_told_of_them(started: tuple) -> None:
    method, params, extra, views = started
    batch = jax.tree.map(jnp.asarray, SENSE.batch(0))
    shown = method.show(params, extra, jax.random.split(jax.random.key(1), len(views.share)), batch)
    own, other = shown.columns
    parts = [[float(said.split()[0]) for said in column.captions] for column in (own, other)]
    np.testing.assert_allclose(np.sum(parts, axis=0), 1, atol=0.011)
    np.testing.assert_array_equal(other.figures, INPUT.figure(SENSE.batch(0))[1:9])


def test_an_encoder_of_one_piece_is_refused() -> None:
    with pytest.raises(ValueError, match="between embedding and encoding"):
        e_mix(convnet(width=4, depth=2), INPUT)
