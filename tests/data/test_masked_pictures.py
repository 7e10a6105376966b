"""Folders of pictures and masks."""

import io

import numpy as np
import pytest
import tensorflow_datasets as tfds
from PIL import Image

from jssl.data.sources import open_source
from jssl.errors import DataError


def write(folder, names=("a", "b", "c"), mode="L", size=(20, 10), mask_size=None):
    """Pictures of this width and height, dark on the left and light on the right, and masks of the same halves."""
    for part in ("images", "masks"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    for name in names:
        right = np.tile(np.arange(size[0]) >= size[0] // 2, (size[1], 1))
        Image.fromarray((255 * right).astype(np.uint8)).convert(mode).save(folder / "images" / f"{name}.png")
        mask = Image.fromarray((2 * right).astype(np.uint8)).convert("P" if mode == "RGB" else "L")
        mask.resize(mask_size or size, Image.Resampling.NEAREST).save(folder / "masks" / f"{name}.png")
    return folder


@pytest.mark.parametrize(("mode", "channels"), [("L", 1), ("RGB", 3)])
def test_pictures_and_masks_are_made_the_same_square(mode, channels, tmp_path):
    source = open_source(f"masks:{write(tmp_path, mode=mode)}", size=8)
    batch = source.read(np.arange(3))
    assert batch["image"].shape == (3, 8, 8, channels) and source.files == ("a.png", "b.png", "c.png")
    np.testing.assert_array_equal(batch["mask"][0], np.tile([0, 0, 0, 0, 2, 2, 2, 2], (8, 1)))
    assert (batch["image"][..., :3, :] < 20).all() and (batch["image"][..., 5:, :] > 235).all()


def test_splits_are_folders_or_parts(tmp_path):
    write(tmp_path / "train", names="abcde")
    write(tmp_path / "test", names="xy")
    name = f"masks:{tmp_path}"
    assert open_source(name, split="test", size=8).length == 2
    halves = [open_source(name, split=split, size=8).files for split in ("train[:60%]", "train[60%:]")]
    assert sorted(halves[0] + halves[1]) == [f"{x}.png" for x in "abcde"] and len(halves[0]) == 3
    with pytest.raises(DataError, match="no split 'val'"):
        open_source(name, split="val")


def test_what_cannot_be_used_is_named(tmp_path):
    name = f"masks:{tmp_path}"
    with pytest.raises(DataError, match="two folders"):
        open_source(name)
    write(tmp_path, mask_size=(5, 5))
    with pytest.raises(DataError, match=r"a.png is \(20, 10\) and its mask \(5, 5\) pixels"):
        open_source(name)
    write(tmp_path)
    (tmp_path / "masks/b.png").unlink()
    with pytest.raises(DataError, match=r"b.png has no mask"):
        open_source(name)
    Image.new("RGB", (20, 10)).save(tmp_path / "masks/b.png")
    with pytest.raises(DataError, match="mode RGB"):
        open_source(name)
    (tmp_path / "images/a.png").write_bytes(b"no picture")
    with pytest.raises(DataError, match=r"a.png or its mask cannot be read"):
        open_source(name)


def png(pixels):
    Image.fromarray(pixels).save(file := io.BytesIO(), "PNG")
    file.seek(0)
    return file


@pytest.fixture(scope="module")
def scenes(tmp_path_factory):
    """A TFDS data set of two pictures with their masks, as oxford_iiit_pet has them."""

    class Scenes(tfds.core.GeneratorBasedBuilder, skip_registration=True):
        """Scenes."""

        VERSION = tfds.core.Version("1.0.0")

        def _info(self):
            features = {"image": tfds.features.Image(), "segmentation_mask": tfds.features.Image(shape=(None, None, 1))}
            return tfds.core.DatasetInfo(builder=self, features=tfds.features.FeaturesDict(features))

        def _split_generators(self, dl_manager):
            return {"train": self._generate_examples()}

        def _generate_examples(self):
            for i in range(2):
                mask = np.zeros((10, 20), np.uint8)
                mask[:, 10:] = 1 + i
                image = np.repeat(255 * (mask > 0)[..., None], 3, axis=-1).astype(np.uint8)
                yield i, {"image": png(image), "segmentation_mask": png(mask)}

    path = tmp_path_factory.mktemp("scenes")
    Scenes(data_dir=path, file_format="array_record").download_and_prepare()
    return path


def test_a_tfds_set_with_masks(scenes):
    source = open_source("masks:tfds:scenes", size=8, data_dir=scenes)
    batch = source.read(np.arange(2))
    halves = np.tile([0, 0, 0, 0, 1, 1, 1, 1], (8, 1))
    for mask, image in zip(batch["mask"], batch["image"], strict=True):
        np.testing.assert_array_equal(mask, halves * mask.max())
        assert (image[:, :3] < 20).all() and (image[:, 5:] > 235).all()
    assert sorted(batch["mask"].max((1, 2))) == [1, 2]
    with pytest.raises(DataError, match="has no split 'test'; it has train"):
        open_source("masks:tfds:scenes", split="test", data_dir=scenes)
