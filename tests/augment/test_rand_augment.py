"""RandAugment: every operation against PIL's, then what is drawn."""

from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageFilter, ImageOps

from jssl.augment import rand_augment as module
from jssl.augment.rand_augment import OPERATIONS, equalize, operate, posterize, rand_augment, smooth
from jssl.augment.recipe import RandAugment

SIDE = 20
FILL = (40, 120, 200)
MAGNITUDES = (-0.9, -0.33, 0.27, 0.9)
apply = jax.jit(operate, static_argnames="fill")


def pictures() -> dict[str, np.ndarray]:
    """Noise, a smooth picture of few dark levels, noise and a blank, the last two with one channel."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[0:SIDE, 0:SIDE] / SIDE
    smooth = np.stack([y, x, (np.sin(7 * x * y) + 1) / 2], -1)
    return {
        "noise": rng.integers(0, 256, (SIDE, SIDE, 3), np.uint8),
        "smooth": (30 + 150 * smooth).astype(np.uint8),
        "grey": rng.integers(20, 220, (SIDE, SIDE, 1), np.uint8),
        "blank": np.full((SIDE, SIDE, 1), 77, np.uint8),
    }


def result(name: str, amount: float, picture: np.ndarray) -> np.ndarray:
    fill = tuple(value / 255 for value in FILL[: picture.shape[-1]])
    kind = jnp.array(OPERATIONS.index(name))
    out = apply(kind, amount, fill=fill, image=jnp.asarray(picture, jnp.float32) / 255)
    assert out.dtype == jnp.float32 and out.shape == picture.shape
    return np.asarray(out) * 255


def affine(matrix: Callable[[float], tuple[float, ...]]) -> Callable:
    def change(image: Image.Image, v: float, fill: object) -> Image.Image:
        return image.transform(image.size, Image.Transform.AFFINE, matrix(v), fillcolor=fill)

    return change


# FixMatch's operations in PIL, for a signed magnitude.
PIL: dict[str, Callable[[Image.Image, float, object], Image.Image]] = {
    "identity": lambda image, v, fill: image,
    "rotate": lambda image, v, fill: image.rotate(30 * v, fillcolor=fill),
    "shear_x": affine(lambda v: (1, 0.3 * v, 0, 0, 1, 0)),
    "shear_y": affine(lambda v: (1, 0, 0, 0.3 * v, 1, 0)),
    "translate_x": affine(lambda v: (1, 0, round(0.3 * v * SIDE), 0, 1, 0)),
    "translate_y": affine(lambda v: (1, 0, 0, 0, 1, round(0.3 * v * SIDE))),
    "brightness": lambda image, v, fill: ImageEnhance.Brightness(image).enhance(1 + 0.9 * v),
    "contrast": lambda image, v, fill: ImageEnhance.Contrast(image).enhance(1 + 0.9 * v),
    "color": lambda image, v, fill: ImageEnhance.Color(image).enhance(1 + 0.9 * v),
    "sharpness": lambda image, v, fill: ImageEnhance.Sharpness(image).enhance(1 + 0.9 * v),
    "autocontrast": lambda image, v, fill: ImageOps.autocontrast(image),
    "equalize": lambda image, v, fill: ImageOps.equalize(image),
    "posterize": lambda image, v, fill: ImageOps.posterize(image, 8 - round(4 * abs(v))),
    "solarize": lambda image, v, fill: ImageOps.solarize(image, 256 - 256 * abs(v)),
}
# Where PIL truncates to whole grey levels, sometimes twice, a float does not.
TOLERANCE = dict.fromkeys(("brightness", "contrast", "color", "sharpness"), 2.0) | {"autocontrast": 1.0}


@pytest.mark.parametrize("name", OPERATIONS)
def test_operation_equals_pils(name: str) -> None:
    assert set(PIL) == set(OPERATIONS) and len(OPERATIONS) == 14
    for label, picture in pictures().items():
        channels = picture.shape[-1]
        fill = FILL if channels == 3 else FILL[0]
        image = Image.fromarray(picture if channels == 3 else picture[..., 0])
        for amount in MAGNITUDES:
            expected = np.asarray(PIL[name](image, amount, fill), np.float32).reshape(picture.shape)
            tolerance = TOLERANCE.get(name, 1e-3)
            np.testing.assert_allclose(
                result(name, amount, picture), expected, atol=tolerance, err_msg=f"{name} {amount} {label}"
            )


@pytest.mark.parametrize("name", sorted(set(OPERATIONS) - {"identity", "autocontrast", "equalize"}))
def test_magnitude_zero_changes_nothing_and_more_changes_more(name: str) -> None:
    picture = pictures()["smooth"]
    np.testing.assert_allclose(result(name, 0.0, picture), picture, atol=1e-3)
    little, much = (np.abs(result(name, amount, picture) - picture).mean() for amount in (0.3, 0.9))
    assert 0 < little < much


def test_colour_leaves_one_channel_alone() -> None:
    picture = pictures()["grey"]
    np.testing.assert_allclose(result("color", 0.9, picture), picture, atol=1e-3)


def test_smooth_equals_pils() -> None:
    picture = pictures()["noise"]
    expected = np.asarray(Image.fromarray(picture).filter(ImageFilter.SMOOTH))
    np.testing.assert_allclose(smooth(jnp.asarray(picture, jnp.float32)), expected, atol=1.0)
    np.testing.assert_array_equal(smooth(jnp.ones((2, 2, 1))), np.ones((2, 2, 1)))


@pytest.mark.parametrize(("side", "levels"), [(5, 256), (16, 256), (40, 3), (64, 256)])
def test_equalize_equals_pils_on_few_and_many_pixels(side: int, levels: int, rng: np.random.Generator) -> None:
    picture = (rng.beta(0.5, 2.0, (side, side)) * levels).astype(np.uint8)
    expected = np.asarray(ImageOps.equalize(Image.fromarray(picture)))
    np.testing.assert_allclose(equalize(picture[..., None] / 255.0)[..., 0] * 255, expected, atol=1e-3)


def test_posterize_of_known_levels() -> None:
    levels = np.array([0, 1, 127, 128, 200, 255]).reshape(1, -1, 1)
    for bits, expected in ((8, levels), (1, [0, 0, 0, 128, 128, 128]), (4, [0, 0, 112, 128, 192, 240])):
        np.testing.assert_allclose(posterize(levels / 255.0, bits).ravel() * 255, np.ravel(expected), atol=1e-3)


def drawn(policy: RandAugment, n: int, monkeypatch: pytest.MonkeyPatch) -> tuple[np.ndarray, np.ndarray]:
    """The index and amount of each operation, [n, operations] both, written down instead of applied."""
    slots = policy.operations

    def note(kind: jax.Array, amount: jax.Array, fill: tuple[float, ...], log: jax.Array) -> jax.Array:
        return jnp.concatenate([log[1:], jnp.stack([kind.astype(jnp.float32), amount]).reshape(1, 2, 1)])

    monkeypatch.setattr(module, "operate", note)
    keys = jax.random.split(jax.random.key(0), n)
    log = jax.jit(jax.vmap(lambda key: rand_augment(policy, (0.0,), key, jnp.zeros((slots, 2, 1)))))(keys)
    return np.asarray(log[:, :, 0, 0]).astype(int), np.asarray(log[:, :, 1, 0])


def test_operations_are_drawn_alike_and_independently(monkeypatch: pytest.MonkeyPatch) -> None:
    n = 14_000
    kinds, amounts = drawn(RandAugment(2, (0.1, 0.9), 1.0), n, monkeypatch)
    pairs = np.zeros((14, 14))
    np.add.at(pairs, (kinds[:, 0], kinds[:, 1]), 1)
    for counts in (pairs.sum(0), pairs.sum(1)):
        assert abs(counts - n / 14).max() < 5 * np.sqrt(n / 14)
    assert ((pairs - n / 196) ** 2 / (n / 196)).sum() < 195 + 5 * np.sqrt(2 * 195)  # with replacement, any order
    magnitude = np.abs(amounts)
    assert 0.1 <= magnitude.min() < 0.101 and 0.899 < magnitude.max() <= 0.9
    assert abs(magnitude.mean() - 0.5) < 0.01 and abs((amounts > 0).mean() - 0.5) < 0.02
    assert abs(np.corrcoef(kinds[:, 0], magnitude[:, 0])[0, 1]) < 0.05
    assert abs(np.corrcoef(amounts.T)[0, 1]) < 0.05


def test_probability_spares_an_operation(monkeypatch: pytest.MonkeyPatch) -> None:
    kinds, amounts = drawn(RandAugment(3, (0.9, 0.9), 0.5), 4000, monkeypatch)
    assert kinds.shape == (4000, 3)
    spared, rate = kinds == OPERATIONS.index("identity"), 0.5 + 0.5 / 14
    np.testing.assert_allclose(spared.mean(0), rate, atol=0.04)
    assert abs(spared.all(1).mean() - rate**3) < 0.03  # each on its own
    np.testing.assert_allclose(np.abs(amounts), 0.9, atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("channels", [1, 3])
def test_any_draw_is_finite_and_in_range(channels: int, rng: np.random.Generator) -> None:
    images = jnp.asarray(rng.random((300, 12, 12, channels), np.float32))
    policy = RandAugment(3, (0.0, 1.0), 1.0)
    out = jax.jit(jax.vmap(partial(rand_augment, policy, (0.5,) * channels)))(
        jax.random.split(jax.random.key(1), 300), images
    )
    assert bool(jnp.isfinite(out).all()) and float(out.min()) >= 0 and float(out.max()) <= 1
    assert len({picture.tobytes() for picture in np.asarray(out)}) > 290
