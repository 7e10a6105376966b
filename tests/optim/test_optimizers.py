import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jssl.optim.optimizers import make_optimizer

BASE: dict[str, Any] = {"learning_rate": 0.3, "batch_size": 512, "steps": 30, "steps_per_epoch": 10}
CONSTANT = {"scale_by_batch": False, "final_learning_rate": 0.3}


@pytest.fixture
def trajectory(rng: np.random.Generator) -> tuple[dict[str, np.ndarray], list[dict[str, np.ndarray]]]:
    """A kernel, a bias, a norm's scale and a kernel of zeros, and gradients of five steps."""
    params = {
        "kernel": rng.normal(size=(3, 4)), "bias": rng.normal(size=4), "scale": np.ones(4), "zero": np.zeros((2, 2)),
    }  # fmt: skip
    params = {name: p.astype(np.float32) for name, p in params.items()}
    grads = [{name: rng.normal(size=p.shape).astype(np.float32) for name, p in params.items()} for _ in range(5)]
    return params, grads


def optimised(optimizer: optax.GradientTransformation, params: Any, grads: list[Any]) -> Any:
    state = optimizer.init(jax.tree.map(jnp.asarray, params))
    for g in grads:
        updates, state = optimizer.update(g, state, params)
        params = optax.apply_updates(params, updates)
    return params


def close(ours: Any, expected: Any) -> None:
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6), ours, expected)


@pytest.mark.parametrize("nesterov", [False, True])
def test_lars_is_the_reference_code_of_simclr(trajectory: Any, nesterov: bool) -> None:
    params, grads = trajectory
    optimizer, schedule = make_optimizer(
        "lars", **BASE, warmup=0.3, weight_decay=0.1, momentum=0.8, nesterov=nesterov, trust_coefficient=0.02
    )
    expected = dict(params)
    velocity = {name: np.zeros_like(p) for name, p in params.items()}
    for step, g in enumerate(grads):
        rate = float(schedule(step))
        for name, p in expected.items():
            grad, trust = g[name], 1.0
            if p.ndim > 1:
                grad = grad + 0.1 * p
                p_norm, g_norm = np.linalg.norm(p), np.linalg.norm(grad)
                trust = 0.02 * p_norm / g_norm if p_norm > 0 and g_norm > 0 else 1.0
            velocity[name] = 0.8 * velocity[name] + rate * trust * grad
            update = 0.8 * velocity[name] + rate * trust * grad if nesterov else velocity[name]
            expected[name] = p - update
    close(optimised(optimizer, params, grads), expected)


def test_the_clipped_rate_of_lars_is_solo_learns(trajectory: Any) -> None:
    """min(eta |p| / |g'|, rate): whichever is smaller, at a coefficient at which both occur."""
    params, grads = trajectory
    options = {"weight_decay": 0.1, "momentum": 0.8, "trust_coefficient": 0.4, "clip_rate": True}
    optimizer, schedule = make_optimizer("lars", **BASE, **options)
    expected, taken = dict(params), set()
    velocity = {name: np.zeros_like(p) for name, p in params.items()}
    for step, g in enumerate(grads):
        for name, p in expected.items():
            grad, scale = g[name] * (1.0 if step else 0.1), float(schedule(step))
            if p.ndim > 1:
                grad = grad + 0.1 * p
                if np.linalg.norm(p) > 0:
                    trust = 0.4 * np.linalg.norm(p) / np.linalg.norm(grad)
                    taken.add(trust < scale)
                    scale = min(trust, scale)
            velocity[name] = 0.8 * velocity[name] + scale * grad
            expected[name] = p - velocity[name]
    assert taken == {True, False}
    grads = [jax.tree.map(lambda x: x * np.float32(0.1), grads[0]), *grads[1:]]
    close(optimised(optimizer, params, grads), expected)


@pytest.mark.parametrize("nesterov", [False, True])
def test_sgd_is_pytorchs(trajectory: Any, nesterov: bool) -> None:
    params, grads = trajectory
    optimizer, schedule = make_optimizer("sgd", **BASE, weight_decay=0.1, momentum=0.8, nesterov=nesterov)
    expected = dict(params)
    velocity = {name: np.zeros_like(p) for name, p in params.items()}
    for step, g in enumerate(grads):
        for name, p in expected.items():
            grad = g[name] + (0.1 * p if p.ndim > 1 else 0.0)
            velocity[name] = 0.8 * velocity[name] + grad
            update = grad + 0.8 * velocity[name] if nesterov else velocity[name]
            expected[name] = p - float(schedule(step)) * update
    close(optimised(optimizer, params, grads), expected)


def test_adamw_decays_beside_the_moments(trajectory: Any) -> None:
    params, grads = trajectory
    optimizer, schedule = make_optimizer("adamw", **BASE, weight_decay=0.1, b1=0.8, b2=0.95)
    expected = dict(params)
    first, second = ({name: np.zeros_like(p) for name, p in params.items()} for _ in range(2))
    for step, g in enumerate(grads):
        for name, p in expected.items():
            first[name] = 0.8 * first[name] + 0.2 * g[name]
            second[name] = 0.95 * second[name] + 0.05 * g[name] ** 2
            update = (first[name] / (1 - 0.8 ** (step + 1))) / (np.sqrt(second[name] / (1 - 0.95 ** (step + 1))) + 1e-8)
            expected[name] = p - float(schedule(step)) * (update + (0.1 * p if p.ndim > 1 else 0.0))
    close(optimised(optimizer, params, grads), expected)


@pytest.mark.parametrize("name", ["lars", "sgd", "adamw"])
def test_biases_and_norms_are_not_decayed(name: str) -> None:
    params = {"kernel": jnp.ones((2, 3)), "bias": jnp.ones(3), "scale": jnp.ones(3)}
    optimizer, _ = make_optimizer(name, **BASE, weight_decay=0.1)
    after = optimised(optimizer, params, [jax.tree.map(jnp.zeros_like, params)])
    assert (after["kernel"] < 1).all()
    assert (after["bias"] == 1).all()
    assert (after["scale"] == 1).all()


def test_lars_steps_of_biases_do_not_depend_on_trust() -> None:
    params = {"kernel": jnp.ones((2, 3)), "bias": jnp.ones(3)}
    optimizer, _ = make_optimizer("lars", **BASE, **CONSTANT, trust_coefficient=0.01)
    after = optimised(optimizer, params, [jax.tree.map(jnp.ones_like, params)])
    np.testing.assert_allclose(after["kernel"], np.full((2, 3), 1 - 0.3 * 0.01), rtol=1e-6)
    np.testing.assert_allclose(after["bias"], np.full(3, 1 - 0.3), rtol=1e-6)


def test_schedule_by_hand() -> None:
    _, schedule = make_optimizer("sgd", **BASE, warmup=1, final_learning_rate=0.1)
    peak = 0.3 * 512 / 256
    for step, expected in (
        (0, 0.0),
        (5, peak / 2),
        (10, peak),
        (15, 0.1 + (peak - 0.1) * (1 + math.cos(math.pi / 4)) / 2),
        (20, (peak + 0.1) / 2),
        (30, 0.1),
        (40, 0.1),
    ):
        np.testing.assert_allclose(schedule(step), expected, rtol=1e-5, err_msg=f"step {step}")


def test_schedule_without_warmup_or_batch_scaling() -> None:
    _, schedule = make_optimizer("sgd", **BASE, scale_by_batch=False)
    np.testing.assert_allclose([schedule(0), schedule(15), schedule(30)], [0.3, 0.15, 0.0], atol=1e-6)


def test_an_arc_of_the_cosine() -> None:
    options = {**BASE, "scale_by_batch": False, "arc": 7 / 16}
    _, schedule = make_optimizer("sgd", **options)
    rates = [0.3, 0.3 * math.cos(7 * math.pi / 32), 0.3 * math.cos(7 * math.pi / 16)]
    np.testing.assert_allclose([schedule(0), schedule(15), schedule(30)], rates, rtol=1e-5)
    np.testing.assert_allclose(schedule(31), 0.0585271, rtol=1e-5)
    _, schedule = make_optimizer("sgd", **options, warmup=1)
    np.testing.assert_allclose([schedule(5), schedule(10), schedule(20), schedule(30)], [0.15, *rates], rtol=1e-5)


def test_fractions_of_epochs() -> None:
    _, schedule = make_optimizer("sgd", **{**BASE, "steps": 15}, warmup=0.5)
    np.testing.assert_allclose([schedule(5), schedule(10), schedule(15)], [0.6, 0.3, 0.0], atol=1e-6)


def test_a_warmup_or_drops_in_steps_or_as_shares_are_those_in_epochs() -> None:
    for epochs, others in ((1.5, ("15 steps", "50%")), (0.3, ("3 steps", "10%"))):
        by_epochs, *rest = (make_optimizer("sgd", **BASE, warmup=w, drops=(w, 2))[1] for w in (epochs, *others))
        for schedule in rest:
            assert [float(schedule(step)) for step in range(30)] == [float(by_epochs(step)) for step in range(30)]


def test_clip_by_global_norm() -> None:
    params = {"kernel": jnp.zeros((1, 1)), "bias": jnp.zeros(1)}
    grads = {"kernel": jnp.array([[3.0]]), "bias": jnp.array([4.0])}
    for clip, shrunk in ((None, 1.0), (10.0, 1.0), (1.0, 0.2)):
        optimizer, _ = make_optimizer("sgd", **BASE, **CONSTANT, clip=clip)
        after = optimised(optimizer, params, [grads])
        np.testing.assert_allclose([after["kernel"][0, 0], after["bias"][0]], [-0.9 * shrunk, -1.2 * shrunk], rtol=1e-5)


def test_each_gradient_is_clipped_on_its_own() -> None:
    params = {"kernel": jnp.zeros((1, 2)), "bias": jnp.zeros(1), "still": jnp.zeros(2)}
    grads = {"kernel": jnp.array([[3.0, 4.0]]), "bias": jnp.array([0.5]), "still": jnp.zeros(2)}
    optimizer, _ = make_optimizer("sgd", **BASE, scale_by_batch=False, momentum=0.0, clip_each=1.0)
    after = optimised(optimizer, params, [grads])
    np.testing.assert_allclose(after["kernel"], [[-0.3 * 0.6, -0.3 * 0.8]], rtol=1e-5)
    np.testing.assert_allclose(after["bias"], [-0.15], rtol=1e-5)
    np.testing.assert_array_equal(after["still"], [0.0, 0.0])


@pytest.mark.slow
@pytest.mark.parametrize("name", ["adamw", "sgd", "lars"])
def test_a_part_that_starts_late_is_held_and_then_begins_anew(trajectory: Any, name: str) -> None:
    """Without moments, counts or decay of the steps before, at the rate and the decay that the run has reached."""
    params, grads = trajectory
    options = {**BASE, "weight_decay": 0.1, "final_weight_decay": 0.5, "warmup": 0.2}
    optimizer, schedule = make_optimizer(name, **options, starts=(("kernel", 3),))
    held = optimised(optimizer, params, grads[:3])
    np.testing.assert_array_equal(held["kernel"], params["kernel"])
    whole, _ = make_optimizer(name, **options)
    others = optimised(whole, params, grads)
    late = optimised(optimizer, params, grads)
    close({**late, "kernel": 0}, {**others, "kernel": 0})

    def reached(step: int) -> float:
        return 0.5 - 0.4 * (1 + math.cos(math.pi * step / 30)) / 2

    p, first, second, velocity = params["kernel"], 0, 0, 0
    for count, (step, g) in enumerate(list(enumerate(grads))[3:], start=1):
        rate, g = float(schedule(step)), g["kernel"]
        if name == "adamw":
            first, second = 0.9 * first + 0.1 * g, 0.999 * second + 0.001 * g**2
            moments = (first / (1 - 0.9**count)) / (np.sqrt(second / (1 - 0.999**count)) + 1e-8)
            p = p - rate * (moments + reached(step) * p)
            continue
        g = g + reached(step) * p
        if name == "lars":
            velocity = 0.9 * velocity + rate * 0.001 * np.linalg.norm(p) / np.linalg.norm(g) * g
            p = p - velocity
        else:
            velocity = 0.9 * velocity + g
            p = p - rate * velocity
    np.testing.assert_allclose(late["kernel"], p, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("lamb", {}, r"optimizer 'lamb' is none of \['adamw', 'lars', 'sgd'\]"),
        ("sgd", {"beta": 1}, "'sgd' has no option beta; it has momentum, nesterov"),
        ("adamw", {"momentum": 0.9, "nesterov": True}, "has no option momentum, nesterov; it has b1, b2, eps"),
        (
            "sgd",
            {"warmup": 4},
            r"warmup=4 \(40 steps\) must be shorter than the run of 30 steps: .*warmup=10%",
        ),
        ("sgd", {"warmup": 3}, "shorter than the run"),
        ("sgd", {"warmup": -1}, "must be finite and at least 0"),
        ("sgd", {"learning_rate": 0.0}, "learning_rate=0.0 must be above 0"),
        ("sgd", {"arc": 7}, "arc=7 must be above 0 and at most 1/2"),
        ("sgd", {"arc": 0.0}, "must be above 0"),
        ("sgd", {"arc": 0.4, "drops": (1,)}, "takes neither drops nor final_learning_rate"),
        ("sgd", {"arc": 0.4, "final_learning_rate": 0.1}, "arc=0.4 is a schedule of its own"),
        ("sgd", {"clip": 0.0}, "clip=0.0 must be above 0 or None"),
        ("sgd", {"clip_each": -1.0}, "clip_each=-1.0 must be above 0 or None"),
    ],
)
def test_errors(name: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make_optimizer(name, **{**BASE, **options})


def test_the_rate_drops_at_epochs() -> None:
    options = {**BASE, "scale_by_batch": False, "drops": (1.5, 2.0), "drop_factor": 0.1, "warmup": 0.5}
    _, schedule = make_optimizer("sgd", **options)
    rates = [float(schedule(step)) for step in (0, 2, 5, 14, 15, 16, 20, 29)]
    np.testing.assert_allclose(rates, [0, 0.12, 0.3, 0.3, 0.03, 0.03, 0.003, 0.003], rtol=1e-5)


def test_weight_decay_follows_a_cosine_to_its_final_value() -> None:
    options = {**BASE, **CONSTANT, "weight_decay": 0.1, "final_weight_decay": 0.5}
    optimizer, _ = make_optimizer("adamw", **options)
    params = {"kernel": jnp.ones((1, 1))}
    state, p, expected = optimizer.init(params), params, 1.0
    for step in range(30):
        updates, state = optimizer.update({"kernel": jnp.zeros((1, 1))}, state, p)
        p = optax.apply_updates(p, updates)
        expected *= 1 - 0.3 * (0.5 - 0.4 * (1 + math.cos(math.pi * step / 30)) / 2)
    np.testing.assert_allclose(p["kernel"], [[expected]], rtol=1e-4)


def test_parts_have_rates_of_their_own() -> None:
    optimizer, schedule = make_optimizer(
        "sgd", **BASE, momentum=0.0, rates={"discriminator": 0.1, "vectors": 0.5}, constant=("predictor",)
    )
    leaf = {"kernel": jnp.zeros((1, 1)), "bias": jnp.zeros(1)}
    params = {"encoder": leaf, "discriminator": leaf, "predictor": leaf}
    grads = jax.tree.map(jnp.ones_like, params)
    moved = jax.tree.map(lambda p: -float(p.sum()), optimised(optimizer, params, [grads] * 5))
    total = sum(float(schedule(step)) for step in range(5))
    assert moved["encoder"] == pytest.approx({"kernel": total, "bias": total / 2}, rel=1e-5)
    assert moved["discriminator"] == pytest.approx({"kernel": total / 10, "bias": total / 10}, rel=1e-5)
    assert moved["predictor"] == pytest.approx({"kernel": 5 * 0.6, "bias": 5 * 0.6}, rel=1e-5)
    assert total < 5 * 0.6
    optimizer, _ = make_optimizer("sgd", **BASE, rates={"discriminatr": 0.1})
    with pytest.raises(ValueError, match=r"name \['discriminatr'\], but the parameters have .*'discriminator'"):
        optimizer.init(params)
