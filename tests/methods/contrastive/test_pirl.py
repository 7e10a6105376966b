"""PIRL's oracles."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.methods.contrastive.pirl import pirl
from tests.methods.toys import N, flat, gradient_by_state, loss_of, recipe, run, start


def make(**options):
    return pirl(flat(), recipe(), examples=100, **{"dim": 5, "negatives": 16, **options})


def spoilt(views):
    return views[0], jnp.flip(views[1] * 3 + 1, axis=1), views[2]


def test_equal_scores_give_the_value_of_theory_in_both_terms():
    params, extra, views = start(method := make(negatives=32000))
    extra["bank"] = jnp.zeros_like(extra["bank"])
    loss, (_, metrics) = loss_of(method, params, extra, views)
    for value in (loss, metrics["image_loss"], metrics["transformed_loss"]):
        np.testing.assert_allclose(value, 11.374, atol=2e-3)


@pytest.mark.parametrize("transform", ["jigsaw", "rotation"])
def test_the_bank_is_moved_by_the_image_alone(transform):
    params, extra, views = start(method := make(transform=transform))
    plain, changed, other = (
        loss_of(method, params, extra, v)
        for v in (views, spoilt(views), (views[0][::-1], *views[1:]))
    )  # fmt: skip
    np.testing.assert_array_equal(plain[1][0]["bank"], changed[1][0]["bank"])
    assert plain[0] != changed[0]
    assert (np.asarray(plain[1][0]["bank"]) != np.asarray(other[1][0]["bank"])).any()


def test_training_the_patch_heads_or_not_leaves_the_bank_as_it_is():
    """Over several steps, the encoder held still: the bank's path is that of the image head alone."""
    method = make()
    params, extra, views = start(method)
    other = {**params, "piece": jax.tree.map(lambda p: p * 2 + 1, params["piece"])}
    one = two = extra
    for seed in range(3):
        one = loss_of(method, params, one, views, seed)[1][0]
        two = loss_of(method, other, two, views, seed)[1][0]
    np.testing.assert_array_equal(one["bank"], two["bank"])


def test_each_head_learns_from_its_own_term():
    def gradient(weight):
        params, extra, views = start(method := make(weight=weight))
        loss = lambda p: method.loss(p, extra, views, jax.random.key(0), jnp.int32(0))[0]  # noqa: E731
        grads = run(jax.grad(loss), params)
        return {name: any(np.asarray(leaf).any() for leaf in jax.tree.leaves(g)) for name, g in grads.items()}

    assert gradient(0.0) == {"encoder": True, "image": True, "join": False, "piece": False}
    assert gradient(1.0) == {"encoder": True, "image": False, "join": True, "piece": True}


def test_the_terms_are_weighted():
    params, extra, views = start(make())
    (a, (_, first)), (b, _) = (loss_of(make(weight=w), params, extra, views) for w in (0.5, 0.2))
    image, transformed = first["image_loss"], first["transformed_loss"]
    np.testing.assert_allclose([a, b], [0.5 * (image + transformed), 0.8 * image + 0.2 * transformed], rtol=1e-5)


def test_the_head_sees_the_order_of_the_patches():
    params, extra, views = start(method := make())
    assert views[1].shape == (N, 9, 3, 3, 3)
    turned = (views[0], views[1][:, ::-1], views[2])
    (_, (_, a)), (_, (_, b)) = (loss_of(method, params, extra, v) for v in (views, turned))
    assert a["image_loss"] != b["image_loss"] or a["transformed_loss"] != b["transformed_loss"]
    assert abs(a["transformed_loss"] - b["transformed_loss"]) > 1e-4


def test_no_gradient_reaches_the_bank_or_z():
    gradient = gradient_by_state(method := make(), *start(method))
    assert set(gradient) == {"bank", "log_z"}
    assert not any(np.asarray(leaf).any() for leaf in jax.tree.leaves(gradient))


def test_an_unknown_transform_is_refused():
    with pytest.raises(ValueError, match=r"transform='colour' is none of \['jigsaw', 'rotation'\]"):
        make(transform="colour")
