"""PIRL's oracles."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.methods.contrastive.pirl import pirl
from jssl.nets.convnet import convnet
from tests.methods.toys import N, flat, gradient_by_state, loss_of, recipe, run, start


def make(**options):
    return pirl(flat(), recipe(), examples=100, **{"dim": 5, "negatives": 16, **options})


def spoilt(views):
    return views[0], jnp.flip(views[1] * 3 + 1, axis=1), views[2]


@pytest.mark.slow
def test_equal_scores_give_the_value_of_theory_in_both_terms():
    params, extra, views = start(method := make(negatives=32000))
    extra["bank"] = jnp.zeros_like(extra["bank"])
    loss, (_, metrics) = loss_of(method, params, extra, views)
    for value in (loss, metrics["image_loss"], metrics["transformed_loss"]):
        np.testing.assert_allclose(value, 11.374, atol=2e-3)


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
def test_each_head_learns_from_its_own_term():
    def gradient(weight):
        params, extra, views = start(method := make(weight=weight))
        loss = lambda p: method.loss(p, extra, views, jax.random.key(0), jnp.int32(0))[0]  # noqa: E731
        grads = run(jax.grad(loss), params)
        return {name: any(np.asarray(leaf).any() for leaf in jax.tree.leaves(g)) for name, g in grads.items()}

    assert gradient(0.0) == {"encoder": True, "image": True, "join": False, "piece": False}
    assert gradient(1.0) == {"encoder": True, "image": False, "join": True, "piece": True}


@pytest.mark.slow
def test_the_terms_are_weighted():
    params, extra, views = start(make())
    (a, (_, first)), (b, _) = (loss_of(make(weight=w), params, extra, views) for w in (0.5, 0.2))
    image, transformed = first["image_loss"], first["transformed_loss"]
    np.testing.assert_allclose([a, b], [0.5 * (image + transformed), 0.8 * image + 0.2 * transformed], rtol=1e-5)


@pytest.mark.slow
def test_the_head_sees_the_order_of_the_patches():
    params, extra, views = start(method := make())
    assert views[1].shape == (N, 9, 3, 3, 3)
    turned = (views[0], views[1][:, ::-1], views[2])
    (_, (_, a)), (_, (_, b)) = (loss_of(method, params, extra, v) for v in (views, turned))
    assert a["image_loss"] != b["image_loss"] or a["transformed_loss"] != b["transformed_loss"]
    assert abs(a["transformed_loss"] - b["transformed_loss"]) > 1e-4


@pytest.mark.slow
def test_no_gradient_reaches_the_bank_or_z():
    gradient = gradient_by_state(method := make(), *start(method))
    assert set(gradient) == {"bank", "log_z"}
    assert not any(np.asarray(leaf).any() for leaf in jax.tree.leaves(gradient))


def test_an_unknown_transform_is_refused():
    with pytest.raises(ValueError, match=r"transform='colour' is none of \['jigsaw', 'rotation'\]"):
        make(transform="colour")


@pytest.mark.slow
def test_statistics_are_of_pictures_alone():
    method = pirl(convnet(width=2, depth=1), recipe(), examples=100, dim=5, negatives=16)
    params, extra, views = start(method)
    moved, others = (loss_of(method, params, extra, v)[1][0]["stats"] for v in (views, spoilt(views)))
    jax.tree.map(np.testing.assert_array_equal, moved, others)
    before = jax.tree.leaves(extra["stats"])
    assert any((np.asarray(a) != np.asarray(b)).any() for a, b in zip(jax.tree.leaves(moved), before, strict=True))


@pytest.mark.slow
def test_each_patch_is_mirrored_and_made_grey_on_its_own():
    """Of a picture of one colour that grows brighter to the right."""
    ramp = np.tile(np.linspace(0.2, 0.8, 12, dtype=np.float32)[None, :, None], (12, 1, 3)) * [1.0, 0.6, 0.3]
    images = np.tile((ramp * 255).astype(np.uint8)[None], (N, 1, 1, 1))
    plain = recipe()._replace(views=tuple(v._replace(flip=0.5, grey=0.5) for v in recipe().views))
    method = pirl(flat(), plain, examples=100, dim=5, negatives=16)
    keys = jax.random.split(jax.random.key(0), N)
    _, pieces, _ = method.views(keys, {"image": images, "index": jnp.arange(N)})
    colours = np.asarray(pieces) * np.array(plain.std) + np.array(plain.mean)
    mirrored = colours[:, :, 0, 0, 0] > colours[:, :, 0, -1, 0]
    grey = np.ptp(colours, axis=-1).max((2, 3)) < 1e-3
    for drawn in (mirrored, grey):
        assert 0.3 < drawn.mean() < 0.7
        assert (drawn.any(1) & ~drawn.all(1)).mean() > 0.8  # not all of a puzzle or none
