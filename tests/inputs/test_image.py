"""Pictures of any number of channels, in 8 and in 16 bits."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jssl
from jssl.augment.recipes import make_recipe
from jssl.data.senses import only
from jssl.data.sources import open_source
from jssl.errors import ConfigError, DataError
from jssl.inputs.image import match_channels, own, pictures, raw_pixels
from jssl.run.plan import make_plan
from jssl.run.train import fit
from tests.tiny_config import get_config

BANDS = 5
STATISTICS = {"mean": (0.5,) * BANDS, "std": (0.25,) * BANDS}


@pytest.fixture(scope="module")
def bands(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "bands.npz"
    rng = np.random.default_rng(0)
    labels = np.arange(160) % 2
    images = (rng.integers(0, 40_000, (160, 8, 8, BANDS)) + 20_000 * labels.reshape(-1, 1, 1, 1)).astype(np.uint16)
    np.savez(path, train_images=images[:128], train_labels=labels[:128], test_images=images[128:],
             test_labels=labels[128:])  # fmt: skip
    return path


def config_for(path, **augment):
    config = get_config()
    config.data.name = f"npz:{path}"
    config.augment = {"recipe": "simclr_cifar", "size": 8, **STATISTICS, **augment}
    config.epochs = 2
    config.evaluate.every = 1
    return config


@pytest.mark.slow
def test_five_bands_of_sixteen_bits_are_pretrained_on_embedded_and_shown(bands, tmp_path):
    from jssl.protocols.frozen import assess

    fit(config_for(bands, jitter=None, grey=0.0), tmp_path, devices=jax.devices()[:1])
    assert assess(tmp_path).exists()
    encoder = jssl.load(tmp_path)
    images = open_source(f"npz:{bands}", split="test").read(np.arange(4))["image"]
    assert encoder(images).shape == (4, 8)
    with pytest.raises(DataError, match="pictures of 3 channels, and the encoder was trained on 5"):
        encoder(np.zeros((2, 8, 8, 3), np.uint8))


def test_a_recipe_of_colours_refuses_them_by_name(bands):
    with pytest.raises(ConfigError, match=r"5 channels are no colours, .* by jitter, grey: set jitter"):
        make_plan(config_for(bands))


def test_sixteen_bits_are_the_same_light_as_eight():
    recipe = make_recipe("digits", size=6, affine=None)
    eight = np.random.default_rng(0).integers(0, 256, (3, 6, 6, 1), np.uint8)
    sixteen = eight.astype(np.uint16) * 257
    seen = pictures(recipe)
    np.testing.assert_allclose(seen.prepare({"image": eight}), seen.prepare({"image": sixteen}), rtol=1e-5)
    np.testing.assert_array_equal(seen.figure({"image": eight}), seen.figure({"image": sixteen}))
    sources = (seen.own(x) for x in (eight, sixteen))
    np.testing.assert_allclose(*(raw_pixels(source) for source in sources), rtol=1e-6)


def test_channels_that_are_no_colours_are_shown_by_the_first_three():
    seen = pictures(make_recipe("digits", size=6, affine=None, jitter=None, **STATISTICS))
    images = np.random.default_rng(0).integers(0, 256, (2, 6, 6, BANDS), np.uint8)
    np.testing.assert_array_equal(seen.figure({"image": images}), images[..., :3])
    assert seen.look(seen.prepare({"image": images})).shape == (2, 6, 6, 3)


def test_grey_and_colour_match_and_others_do_not():
    grey = jnp.arange(4, dtype=jnp.uint8).reshape(1, 2, 2, 1)
    np.testing.assert_array_equal(match_channels(match_channels(grey, 3), 1), grey)
    with pytest.raises(DataError, match="pictures of 1 channels, and the encoder was trained on 5"):
        match_channels(grey, 5)


@pytest.mark.long
def test_pictures_carried_whole_are_pretrained_on_and_assessed(tmp_path):
    """Monitors, kNN, raw pixels, the gallery and the method's own exhibit, on pictures of two aspects."""
    from PIL import Image

    from jssl.protocols.frozen import assess

    rng = np.random.default_rng(0)
    for label, sides in enumerate(((12, 20), (18, 9))):
        for split, count in (("train", 40), ("test", 10)):
            folder = tmp_path / "data" / split / str(label)
            folder.mkdir(parents=True)
            for i in range(count):
                noise = rng.integers(0, 128, (*sides, 3), np.uint8) + np.uint8(100 * label)
                Image.fromarray(noise).save(folder / f"{i}.png")
    config = get_config()
    config.data.name = f"folder:{tmp_path / 'data'}"
    config.data.canvas = 16
    config.augment = {"recipe": "plain", "size": 8}
    config.method = {"name": "rotation"}
    config.epochs, config.batch_size, config.evaluate.every = 2, 16, 1
    fit(config, tmp_path / "run", devices=jax.devices()[:1])
    assert assess(tmp_path / "run").exists()
    encoder = jssl.load(tmp_path / "run")
    source = encoder.open(config.data.name, split="test")
    assert source.spec["image"].shape == (16, 16, 3) and encoder.embed(source).shape == (20, 8)
    assert set(only(source._replace(targets={}), encoder.inputs["image"]).spec) == {"image", "extent"}


@pytest.mark.parametrize("shape", [(28, 28, 3), (28, 28, 1)])
def test_one_picture_is_not_read_as_many(shape):
    with pytest.raises(ValueError, match=r"the shape of one picture .* image\[None\]"):
        own(np.zeros(shape, np.uint8))
