"""Every operation against what torchvision computed (tests/fixtures/record_torchvision_ops.py)."""

import json
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.augment import image as ops

RECORD = dict(np.load(Path(__file__).parents[1] / "fixtures" / "torchvision_ops.npz"))
CASES = [key for key in RECORD if not key.startswith("image/")]


@pytest.mark.parametrize("name", sorted({case.split("/")[0] for case in CASES}))
def test_operation_equals_torchvision(name: str) -> None:
    cases = [case.split("/", 2) for case in CASES if case.startswith(f"{name}/")]
    for _, image, arguments in cases:
        x = RECORD[f"image/{image}"].astype(np.float32) / 255
        expected = RECORD[f"{name}/{image}/{arguments}"] / 65535
        actual = getattr(ops, name)(jnp.asarray(x), **json.loads(arguments))
        assert actual.dtype == jnp.float32
        np.testing.assert_allclose(actual, expected, atol=1e-4, err_msg=f"{name} {image} {arguments}")


def test_every_operation_was_recorded() -> None:
    recorded = {case.split("/")[0] for case in CASES}
    own = {name: value for name, value in vars(ops).items() if getattr(value, "__module__", "") == ops.__name__}
    public = {name for name in own if not name.startswith("_")}
    assert recorded == public - {"blend", "luma", "resized_center"}  # the last is resize and center_crop


def test_parameters_may_be_traced() -> None:
    image = jnp.asarray(RECORD["image/noise"], jnp.float32) / 255
    boxes = jnp.array([[3.0, 5.0, 13.0, 17.0], [7.0, 9.0, 5.0, 6.0]])
    crops = jax.jit(jax.vmap(lambda box: ops.resized_crop(image, *box, 8)))(boxes)
    np.testing.assert_allclose(crops[0], ops.resized_crop(image, 3, 5, 13, 17, 8), atol=1e-6)
    np.testing.assert_allclose(crops[1], ops.resized_crop(image, 7, 9, 5, 6, 8), atol=1e-6)
    for operation, value in (
        (ops.adjust_brightness, 0.3),
        (ops.adjust_contrast, 1.4),
        (ops.adjust_saturation, 1.9),
        (ops.adjust_hue, -0.3),
        (ops.solarize, 0.4),
        (lambda x, sigma: ops.gaussian_blur(x, 5, sigma), 1.2),
        (lambda x, angle: ops.affine(x, angle, (1.0, 2.0), 1.1, (5.0, 0.0)), 20.0),
    ):
        np.testing.assert_allclose(jax.jit(operation)(image, value), operation(image, value), atol=1e-5)


def test_hue_of_known_colours() -> None:
    red = jnp.array([1.0, 0.0, 0.0]).reshape(1, 1, 3)
    np.testing.assert_allclose(ops.adjust_hue(red, 1 / 3).ravel(), [0, 1, 0], atol=1e-6)
    np.testing.assert_allclose(ops.adjust_hue(red, -1 / 3).ravel(), [0, 0, 1], atol=1e-6)
    np.testing.assert_allclose(ops.adjust_hue(red, 0.5).ravel(), [0, 1, 1], atol=1e-6)


@pytest.mark.parametrize("kernel_size", [4, 9])
def test_blur_refuses_a_kernel_that_does_not_fit(kernel_size: int) -> None:
    with pytest.raises(ValueError, match=f"kernel_size={kernel_size} must be odd"):
        ops.gaussian_blur(jnp.zeros((4, 8, 1)), kernel_size, 1.0)
