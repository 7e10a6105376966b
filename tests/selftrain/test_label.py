import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.data import pseudo as module
from jssl.data.pseudo import SELECTION, open_pseudo, read_labels
from jssl.errors import DataError
from jssl.selftrain import label as labelling
from jssl.selftrain.label import label
from tests import made_up

IMAGES = np.random.default_rng(0).integers(0, 256, (50, 4, 4, 1), np.uint8)
POOL = made_up.pictures(IMAGES)


@jax.jit
def predict(batch):
    images = batch["image"]
    x = images.reshape(len(images), -1).astype(jnp.float32) / 255
    return x @ jnp.asarray(np.random.default_rng(1).normal(size=(16, 3)), jnp.float32) * 3


@pytest.fixture
def small_shards(monkeypatch):
    monkeypatch.setattr(module, "SHARD", 16)
    monkeypatch.setattr(labelling, "SHARD", 16)


@pytest.fixture
def labelled(small_shards, tmp_path):
    label(predict, POOL, tmp_path)
    return tmp_path


@pytest.mark.slow
def test_labels_are_the_teachers_probabilities_in_order(labelled):
    assert len(list(labelled.iterdir())) == 4
    found = read_labels(labelled, 50)
    np.testing.assert_allclose(found, jax.nn.softmax(predict({"image": IMAGES})), atol=1e-6)


def test_labelling_goes_on_where_it_was_killed(labelled, monkeypatch):
    whole = read_labels(labelled, 50)
    shards = sorted(labelled.iterdir())
    shards[2].unlink()
    (labelled / (shards[2].name + ".partial")).write_bytes(b"cut off")
    with pytest.raises(DataError, match=r"labels-00002-of-00004\.array_record is missing"):
        read_labels(labelled, 50)
    asked = []

    def read(indices, draws=None):
        asked.append(indices)
        return POOL.read(indices)

    label(predict, POOL._replace(read=read), labelled)
    assert set(np.concatenate(asked)) == set(range(32, 48))
    np.testing.assert_array_equal(read_labels(labelled, 50), whole)


def test_each_process_labels_its_own_shards(small_shards, tmp_path):
    for process in (0, 1):
        label(predict, POOL, tmp_path, process_index=process, process_count=2)
        assert len(list(tmp_path.iterdir())) == 2 * (process + 1)
    np.testing.assert_allclose(read_labels(tmp_path, 50), jax.nn.softmax(predict({"image": IMAGES})), atol=1e-6)


def test_labels_of_another_pool_are_refused(labelled):
    with pytest.raises(DataError, match=r"holds 2 labels and not 14: it is of another pool"):
        read_labels(labelled, 62)


@pytest.mark.parametrize("soft", [True, False])
def test_the_student_sees_the_selected_pictures_and_labels(labelled, soft):
    (labelled / SELECTION).write_text(json.dumps({"pool": 50, "indices": [3, 3, 40], "soft": soft}))
    source = open_pseudo(labelled, POOL, ("a", "b", "c"))
    assert source.length == 3
    np.testing.assert_array_equal(source.read(np.array([2, 0]))["image"], IMAGES[[40, 3]])
    probabilities = read_labels(labelled, 50)[[3, 3, 40]]
    np.testing.assert_array_equal(source.labels, probabilities if soft else probabilities.argmax(1))
    assert source.labels.dtype == (np.float32 if soft else np.int32)


def test_no_labels_and_labels_of_another_size_are_named(labelled):
    with pytest.raises(DataError, match="holds no selected pseudo-labels"):
        open_pseudo(labelled, POOL, ("a", "b", "c"))
    (labelled / SELECTION).write_text(json.dumps({"pool": 51, "indices": [], "soft": True}))
    with pytest.raises(DataError, match="labels a pool of 51 examples, and this one has 50"):
        open_pseudo(labelled, POOL, ("a", "b", "c"))
