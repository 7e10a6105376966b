"""Oracles of CURL."""

import jax
import numpy as np
import pytest

from jssl.methods.play.curl import curl
from tests.methods.toys import N, constant, flat, gradient_by_state, loss_of, run, start, two_views


@pytest.mark.slow
def test_identical_codes_cost_ln_n():
    params, extra, views = start(method := curl(constant(), two_views(), dim=4))
    np.testing.assert_allclose(loss_of(method, params, extra, views)[0], np.log(N), rtol=1e-6)


def test_equals_a_naive_reference():
    params, extra, views = start(method := curl(flat(), two_views(), dim=4))

    def code(weights, x):
        layer = weights["projector"]["layers"]["layer0"]
        z = np.asarray(flat().apply(weights["encoder"], {}, x)[0] @ layer["kernel"] + layer["bias"][None])
        return (z - z.mean(1, keepdims=True)) / np.sqrt(z.var(1, keepdims=True) + 1e-5)

    logits = code(params, views[0]) @ np.asarray(params["score"]) @ code(extra["teacher"], views[1]).T
    logits -= logits.max(1, keepdims=True)
    expected = -np.mean(np.diag(logits) - np.log(np.exp(logits).sum(1)))
    np.testing.assert_allclose(loss_of(method, params, extra, views)[0], expected, rtol=1e-4)


def test_keys_are_held_still_and_their_encoder_follows():
    params, extra, views = start(method := curl(flat(), two_views(), dim=4))
    assert all(not np.any(x) for x in jax.tree.leaves(gradient_by_state(method, params, extra, views)))
    moved = jax.tree.map(lambda x: x + 1, params)
    _, after = run(method.after, moved, extra, np.int32(0))
    for old, new in zip(jax.tree.leaves(extra["teacher"]), jax.tree.leaves(after["teacher"]), strict=True):
        np.testing.assert_allclose(new, old + 0.05, rtol=1e-4, atol=1e-6)
