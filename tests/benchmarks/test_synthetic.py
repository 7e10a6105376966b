import numpy as np
import pytest

from benchmarks import synthetic
from jssl.data.loader import train_batches
from tests import tiny_config


def shape(config):
    return synthetic.shaped_like(config, 100).spec["image"].shape


def test_the_shape_is_the_data_sets_or_the_views():
    config = tiny_config.get_config()
    assert shape(config) == (8, 8, 1)
    config.data.size = 10
    assert shape(config) == (10, 10, 1)
    config.augment = {"recipe": "simclr_cifar", "size": 32}
    config.data.size = 0
    assert shape(config) == (32, 32, 3)


def test_random_examples_stand_for_many(monkeypatch):
    config = tiny_config.get_config()
    config.data.size = 4
    monkeypatch.setattr(synthetic, "RAM", 5 * 4 * 4)
    source = synthetic.random_examples(synthetic.shaped_like(config, 100))
    images = source.read(np.array([2, 7, 97, 3]))["image"]
    assert images.shape == (4, 4, 4, 1) and images.dtype == np.uint8
    assert (images[0] == images[1]).all() and (images[0] == images[2]).all() and (images[0] != images[3]).any()
    batch = next(train_batches(source, batch_size=50, seed=0))
    assert batch["image"].shape == (50, 4, 4, 1) and len(set(batch["index"])) == 50


def test_what_only_has_a_shape_is_never_read():
    source = synthetic.shaped_like(tiny_config.get_config(), 1_281_167)
    assert source.length == 1_281_167
    with pytest.raises(NotImplementedError):
        source.read(np.arange(2))
