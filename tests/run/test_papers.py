"""Configs of the papers' own sizes: their steps, rates and options, beside what the papers' code does.

Nothing is trained: a plan's arithmetic, and one step of its optimiser on made-up gradients.
"""

import importlib
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from ml_collections import ConfigDict

from jssl.data.loader import steps_per_epoch
from jssl.optim.duration import steps_of
from jssl.optim.optimizers import make_optimizer
from jssl.run.config import look_up, total_steps
from tests.run.test_configs import facts_for

IMAGENET = 1_281_167
EXAMPLES = {"cifar": 50_000, "mnist": 60_000}


def load(name: str) -> tuple[ConfigDict, int]:
    """A config by "file" or "file:variant", and the examples of its data."""
    name, _, variant = name.partition(":")
    config = importlib.import_module(f"configs.{name}").get_config(*([variant] if variant else []))
    return config, next((count for data, count in EXAMPLES.items() if data in name), IMAGENET)


def optimizer_of(name: str, **changed: Any) -> tuple[Any, Any, int]:
    config, examples = load(name)
    per_epoch = steps_per_epoch(examples, config.batch_size)
    steps = total_steps(config, examples)
    options = {**config.optimizer.to_dict(), **changed}
    made = make_optimizer(**options, batch_size=config.batch_size, steps=steps, steps_per_epoch=per_epoch)
    return *made, steps


@pytest.mark.parametrize(
    ("name", "steps", "peak", "warmup", "drops"),
    [
        ("e_mix_imagenet", 100_000, 1e-4, 0, ()),
        ("shed_imagenet", 100_000, 1e-4, 0, ()),
        ("s4l_imagenet", 100_000, 0.03, 2_500, (70_000, 80_000, 90_000)),
        ("s4l_imagenet:exemplar", 50_000, 0.1, 2_500, (35_000, 40_000, 45_000)),
        ("context_encoder_imagenet", 100_000, 2e-3, 0, ()),
        ("context_encoder_imagenet:features", 100_000, 2e-4, 0, ()),
        ("moco_v3_cifar10", 195_000, 0.3, 1_950, ()),
        ("moco_v3_imagenet", 93_600, 1.5e-4 * 16, 12_480, ()),
        ("simsiam_cifar10", 19_400, 0.06, 0, ()),
        ("simsiam_cifar10:800", 77_600, 0.06, 0, ()),
        ("simsiam_imagenet", 250_200, 0.1, 0, ()),
        ("vicreg_cifar10", 195_000, 0.3, 1_950, ()),
        ("npid_cifar10", 78_000, 0.03, 0, (46_800, 62_400)),
        ("moco_v2_cifar10", 19_400, 0.06, 0, ()),
        ("moco_v2_cifar10:lightly", 19_400, 0.24, 0, ()),
        ("swav_imagenet", 249_600, 4.8, 3_120, ()),
        ("deepcluster_imagenet", 1_000_800, 0.05, 0, ()),
        ("exemplar_cifar10", 78_000, 0.01, 0, ()),
        ("simclr_v2_imagenet", 249_600, 6.4, 12_480, ()),
        ("simclr_v2_imagenet:resnet152", 249_600, 6.4, 12_480, ()),
        ("simclr_v2_distil_imagenet", 124_800, 6.4, 6_240, ()),
        ("meta_pseudo_labels_cifar10", 300_000, 0.05, 5_000, ()),
        ("mixmatch_cifar10", 2**20 + 307, 2e-3, 0, ()),
        ("pseudo_label_cifar10", 2**20 + 307, 0.03, 0, ()),
        ("vat_cifar10", 2**20 + 307, 0.03, 0, ()),
        ("m2_mnist", 360_000, 3e-4, 0, ()),
        ("ttt_cifar10", 58_500, 0.1, 0, (29_250, 48_750)),
    ],
)
def test_steps_and_rates(name: str, steps: int, peak: float, warmup: int, drops: tuple[int, ...]) -> None:
    _, schedule, planned = optimizer_of(name)
    assert planned == steps
    np.testing.assert_allclose(schedule(warmup), peak, rtol=1e-5)
    if warmup:
        np.testing.assert_allclose([schedule(0), schedule(warmup // 2)], [0, peak / 2], rtol=1e-5)
    for i, at in enumerate(drops):
        np.testing.assert_allclose(schedule(at - 1), peak * 0.1**i, rtol=1e-5)
        np.testing.assert_allclose(schedule(at + 1), peak * 0.1 ** (i + 1), rtol=1e-5)


@pytest.mark.parametrize("name", ["s4l_imagenet", "s4l_imagenet:exemplar"])
def test_s4l_sees_each_label_as_often_as_its_authors(name: str) -> None:
    config, examples = load(name)
    seen = total_steps(config, examples) * config.batch_size / config.labels.ratio
    assert seen == 200 * 128_000
    per_epoch = steps_per_epoch(examples, config.batch_size)
    assert steps_of(config.checkpoint.every, steps_per_epoch=per_epoch, total=total_steps(config, examples)) == 5_000


@pytest.mark.parametrize(
    ("name", "gradient", "expected"),
    [
        # Of a kernel's length in a step at the peak, for gradients of `gradient` of it: min(0.02, rate gradient).
        ("moco_v3_cifar10", 10.0, 0.02),
        ("moco_v3_cifar10", 0.1, 0.02),
        ("moco_v3_cifar10", 0.01, 0.003),
        ("vicreg_cifar10", 10.0, 0.02),
        ("vicreg_cifar10", 0.01, 0.003),
        # Here the rate times 0.001, whatever the gradient.
        ("moco_v3_imagenet:resnet50", 10.0, 4.8e-3),
        ("simclr_imagenet", 0.1, 4.8e-3),
        # And the rate times the gradient.
        ("simsiam_cifar10", 0.01, 0.06 * 0.01),
        ("simsiam_imagenet", 0.01, 0.1 * 0.01),
        ("moco_v2_cifar10", 0.01, 0.06 * 0.01),
    ],
)
def test_the_relative_step_at_the_start(name: str, gradient: float, expected: float) -> None:
    optimizer, _, _ = optimizer_of(name, warmup=0.0, weight_decay=0.0, constant=())
    kernel = jax.random.normal(jax.random.key(0), (30, 20))
    grads = jax.random.normal(jax.random.key(1), (30, 20))
    grads = grads * gradient * jnp.linalg.norm(kernel) / jnp.linalg.norm(grads)
    params = {"encoder": {"kernel": kernel}}
    updates, _ = optimizer.update({"encoder": {"kernel": grads}}, optimizer.init(params), params)
    step = jnp.linalg.norm(updates["encoder"]["kernel"]) / jnp.linalg.norm(kernel)
    np.testing.assert_allclose(step, expected, rtol=1e-4)


def test_simclr_takes_the_steps_of_its_authors_code() -> None:
    """Whose loss is twice ours, at a decay of 1e-6 and one rate for all."""
    ours, _, _ = optimizer_of("simclr_imagenet", warmup=0.0)
    theirs, _, _ = optimizer_of("simclr_imagenet", warmup=0.0, weight_decay=1e-6, rates=None)
    params = {"encoder": {"kernel": 100 * jax.random.normal(jax.random.key(0), (5, 4)), "bias": jnp.ones(4)}}
    grads = jax.tree.map(lambda x: 1e-4 * jnp.cos(x), params)
    (a, _), (b, _) = (
        o.update(g, o.init(params), params) for o, g in ((ours, grads), (theirs, jax.tree.map(lambda g: 2 * g, grads)))
    )
    jax.tree.map(lambda x, y: np.testing.assert_allclose(x, y, rtol=1e-5), a, b)


ALL, BIASES = {"vectors": 1.0}, {"biases": 1.0}


@pytest.mark.parametrize(
    ("names", "options"),
    [
        (
            ("simclr_imagenet", "simsiam_imagenet", "moco_v3_imagenet:resnet50", "barlow_twins_imagenet",
             "vicreg_imagenet"),
            {"encoder.zero_init_residual": True},
        ),
        (
            ("moco_v2_imagenet", "moco_v2_imagenet:v1", "moco_v2_cifar10", "moco_v2_cifar10:lightly",
             "simsiam_imagenet", "simsiam_cifar10", "moco_v3_imagenet", "npid_imagenet", "npid_cifar10",
             "barlow_twins_cifar10", "dino_cifar10", "rotation_cifar10", "deepcluster_imagenet"),
            {"optimizer.decays": ALL},
        ),
        (("rotation_imagenet", "jigsaw_imagenet"), {"optimizer.decays": BIASES}),
        (("relative_position_imagenet",), {"optimizer.decays": {"head": 5.0, "vectors": 1.0}}),
        (("pirl_imagenet", "s4l_imagenet", "dino_imagenet", "byol_imagenet"), {"optimizer.decays": None}),
        (
            ("simsiam_imagenet", "simsiam_cifar10", "moco_v2_imagenet", "moco_v2_cifar10", "moco_v3_imagenet",
             "moco_v3_imagenet:resnet50", "moco_v3_cifar10", "barlow_twins_imagenet", "barlow_twins_cifar10",
             "vicreg_imagenet", "vicreg_cifar10", "swav_imagenet", "swav_cifar10", "npid_imagenet", "npid_cifar10"),
            {"method.initializer": "torch"},
        ),
        (("moco_v3_imagenet",), {"encoder.initializer": "xavier_apart"}),
        (
            ("dino_imagenet",),
            {"encoder.initializer": "normal", "method.initializer": "normal", "optimizer.clip_each": 3.0,
             "optimizer.clip": None},
        ),
        (
            ("npid_imagenet", "rotation_imagenet", "jigsaw_imagenet"),
            {"encoder.batch_norm": "split:8", "batch_size": 256},
        ),
        (("pirl_imagenet",), {"encoder.batch_norm": "split:32", "batch_size": 1024}),
        (("swav_imagenet",), {"encoder.batch_norm": "split:8", "batch_size": 4096}),
        (("swav_imagenet:256",), {"encoder.batch_norm": None}),
        (("moco_v3_cifar10", "vicreg_cifar10"), {"optimizer.clip_rate": True, "optimizer.trust_coefficient": 0.02}),
        (("npid_cifar10",), {"augment.flip": 0.0, "batch_size": 128}),
        (("swav_cifar10",), {"augment.strength": 0.5}),
        (
            ("moco_v2_cifar10:lightly",),
            {"method.symmetric": True, "method.queue": 8192, "method.projector": (512, 128)},
        ),
        (("moco_v2_cifar10",), {"method.symmetric": False, "method.queue": 4096, "method.projector": (128,)}),
        (("context_encoder_imagenet:features",), {"optimizer.rates": {}}),
        (("simclr_v2_imagenet",), {"method.projector": (2048, 2048, 128), "optimizer.rates": {"vectors": 2.0}}),
        (("simclr_v2_imagenet:resnet152",), {"method.projector": (6144, 6144, 128), "encoder.selective_kernels": True}),
        (("simclr_v2_distil_imagenet",), {"method.teacher_hidden": (6144,), "encoder.width": 64}),
        (("mixmatch_cifar10",), {"method.ramp": 2**14 / 2**20, "method.weight": 75.0, "labels.ratio": 1}),
        (
            ("pseudo_label_cifar10", "vat_cifar10", "mixmatch_cifar10", "mean_teacher_cifar10"),
            {"augment.rand_augment": None, "augment.cutout": 0.0, "batch_size": 64, "method.average": 0.999},
        ),
        (("pseudo_label_cifar10",), {"method.ramp": (0.0, 0.4), "method.threshold": 0.95}),
        (("vat_cifar10",), {"method.epsilon": 6.0, "method.weight": 0.3, "method.entropy_weight": 0.06}),
        (("meta_pseudo_labels_cifar10",), {"labels.ratio": 7, "batch_size": 896, "method.weight": 8.0}),
        (("ttt_cifar10",), {"encoder.batch_norm": "group:8", "method.shared": 9, "optimizer.decays": ALL}),

    ],
)  # fmt: skip
def test_options(names: tuple[str, ...], options: dict[str, Any]) -> None:
    for name in names:
        config, _ = load(name)
        for key, expected in options.items():
            value = look_up(config, key)
            value = value.to_dict() if isinstance(value, ConfigDict) else value
            assert value == expected, f"{name}: {key}"


@pytest.mark.parametrize(("name", "value"), [("moco_v2_cifar10", 82.6), ("moco_v2_cifar10:lightly", 84.7)])
def test_a_number_is_quoted_where_it_belongs(name: str, value: float) -> None:
    assert load(name)[0].paper.reported[0]["value"] == value


@pytest.mark.slow
@pytest.mark.parametrize("name", ["moco_v2_cifar10:lightly", "dino_imagenet", "relative_position_imagenet"])
def test_optimisers_find_the_parts_that_a_config_names(name: str) -> None:
    from jssl.run.build import build
    from jssl.run.step import example_batch

    config, _ = load(name)
    facts = facts_for(config)
    built = build(config, facts)
    params, _ = jax.eval_shape(built.method.init, jax.random.key(0), example_batch(facts.spec, 2))
    options = config.optimizer.to_dict()
    optimizer, _ = make_optimizer(
        **options, batch_size=config.batch_size, steps=10_000, steps_per_epoch=100, starts=built.method.starts
    )
    assert jax.tree.leaves(jax.eval_shape(optimizer.init, params))


@pytest.mark.parametrize("name", ["deepcluster_imagenet", "gan_imagenet", "m2_mnist"])
def test_one_rate_from_the_first_step_to_the_last(name: str) -> None:
    _, schedule, steps = optimizer_of(name)
    peak = load(name)[0].optimizer.learning_rate
    np.testing.assert_allclose([schedule(step) for step in (0, steps // 2, steps - 1)], peak, rtol=1e-5)


def test_mixmatch_s_weights_shrink_as_in_its_authors_code() -> None:
    """By 0.02 times the rate in a step, whatever the gradient, at one rate from the first step to the last."""
    optimizer, schedule, steps = optimizer_of("mixmatch_cifar10")
    params = {"encoder": {"kernel": jnp.ones((2, 2)), "bias": jnp.ones(2)}}
    updates, _ = optimizer.update(jax.tree.map(jnp.zeros_like, params), optimizer.init(params), params)
    np.testing.assert_allclose(updates["encoder"]["kernel"], -0.02 * 0.002, rtol=1e-5)
    np.testing.assert_array_equal(updates["encoder"]["bias"], 0)
    np.testing.assert_allclose([schedule(step) for step in (0, steps // 2, steps - 1)], 2e-3, rtol=1e-5)
