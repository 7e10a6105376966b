"""What is decayed, by part and by kind."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jssl.optim.optimizers import make_optimizer

RUN: dict[str, Any] = {"learning_rate": 0.5, "batch_size": 256, "steps": 10, "steps_per_epoch": 10}


def shrunk(name: str, **options: Any) -> dict[str, float]:
    """By how much of itself each parameter of 1 shrinks in a first step without a gradient, at a decay of 0.1."""
    linear, norm = {"kernel": jnp.ones((2, 3)), "bias": jnp.ones(3)}, {"scale": jnp.ones(3), "bias": jnp.ones(3)}
    params = {"encoder": {"map": linear, "norm": norm, "token": jnp.ones(3)}, "head": {"map": linear}}
    optimizer, _ = make_optimizer(name, **RUN, weight_decay=0.1, **options)
    updates, _ = jax.jit(optimizer.update)(jax.tree.map(jnp.zeros_like, params), optimizer.init(params), params)
    leaves = jax.tree_util.tree_leaves_with_path(updates)
    return {jax.tree_util.keystr(p, simple=True, separator="."): round(-20 * float(x.mean()), 5) for p, x in leaves}


KERNELS = {"encoder.map.kernel": 1.0, "head.map.kernel": 1.0}
OTHERS = dict.fromkeys(
    ("encoder.map.bias", "encoder.norm.bias", "encoder.norm.scale", "encoder.token", "head.map.bias"), 0.0
)
BIASES = {"encoder.map.bias": 1.0, "head.map.bias": 1.0}


@pytest.mark.parametrize("name", ["sgd", "adamw"])
@pytest.mark.parametrize(
    ("decays", "changed"),
    [
        (None, {}),
        ({"vectors": 1.0}, dict.fromkeys(OTHERS, 1.0)),
        ({"biases": 1.0}, BIASES),
        ({"vectors": 1.0, "biases": 0.0}, dict.fromkeys(OTHERS.keys() - BIASES, 1.0)),
        ({"norms": 2.0}, {"encoder.norm.bias": 2.0, "encoder.norm.scale": 2.0, "encoder.token": 2.0}),
        ({"head": 5.0}, {"head.map.kernel": 5.0, "head.map.bias": 5.0}),
        ({"head": 0.0}, {"head.map.kernel": 0.0}),
    ],
)
def test_what_is_decayed(name: str, decays: Any, changed: dict[str, float]) -> None:
    assert shrunk(name, decays=decays) == {**KERNELS, **OTHERS, **changed}


def test_a_bias_is_known_as_one_where_its_kernel_has_another_rate() -> None:
    found = shrunk("sgd", decays={"biases": 1.0}, rates={"vectors": 0.5})
    assert found == {**KERNELS, **OTHERS, **dict.fromkeys(BIASES, 0.5)}


def test_a_decay_that_rises_is_multiplied_too() -> None:
    found = shrunk("adamw", decays={"head": 5.0}, final_weight_decay=0.4)
    assert found == {**KERNELS, **OTHERS, "head.map.kernel": 5.0, "head.map.bias": 5.0}


def test_parts_that_are_not_there_and_negative_factors_are_refused() -> None:
    params = {"encoder": {"kernel": jnp.ones((2, 2))}}
    optimizer, _ = make_optimizer("sgd", **RUN, decays={"hed": 1.0})
    with pytest.raises(ValueError, match=r"optimizer.decays names \['hed'\], but the parameters have \['encoder'\]"):
        optimizer.init(params)
    with pytest.raises(ValueError, match=r"optimizer\.decays of head must be at least 0"):
        make_optimizer("sgd", **RUN, decays={"head": -1.0})


@pytest.mark.slow
def test_the_default_is_what_it_was_to_the_bit() -> None:
    """A run without `decays` has the state and the steps that it had before there were any."""
    params = {"kernel": jnp.linspace(-1, 1, 6).reshape(2, 3), "bias": jnp.ones(3)}
    grads = jax.tree.map(jnp.cos, params)
    for decays in (None, {}):
        optimizer, _ = make_optimizer("adamw", **RUN, weight_decay=0.1, decays=decays)
        state = optimizer.init(params)
        updates, _ = optimizer.update(grads, state, params)
        plain = optax.adamw(
            optax.cosine_decay_schedule(0.5, 10), weight_decay=0.1, mask={"kernel": True, "bias": False}
        )
        assert jax.tree.structure(plain.init(params)) == jax.tree.structure(state)
        jax.tree.map(np.testing.assert_array_equal, updates, plain.update(grads, plain.init(params), params)[0])
