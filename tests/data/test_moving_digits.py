"""Digits on the move: where they are is what speed, direction and bounces say."""

import numpy as np
import pytest

from jssl.augment.lab import rgb_to_lab
from jssl.data.moving_digits import DIRECTIONS
from jssl.data.sources import open_source, options_of
from jssl.errors import DataError


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    return tmp_path_factory.mktemp("prepared")


@pytest.fixture
def opened(data_dir):
    return lambda split="train", **options: open_source("moving_digits", split=split, data_dir=data_dir, **options)


def centres(clips: np.ndarray) -> np.ndarray:
    """Centre of mass of every frame, float [n, t, 2], row and column."""
    light = clips[..., 0].astype(float)
    grid = np.stack(np.mgrid[: light.shape[2], : light.shape[3]], axis=-1)
    return np.einsum("nthw,hwd->ntd", light, grid) / light.sum((2, 3))[..., None]


@pytest.mark.slow
def test_clips_are_as_long_and_large_as_asked(opened) -> None:
    assert options_of("moving_digits") == {
        "frames": 12, "speed": 1.5, "damping": 0.0, "digits": 1, "coloured": False, "arrays": (), "sound": False,
    }  # fmt: skip
    train, test = opened(), opened("test", size=64, frames=5)
    assert (train.length, test.length) == (4000, 1000)
    assert train.spec["clip"].shape == (12, 32, 32, 1) and test.read(np.arange(2))["clip"].shape == (2, 5, 64, 64, 1)
    assert list(train.targets) == ["digit", "direction"] and train.targets["direction"].classes == DIRECTIONS
    assert np.bincount(train.targets["direction"].labels).min() > 440  # 500 each


@pytest.mark.slow
def test_the_label_is_where_it_moves_in_the_middle(opened) -> None:
    source = opened(frames=8, speed=2.0, size=64)
    rows = np.arange(400)
    at = centres(source.read(rows)["clip"])
    moved = at[:, 4] - at[:, 3]
    away = np.abs(at[:, 2:6] - 31.5).max((1, 2)) < 15  # from the border, where it may bounce in between
    angle = 2 * np.pi * source.targets["direction"].labels[rows] / 8
    expected = 2 * np.stack([np.sin(angle), np.cos(angle)], axis=1)
    assert away.sum() > 100
    np.testing.assert_allclose(moved[away], expected[away], atol=1.001)  # whole pixels
    far = (at[:, 5] - at[:, 2])[away]
    np.testing.assert_allclose(far, 3 * expected[away], atol=1.001)


@pytest.mark.slow
def test_digits_stay_whole_and_bounce(opened) -> None:
    clips = opened(frames=40).read(np.arange(60))["clip"]
    light = clips.astype(int).sum((2, 3, 4))
    np.testing.assert_array_equal(light, np.broadcast_to(light[:, :1], light.shape))
    steps = np.diff(centres(clips), axis=1)
    assert np.abs(steps).max() <= 2.001
    assert ((steps.max(1) > 0.5) & (steps.min(1) < -0.5)).any(1).mean() > 0.9  # 58 pixels' way in a room of 18


@pytest.mark.slow
def test_damping_slows_digits_down_and_leaves_the_middle(opened) -> None:
    rows, options = np.arange(200), {"size": 96, "frames": 11, "speed": 2.0}
    even, damped = (centres(opened(damping=damping, **options).read(rows)["clip"]) for damping in (0.0, 0.2))
    np.testing.assert_allclose(damped[:, 5], even[:, 5], atol=1e-4)
    inside = np.abs(damped - 47.5).max((1, 2)) < 30
    length = np.linalg.norm(np.diff(damped, axis=1), axis=2)[inside].mean(0)
    assert inside.sum() > 10
    # From -5 to -4, and so on: 2 (0.8^t - 0.8^(t + 1)) / -ln 0.8, of whole pixels in 8 directions
    expected = 2 * 0.8 ** np.arange(-5.0, 5.0) * 0.2 / -np.log(0.8)
    np.testing.assert_allclose(length, expected, atol=0.35)


@pytest.mark.slow
def test_the_same_row_is_the_same_clip_for_ever(opened) -> None:
    clips = opened(frames=6).read(np.array([3, 0, 3]))["clip"]
    np.testing.assert_array_equal(clips[0], clips[2])
    assert (clips[0] != clips[1]).any()
    corners = opened(frames=6).read.source.read.corners[:3, 0]
    np.testing.assert_array_equal(corners, CORNERS)


CORNERS = [[2, 2], [13, 12], [16, 16]]


@pytest.mark.slow
def test_parts_are_those_of_the_whole(opened) -> None:
    first, rest, whole = opened("train[:90%]"), opened("train[90%:]"), opened()
    assert (first.length, rest.length) == (3600, 400)
    seen = np.concatenate([source.read(np.arange(source.length))["clip"] for source in (first, rest)])
    everything = whole.read(np.arange(4000))["clip"]
    assert sorted(map(hash, map(bytes, seen))) == sorted(map(hash, map(bytes, everything)))


@pytest.mark.slow
def test_masks_say_which_digit_a_pixel_is_of(opened) -> None:
    rows = np.array([2, 5, 3999])
    one, two = (opened(digits=count, arrays=("mask",), size=48).read(rows) for count in (1, 2))
    light, mask = one["clip"][..., 0], one["mask"]
    assert mask.shape == (3, 12, 48, 48) and mask.dtype == np.uint8
    np.testing.assert_array_equal(mask, light >= 64)
    other = opened(arrays=("mask",), size=48).read((rows + 1009) % 4000)
    both = np.maximum(light, other["clip"][..., 0])
    np.testing.assert_array_equal(two["clip"][..., 0], both)
    assert set(np.unique(two["mask"])) == {0, 1, 2}
    np.testing.assert_array_equal(two["mask"] > 0, both >= 64)
    clear = (mask > 0) & (light > other["clip"][..., 0])
    assert (two["mask"][clear] == 1).all() and (two["mask"][(other["mask"] > 0) & (light == 0)] == 2).all()
    assert "mask" not in opened(digits=2).spec and opened(arrays=("mask",)).spec["mask"].shape == (12, 32, 32)


@pytest.mark.slow
@pytest.mark.parametrize("damping", [0.0, 0.05])
def test_what_is_heard_is_when_it_bounces(opened, damping: float) -> None:
    source = opened(frames=16, speed=2.0, size=64, damping=damping, sound=True)
    batch = source.read(np.arange(200))
    assert batch["sound"].shape == (200, 16 * 640) and source.about["rate"] == 8000
    loud = np.abs(batch["sound"]).reshape(200, 16, 640).max(2) > 0.1
    at = centres(batch["clip"])
    moved = np.sign(np.round(np.diff(at, axis=1)))
    turned = ((moved[:, 1:] * moved[:, :-1]) < 0).any(2)  # between frames t and t + 2
    for clip, when in zip(*np.nonzero(turned), strict=True):
        assert loud[clip, when : when + 3].any()
    quiet = ~loud.any(1)
    assert quiet.any() and not turned[quiet].any() and turned.sum() > 100


@pytest.mark.slow
def test_the_sides_sound_lower_than_top_and_bottom(opened) -> None:
    source = opened(speed=3.0, sound=True)
    direction = source.targets["direction"].labels
    heights = {}
    for name, number in (("right", 0), ("down", 2)):
        power = np.abs(np.fft.rfft(source.read(np.flatnonzero(direction == number)[:50])["sound"])) ** 2
        heights[name] = np.fft.rfftfreq(12 * 640, 1 / 8000)[power.sum(0).argmax()]
    assert heights["right"] == pytest.approx(700, abs=20) and heights["down"] == pytest.approx(1600, abs=20)


@pytest.mark.slow
def test_coloured_digits_are_as_grey_as_others(opened) -> None:
    options = {"digits": 2, "size": 48, "frames": 3}
    plain, coloured = (opened(coloured=yes, **options).read(np.arange(40))["clip"] for yes in (False, True))
    assert coloured.shape == (40, 3, 48, 48, 3) and opened(coloured=True, **options).spec["clip"].shape[-1] == 3
    lab = np.asarray(rgb_to_lab(coloured / np.float32(255)))
    level = np.asarray(rgb_to_lab(np.array([[226, 149, 172]]) / np.float32(255) * np.arange(256)[:, None] / 255))
    np.testing.assert_allclose(lab[..., 0], level[plain[..., 0], 0], atol=0.7)
    bright = lab[plain[..., 0] > 200][:, 1:]
    turned = np.round(np.arctan2(bright[:, 1], bright[:, 0]) / (2 * np.pi / 8)).astype(int) % 8
    assert np.bincount(turned, minlength=8).min() > 0.05 * len(turned)


@pytest.mark.slow
def test_what_cannot_move_is_refused(opened) -> None:
    for options, says in (
        ({"size": 14}, "size=14 .*above 14"),
        ({"frames": 0}, "frames=0 "),
        ({"speed": 0.0}, ".*speed=0.0 "),
    ):
        with pytest.raises(DataError, match=f"moving_digits: {says}"):
            opened(**options)
    with pytest.raises(DataError, match="mnist_5k has no split 'val'"):
        opened("val")
    with pytest.raises(DataError, match="unknown side; it takes arrays, coloured"):
        opened(side=3)
    with pytest.raises(DataError, match="moving_digits: no pose in arrays; it has mask"):
        opened(arrays=("pose",))
