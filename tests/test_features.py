"""Feature extraction over devices, and the raw-pixel baseline."""

import threading
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.data.loader import THREADS
from jssl.features import extract, mean_over_clips
from jssl.inputs.image import raw_pixels
from jssl.parallel import make_layout
from tests import made_up


def source(images):
    return made_up.pictures(images, name="noise")


@pytest.fixture
def images(rng):
    return rng.integers(0, 256, (75, 6, 5, 3), np.uint8)


def counting():
    """An embedding whose trace counts its compilations."""
    traces = []

    @jax.jit
    def embed(batch):
        x = batch["image"]
        traces.append(x.shape)
        flat = x.reshape(len(x), -1).astype(jnp.float32)
        return jnp.stack([flat.sum(1), (flat * jnp.arange(flat.shape[1]).reshape(1, -1)).sum(1)], axis=1)

    return embed, traces


@pytest.mark.parametrize("options", [{"devices": 8}, {"devices": 6}, {"devices": 8, "fsdp": 2}, {"devices": 1}])
def test_any_number_of_devices_gives_the_same_features(images, options):
    embed, traces = counting()
    layout = make_layout(**{**options, "devices": jax.devices()[: options["devices"]]})
    features = extract(embed, source(images), batch_size=32, layout=layout)
    flat = images.reshape(75, -1).astype(np.float32)
    np.testing.assert_array_equal(features, np.stack([flat.sum(1), flat @ np.arange(90)], axis=1))
    assert features.dtype == np.float32 and len(traces) == 1
    assert traces[0][0] % options["devices"] == 0


def test_work_is_spread_over_the_devices(images):
    seen = []

    def embed(batch):
        x = batch["image"]
        seen.append({shard.device for shard in x.addressable_shards if shard.data.shape[0] == 4})
        return x.reshape(len(x), -1)[:, :3]

    extract(embed, source(images), batch_size=32, layout=make_layout())
    assert all(len(devices) == 8 for devices in seen)


def test_a_source_on_disk_is_read_by_several_threads_ahead_of_the_device_and_not_far(images):
    """Reads wait for one another: two must run at a time. They are also counted, to see how far ahead they are."""
    both, lock, read, done, ahead = threading.Barrier(2), threading.Lock(), [0], [0], []
    many = np.tile(images, (20, 1, 1, 1))

    def slow(rows, draws=None):
        both.wait(timeout=60)
        with lock:
            read[0] += len(rows)
        return {"image": many[rows]}

    inner, _ = counting()

    def embed(batch):
        ahead.append(read[0] - done[0])
        done[0] += len(batch["image"])
        return inner(batch)

    stream = made_up.pictures(many, read=slow, in_memory=False)
    features = extract(embed, stream, batch_size=32)
    np.testing.assert_array_equal(features, extract(inner, source(many), batch_size=32))
    assert max(ahead) <= 5 * 32 + 16 * (THREADS + 2)


@pytest.mark.parametrize("length", [1, 5, 31, 32, 33])
def test_any_length_with_or_without_a_layout(images, length):
    embed, traces = counting()
    features = extract(embed, source(images[:length]), batch_size=32)
    assert features.shape == (length, 2)
    np.testing.assert_array_equal(features[:, 0], images[:length].reshape(length, -1).sum(1))
    assert traces == [(32 if length > 16 else 8 if length == 5 else 1, 6, 5, 3)]


def test_an_empty_source_is_refused(images):
    with pytest.raises(ValueError, match="noise: no examples"):
        extract(counting()[0], source(images[:0]))


def test_raw_pixels_are_in_the_unit_interval(images):
    pixels = raw_pixels(source(images), batch_size=32)
    assert pixels.shape == (75, 90) and pixels.dtype == np.float32
    np.testing.assert_allclose(pixels[70], images[70].reshape(-1) / 255, rtol=1e-6)
    assert pixels.min() == 0 and pixels.max() == 1


def test_raw_pixels_of_large_pictures_are_those_of_thumbnails(rng):
    def source(side):
        images = np.tile(np.arange(side, dtype=np.uint8).reshape(1, 1, side, 1), (5, side, 1, 3))
        return made_up.pictures(images)

    small, large = raw_pixels(source(64), batch_size=2), raw_pixels(source(128), batch_size=2)
    assert small.shape == (5, 64 * 64 * 3) and large.shape == (5, 32 * 32 * 3)
    np.testing.assert_allclose(small[4].reshape(64, 64, 3)[9, :, 1], np.arange(64) / 255, rtol=1e-6)
    middle = large[4].reshape(32, 32, 3)[9, 2:-2, 1]
    np.testing.assert_allclose(middle, (np.arange(32) * 4 + 1.5)[2:-2] / 255, rtol=1e-4)


@pytest.mark.parametrize("split", [False, True])
def test_the_mean_over_clips_is_that_of_each_clips_features(split):
    """Of recordings whose clips say where they begin: at their start, middle and end."""

    def read(rows, draws=None):
        return {"place": rows + (0.5 if draws is None else draws.astype(np.float32))}

    recordings = made_up.pictures(np.zeros((9, 1, 1, 1), np.uint8))._replace(
        spec={"place": jax.ShapeDtypeStruct((), np.float32)}, read=read
    )
    layout = make_layout(devices=jax.devices()[:1])
    features = partial(extract, lambda batch: batch["place"][:, None] ** 2, batch_size=4, layout=layout, split=split)
    found = mean_over_clips(features, recordings, 3)
    found = found.gather() if split else found
    rows = np.arange(9, dtype=np.float32)
    np.testing.assert_allclose(found[:, 0], (rows**2 + (rows + 0.5) ** 2 + (rows + 1) ** 2) / 3, rtol=1e-6)
    one = mean_over_clips(features, recordings, 1)
    np.testing.assert_allclose((one.gather() if split else one)[:, 0], (rows + 0.5) ** 2)


def test_of_large_examples_a_batch_has_fewer():
    embed, traces = counting()
    assert extract(embed, source(np.zeros((40, 800, 800, 3), np.uint8))).shape == (40, 2)
    assert [shape[0] for shape in traces] == [16]
