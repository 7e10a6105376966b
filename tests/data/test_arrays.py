import numpy as np
import pytest

from jssl.data.sources import DataError, open_source

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (10, 6, 5), np.uint8)
LABELS = np.arange(10) % 3


def opened(tmp_path, split="train", size=None, route="auto", **arrays):
    np.savez(tmp_path / "x.npz", **arrays)
    return open_source(f"npz:{tmp_path / 'x.npz'}", split=split, size=size, route=route)


def test_plain_arrays(tmp_path):
    source = opened(tmp_path, images=IMAGES, labels=LABELS)
    assert (source.length, source.spec["image"].shape, source.classes) == (10, (6, 5, 1), ("0", "1", "2"))
    assert source.labels.dtype == np.int32 and source.labels.tolist() == LABELS.tolist()
    assert np.array_equal(source.read(np.array([4, 2]))["image"][..., 0], IMAGES[[4, 2]])


def test_labels_may_be_missing(tmp_path):
    source = opened(tmp_path, images=np.stack([IMAGES] * 3, -1))
    assert source.labels is None and source.classes == () and source.spec["image"].shape == (6, 5, 3)


def test_splits(tmp_path):
    arrays = {"train_images": IMAGES, "train_labels": LABELS[:, None], "test_images": IMAGES[:4]}
    arrays |= {"test_labels": np.array([0, 1, 0, 1]), "classes": np.array(["ant", "bee", "cow"])}
    train, test = (opened(tmp_path, split, **arrays) for split in ("train", "test"))
    assert (train.length, test.length) == (10, 4)
    assert train.classes == test.classes == ("ant", "bee", "cow")
    assert opened(tmp_path, "train[:30%]", **arrays).length == 3
    with pytest.raises(DataError, match="no split 'val'; it has train, test"):
        opened(tmp_path, "val", **arrays)


def test_parts_are_disjoint_and_complete(tmp_path):
    parts = [opened(tmp_path, f"train[{part}]", images=IMAGES, labels=LABELS) for part in (":4", "4:")]
    rows = np.concatenate([part.read(np.arange(part.length))["image"] for part in parts])
    assert sorted(map(bytes, rows)) == sorted(map(bytes, IMAGES))


def test_size_and_route(tmp_path):
    assert opened(tmp_path, size=4, images=IMAGES).spec["image"].shape == (4, 4, 1)
    assert not opened(tmp_path, route="stream", images=IMAGES).in_memory
    with pytest.raises(DataError, match="1 or 3 channels"):
        opened(tmp_path, size=4, images=np.stack([IMAGES] * 5, -1))


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"images": IMAGES / 255}, r"`images` is float64 \[10, 6, 5\]; it must be uint8"),
        ({"images": IMAGES[0]}, r"`images` is uint8 \[6, 5\]"),
        ({"images": IMAGES, "labels": LABELS[:4]}, r"`labels` is int64 \[4\]; for 10 images"),
        ({"images": IMAGES, "labels": LABELS - 1}, "integers from 0 on"),
        ({"images": IMAGES, "labels": LABELS / 2}, "`labels` is float64"),
        ({"images": IMAGES, "labels": LABELS, "classes": np.array(["one"])}, "names 1 classes, but a label is 2"),
        ({"labels": LABELS}, "neither `images` nor `train_images`, but labels"),
        ({"words": np.array(["a", "b"])}, r"`words` is <U1 \[2\]; an example's parts are numbers"),
        ({"images": IMAGES, "depth": np.zeros((4, 6, 5))}, "equally many, and there are {'images': 10, 'depth': 4}"),
        ({"sounds": np.zeros((3, 8))}, r"`sounds` is float64 \[3, 8\]; it must be int16, or float32"),
        ({"clips": IMAGES}, r"`clips` is uint8 \[10, 6, 5\]; it must be uint8 .* \[n, frames, h, w, c\]"),
    ],
)
def test_arrays_that_cannot_be_used(tmp_path, arrays, message):
    with pytest.raises(DataError, match=message):
        opened(tmp_path, **arrays)


@pytest.mark.slow
def test_examples_of_any_kind_and_several_targets(tmp_path):
    sounds = (RNG.normal(size=(10, 40)) * 3000).astype(np.int16)
    motion = RNG.normal(size=(10, 5, 6)).astype(np.float32)
    arrays = {"sounds": sounds, "rate": 8000, "motion": motion, "labels": LABELS, "labels_speaker": np.arange(10) % 2}
    source = opened(tmp_path, **arrays, classes_speaker=np.array(["ann", "bob"]))
    read = source.read(np.array([3, 1]))
    np.testing.assert_allclose(read["sound"], sounds[[3, 1]] / 32768)
    np.testing.assert_array_equal(read["motion"], motion[[3, 1]])
    assert {name: (x.shape, x.dtype) for name, x in source.spec.items()} == {
        "sound": ((40,), np.float32), "motion": ((5, 6), np.float32)
    }  # fmt: skip
    assert (
        list(source.targets) == ["label", "speaker"]
        and source.about["rate"] == 8000
        and source.about.keys() == {"rate", "log_mel_mean", "log_mel_std"}
    )
    assert source.classes == ("0", "1", "2") and source.targets["speaker"].classes == ("ann", "bob")
    half = opened(tmp_path, "train[:50%]", **arrays)
    assert half.length == len(half.targets["speaker"].labels) == 5


def test_nothing_is_unpickled(tmp_path):
    with pytest.raises(DataError, match=r"not a readable .npz of plain arrays: .*allow_pickle=False"):
        opened(tmp_path, images=np.array([{"a": 1}], dtype=object))


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(DataError, match="no such file"):
        open_source(f"npz:{tmp_path}/nowhere.npz", split="train")
    (tmp_path / "cut.npz").write_bytes(b"PK\x03\x04 cut")
    with pytest.raises(DataError, match="not a readable"):
        open_source(f"npz:{tmp_path}/cut.npz", split="train")
    with pytest.raises(DataError, match="not understood"):
        opened(tmp_path, "train[a:b]", images=IMAGES)
    with pytest.raises(DataError, match="no split 'test'; it has train"):
        opened(tmp_path, "test", images=IMAGES)


def test_pictures_are_scaled_down_at_their_own_aspect_or_come_with_extents(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (3, 20, 40, 3), np.uint8)
    np.savez(tmp_path / "a.npz", images=images)
    assert open_source(f"npz:{tmp_path}/a.npz", canvas=20).spec["image"].shape == (10, 20, 3)
    assert open_source(f"npz:{tmp_path}/a.npz", canvas=64).spec["image"].shape == (20, 40, 3)
    extent = np.array([[20, 40], [3, 7], [1, 1]], np.int32)
    np.savez(tmp_path / "b.npz", images=images, extent=extent)
    np.testing.assert_array_equal(open_source(f"npz:{tmp_path}/b.npz", canvas=64).read(np.arange(3))["extent"], extent)
    with pytest.raises(DataError, match="has an `extent`, and stays as it is"):
        open_source(f"npz:{tmp_path}/b.npz", size=8)
    np.savez(tmp_path / "c.npz", images=images, extent=extent + 1)
    with pytest.raises(DataError, match=r"`extent` is int32 .* from 1 up to the height and width"):
        open_source(f"npz:{tmp_path}/c.npz")
