"""MoCo v3's oracles."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jssl.methods.contrastive.moco_v3 import moco_v3
from jssl.nets.vit import vit
from jssl.parallel import make_layout
from jssl.run.step import create_state, make_step
from tests.methods.toys import N, batch, constant, flat, gradient_by_state, loss_of, start, two_views


def make(encoder=None, **options):
    widths = {"projector": (8, 8, 5), "predictor": (8, 5)}
    return moco_v3(encoder or flat(), two_views(), **{"steps": 10, **widths, **options})


def tiny_vit():
    return vit(8, 1, 2, patch=4, image_size=12)


@pytest.mark.slow
def test_identical_keys_give_the_value_of_theory():
    loss, _ = loss_of(method := make(constant(), temperature=0.3), *start(method))
    np.testing.assert_allclose(loss, 4 * 0.3 * np.log(N), rtol=1e-5)


@pytest.mark.slow
def test_is_symmetric_in_the_views():
    params, extra, views = start(method := make())
    once, swapped = (loss_of(method, params, extra, v)[0] for v in (views, views[::-1]))
    np.testing.assert_allclose(once, swapped, rtol=1e-5)


@pytest.mark.slow
def test_no_gradient_reaches_the_teacher_and_some_the_predictor():
    method = make()
    params, extra, views = start(method)
    gradient = gradient_by_state(method, params, extra, views)
    assert set(gradient) == {"teacher", "frozen"} and set(gradient["teacher"]) == {"encoder", "projector"}
    assert not any(np.asarray(leaf).any() for leaf in jax.tree.leaves(gradient))


@pytest.mark.slow
def test_a_frozen_patch_embedding_keeps_every_bit_under_weight_decay():
    method, tx = make(tiny_vit(), frozen=("embed",)), optax.adamw(0.1, weight_decay=0.5)
    layout = make_layout(devices=jax.devices()[:1])
    shapes = jax.tree.map(lambda x: jax.ShapeDtypeStruct(x.shape, x.dtype), batch())
    state = create_state(method, tx, 0, shapes, layout)
    assert "embed" not in state.params["encoder"] and "embed" not in state.extra["teacher"]["encoder"]
    frozen, trained = (jax.tree.map(np.array, x) for x in (state.extra["frozen"], state.params))
    assert frozen["embed"]["kernel"].shape == (48, 8)
    step = layout.compile(make_step(method, tx), state)
    images = layout.feed(jax.tree.map(np.asarray, batch()))
    for _ in range(3):
        state, _ = step(state, images)
    jax.tree.map(np.testing.assert_array_equal, frozen, jax.tree.map(np.asarray, state.extra["frozen"]))
    assert all(jax.tree.leaves(jax.tree.map(lambda a, b: (a != np.asarray(b)).any(), trained, state.params)))
    params = {**state.params["encoder"], **state.extra["frozen"]}
    whole = make(tiny_vit()).embed({"encoder": params}, {**state.extra, "frozen": {}}, batch())
    np.testing.assert_allclose(method.embed(state.params, state.extra, batch()), whole, atol=1e-5)


def test_an_encoder_without_that_part_is_refused():
    with pytest.raises(ValueError, match=r"frozen=\('embed',\): the encoder has no \{'embed'\}, but \['w'\]"):
        start(make(frozen=("embed",)))


@pytest.mark.slow
def test_the_teachers_momentum_rises_to_one_over_the_run():
    method = make(momentum=0.9)
    params, extra, _ = start(method)
    ones = jax.tree.map(jnp.ones_like, params)
    zeros = {**extra, "teacher": jax.tree.map(jnp.zeros_like, extra["teacher"])}
    kept = [1 - float(method.after(ones, zeros, jnp.int32(s))[1]["teacher"]["encoder"]["w"][0, 0]) for s in (0, 5, 10)]
    np.testing.assert_allclose(kept, [0.9, 0.95, 1.0], atol=1e-6)


def test_last_norms_have_neither_scale_nor_offset():
    params, extra, _ = start(make())
    assert set(params["projector"]["norms"]) == {"layer0", "layer1"}
    assert set(extra["stats"]["projector"]["norms"]) == {"layer0", "layer1", "layer2"}
    assert set(extra["stats"]["predictor"]["norms"]) == {"layer0", "layer1"}
    _, extra, _ = start(make(predictor_norm=False))
    assert set(extra["stats"]["predictor"]["norms"]) == {"layer0"}
