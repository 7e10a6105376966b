import logging
import os

import numpy as np
import pytest
from PIL import Image

from jssl.data import pictures
from jssl.data.loader import train_batches
from jssl.data.sources import DataError, open_source


def ramp(width, height, peak=255):
    """Dark on the left, bright on the right."""
    return np.tile(np.linspace(0, peak, width), (height, 1))


def grey(width=40, height=30):
    return Image.fromarray(ramp(width, height).astype(np.uint8))


def colour(width=40, height=30, left=(255, 0, 0), right=(0, 0, 255)):
    image = Image.new("RGB", (width, height), left)
    image.paste(right, (width // 2, 0, width, height))
    return image


BROKEN = ("b/bomb.png", "b/cut.jpg", "b/cut.png", "b/empty.png", "b/float.tiff", "b/text.jpg")


@pytest.fixture(scope="module")
def ugly(tmp_path_factory):
    """Pictures of every mode in two classes, and what is none."""
    top = tmp_path_factory.mktemp("ugly")
    a, b = top / "a" / "deeper", top / "b"
    a.mkdir(parents=True)
    b.mkdir()
    grey().save(a / "grey.png")
    grey().convert("1").save(a / "bits.png")
    colour().save(a / "colour.JPG")
    colour(300, 100).save(a / "wide.webp")
    colour(20, 200).save(a / "tall.bmp")
    colour().quantize(4).save(a / "palette.png")
    Image.fromarray(ramp(40, 30, 65535).astype(np.uint16)).save(a / "grey16.png")
    Image.fromarray(ramp(40, 30, 65535).astype(np.uint16)).save(a / "grey16.tiff")
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera lay on its side: turn clockwise to see it upright
    colour().save(a / "turned.jpg", exif=exif, quality=95)
    rgba = Image.new("RGBA", (30, 30), (255, 0, 0, 255))
    rgba.paste((0, 0, 0, 0), (15, 0, 30, 30))
    rgba.save(b / "rgba.png")
    rgba.quantize(4).save(b / "transparent_palette.png")
    rgba.convert("LA").save(b / "grey_alpha.png")
    colour().convert("CMYK").save(b / "cmyk.jpg")
    colour(left=(0, 255, 0)).save(b / "still.gif")
    frames = [Image.new("RGB", (30, 30), c) for c in ("red", "lime", "blue")]
    frames[0].save(b / "animated.gif", save_all=True, append_images=frames[1:])
    whole = b / "whole.jpg"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)).save(whole)
    (b / "cut.jpg").write_bytes(whole.read_bytes()[:2000])
    png = (a / "colour.JPG").with_name("grey.png").read_bytes()
    (b / "cut.png").write_bytes(png[: len(png) - 40])
    (b / "text.jpg").write_text("Dear diary")
    (b / "empty.png").touch()
    Image.fromarray(ramp(8, 8).astype(np.float32)).save(b / "float.tiff")
    Image.new("1", (20000, 10000)).save(b / "bomb.png")
    (b / "notes.txt").write_text("not even named like a picture")
    (b / ".hidden.png").write_bytes(png)
    return top


@pytest.mark.parametrize("route", ["ram", "stream"])
def test_ugly_folder(ugly, route, caplog):
    with caplog.at_level(logging.WARNING):
        source = open_source(f"folder:{ugly}", split="train", size=24, route=route)
    assert tuple(file for file, _ in source.skipped) == BROKEN
    reasons = dict(source.skipped)
    assert reasons["b/text.jpg"] == "not a picture" and reasons["b/empty.png"] == "empty file"
    assert "truncated" in reasons["b/cut.jpg"] and "white level" in reasons["b/float.tiff"]
    [warning] = [record.getMessage() for record in caplog.records if record.name.startswith("jssl")]
    assert "skipped 6 of 22" in warning and all(file in warning for file in BROKEN)
    assert source.length == len(source.files) == 16
    assert list(source.files) == sorted(source.files) and "a/deeper/colour.JPG" in source.files
    assert source.classes == ("a", "b")
    assert source.labels.tolist() == [0] * 9 + [1] * 7
    images = source.read(np.arange(16))["image"]
    assert images.shape == (16, 24, 24, 3) and images.dtype == np.uint8


def test_both_routes_give_the_same_batches(ugly):
    ram, stream = (open_source(f"folder:{ugly}", split="train", size=16, route=route) for route in ("ram", "stream"))
    assert ram.files == stream.files and ram.skipped == stream.skipped
    batches = [train_batches(source, batch_size=5, seed=3, start_step=2) for source in (ram, stream)]
    for _ in range(4):
        a, b = (next(batch) for batch in batches)
        assert a.keys() == b.keys() == {"image", "index", "label"}
        assert all(np.array_equal(a[key], b[key]) for key in a)


def test_every_mode_looks_as_it_should(ugly):
    source = open_source(f"folder:{ugly}", split="train", size=24)
    images = source.read(np.arange(source.length))["image"].astype(int)
    seen = {file.split("/")[-1]: image for file, image in zip(source.files, images, strict=True)}
    red, blue, lime, white = (255, 0, 0), (0, 0, 255), (0, 255, 0), (255, 255, 255)

    def looks(file, left, right, tolerance=4):
        np.testing.assert_allclose(seen[file][:, 3].mean(0), left, atol=tolerance)
        np.testing.assert_allclose(seen[file][:, -4].mean(0), right, atol=tolerance)

    looks("colour.JPG", red, blue)
    looks("wide.webp", red, blue)
    looks("tall.bmp", red, blue)
    looks("palette.png", red, blue)
    looks("cmyk.jpg", red, blue, tolerance=12)
    looks("still.gif", lime, blue)
    looks("animated.gif", red, red)
    looks("rgba.png", red, white)
    looks("transparent_palette.png", red, white)
    looks("grey_alpha.png", (76, 76, 76), white)
    upright = seen["turned.jpg"]
    np.testing.assert_allclose(upright[3].mean(0), red, atol=12)
    np.testing.assert_allclose(upright[-4].mean(0), blue, atol=12)
    # 16 bits show the same picture as 8: full scale is white, not wrapped or clipped.
    assert np.abs(seen["grey16.png"] - seen["grey.png"]).max() <= 1
    assert np.abs(seen["grey16.tiff"] - seen["grey.png"]).max() <= 1
    assert seen["grey.png"].min() > 20 and seen["grey.png"].max() < 235  # the middle square of a ramp


def test_square_is_resize_then_centre_crop():
    image = Image.fromarray(np.random.default_rng(0).integers(0, 256, (60, 90, 3), np.uint8))
    expected = image.resize((30, 20), Image.Resampling.BILINEAR).crop((5, 0, 25, 20))
    difference = np.abs(np.asarray(pictures.square(image, 20)).astype(int) - np.asarray(expected))
    assert difference[:, 1:-1].max() <= 1  # at the cut, resizing first also sees a little beyond it


def test_a_picture_that_breaks_later_gives_way_to_one_of_its_class(tmp_path, caplog):
    for label, shade in (("dark", 10), ("light", 200)):
        (tmp_path / label).mkdir()
        for i in range(3):
            Image.new("L", (20, 20), shade + i).save(tmp_path / label / f"{i}.png")
    source = open_source(f"folder:{tmp_path}", split="train", size=8, route="stream")
    (tmp_path / "dark" / "2.png").write_bytes(b"gone")
    with caplog.at_level(logging.WARNING):
        images = source.read(np.array([1, 2, 3]))["image"]
    assert images[:, 0, 0, 0].tolist() == [11, 10, 200]
    assert "dark/0.png takes the place of dark/2.png" in caplog.text
    for i in range(3):
        (tmp_path / "light" / f"{i}.png").unlink()
    with pytest.raises(DataError, match=r"light/1.png is unreadable"):
        source.read(np.array([4]))


def test_flat_and_mixed_folders_are_unlabelled(tmp_path):
    for i in range(3):
        grey().save(tmp_path / f"{i}.png")
    source = open_source(f"folder:{tmp_path}", split="train")
    assert source.labels is None and source.classes == () and source.spec["image"].shape == (256, 256, 3)
    assert set(next(train_batches(source, batch_size=2, seed=0))) == {"image", "index"}
    (tmp_path / "more").mkdir()
    grey().save(tmp_path / "more" / "4.png")
    source = open_source(f"folder:{tmp_path}", split="train")
    assert source.length == 4 and source.labels is None


def test_split_folders_number_their_classes_alike(tmp_path):
    for path in ("train/cat", "train/dog", "val/dog"):
        (tmp_path / path).mkdir(parents=True)
        grey().save(tmp_path / path / "0.png")
    train, test = (open_source(f"folder:{tmp_path}", split=split, size=8) for split in ("train", "test"))
    assert train.classes == test.classes == ("cat", "dog")
    assert train.labels.tolist() == [0, 1] and test.labels.tolist() == [1]
    assert test.files == ("val/dog/0.png",)
    assert open_source(f"folder:{tmp_path}", split="val", size=8).files == test.files
    with pytest.raises(DataError, match="no split 'extra'; it has train, test, val"):
        open_source(f"folder:{tmp_path}", split="extra")


def test_parts_are_disjoint_complete_and_mixed(tmp_path):
    for label in ("a", "b"):
        (tmp_path / label).mkdir()
        for i in range(10):
            grey(4, 4).save(tmp_path / label / f"{i}.png")
    first, rest = (open_source(f"folder:{tmp_path}", split=f"train[{part}]", size=4) for part in (":70%", "70%:"))
    assert (first.length, rest.length) == (14, 6)
    assert len({*first.files, *rest.files}) == 20
    assert set(rest.labels.tolist()) == {0, 1}
    assert open_source(f"folder:{tmp_path}", split="train[-3:]", size=4).length == 3
    with pytest.raises(DataError, match="holds none of the 20"):
        open_source(f"folder:{tmp_path}", split="train[20:]", size=4)


def test_links_are_followed_but_not_in_circles(tmp_path):
    shared = tmp_path / "shared"
    shared.mkdir()
    grey(4, 4).save(shared / "0.png")
    for label in ("a", "b"):
        (tmp_path / "set" / label).mkdir(parents=True)
        (tmp_path / "set" / label / "linked").symlink_to(shared)
        (tmp_path / "set" / label / "circle").symlink_to(tmp_path / "set")
    source = open_source(f"folder:{tmp_path / 'set'}", split="train", size=4)
    assert source.files == ("a/linked/0.png",)  # each real folder once
    again = dict(source.skipped)
    assert again.keys() == {"a/circle", "b/circle", "b/linked"} and again["b/linked"] == "the same folder as a/linked"


def test_folders_linked_to_each_other_hold_their_own_pictures(tmp_path):
    for here, there in (("a", "b"), ("b", "a")):
        (tmp_path / here).mkdir()
        grey(4, 4).save(tmp_path / here / "0.png")
        (tmp_path / here / "other").symlink_to(tmp_path / there)
    assert open_source(f"folder:{tmp_path}", split="train", size=4).files == ("a/0.png", "b/0.png")


def test_a_pipe_is_no_picture(tmp_path):
    grey(4, 4).save(tmp_path / "a.png")
    os.mkfifo(tmp_path / "b.png")
    (tmp_path / "c.png").symlink_to(tmp_path / "nowhere")
    source = open_source(f"folder:{tmp_path}", split="train", size=4, route="stream")
    assert source.files == ("a.png",)
    assert source.skipped == (("b.png", "not a regular file"), ("c.png", "not a regular file"))
    os.mkfifo(tmp_path / "d.npz")
    with pytest.raises(DataError, match="is not a regular file"):
        open_source(f"npz:{tmp_path}/d.npz", split="train")


def test_a_class_that_cannot_be_read_is_named(tmp_path, monkeypatch, caplog):
    for label in ("a", "b", "c"):
        (tmp_path / label).mkdir()
        grey(4, 4).save(tmp_path / label / "0.png")
    scandir = os.scandir

    def refused(path):
        if str(path).endswith("/b"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refused)  # the tests may run as root, to whom nothing is refused
    source = open_source(f"folder:{tmp_path}", split="train", size=4)
    assert source.classes == ("a", "c") and "b/ (cannot be read: Permission denied)" in caplog.text
    assert source.skipped == (("b/", "cannot be read: Permission denied"),)


@pytest.mark.parametrize("route", ["ram", "stream"])
def test_a_picture_of_more_pixels_than_its_size_justifies_is_left_out(tmp_path, route, monkeypatch):
    monkeypatch.setattr(pictures, "LARGEST", 10_000)
    grey(90, 90).save(tmp_path / "fits.png")
    grey(200, 90).save(tmp_path / "large.png")
    grey(700, 700).save(tmp_path / "drafted.jpg")
    grey(700, 700).save(tmp_path / "progressive.jpg", progressive=True)
    source = open_source(f"folder:{tmp_path}", split="train", size=4, route=route)
    assert source.files == ("drafted.jpg", "fits.png")
    assert dict(source.skipped)["large.png"].startswith("200 x 90 pixels: too many for a picture of 4")
    assert open_source(f"folder:{tmp_path}", split="train", size=16, route=route).length == 3  # 16 times 16, squared


def test_folders_that_cannot_be_used(tmp_path):
    with pytest.raises(DataError, match="there is no such folder"):
        open_source(f"folder:{tmp_path}/nowhere", split="train")
    with pytest.raises(DataError, match=r"no picture in .*\.jpg"):
        open_source(f"folder:{tmp_path}", split="train")
    (tmp_path / "a.jpg").write_text("text")
    with pytest.raises(DataError, match=r"skipped 1 of 1 pictures: a.jpg \(not a picture\)"):
        open_source(f"folder:{tmp_path}", split="train")
    grey().save(tmp_path / "b.png")
    with pytest.raises(DataError, match=r'no split .test.*all of it is "train".*train\[:90%\]'):
        open_source(f"folder:{tmp_path}", split="test")


@pytest.mark.parametrize("route", ["ram", "stream"])
def test_pictures_are_carried_whole_at_their_own_aspect(ugly, route):
    source = open_source(f"folder:{ugly}", split="train", canvas=40, route=route)
    assert {name: x.shape for name, x in source.spec.items()} == {"image": (40, 40, 3), "extent": (2,)}
    read = source.read(np.arange(source.length))
    extent = {file.split("/")[-1]: tuple(x) for file, x in zip(source.files, read["extent"].tolist(), strict=True)}
    assert extent["wide.webp"] == (13, 40) and extent["tall.bmp"] == (40, 4)  # scaled down
    assert extent["grey.png"] == (30, 40) and extent["rgba.png"] == (30, 30)  # as they are
    assert extent["turned.jpg"] == (40, 30)  # upright
    for image, (height, width) in zip(read["image"], read["extent"], strict=True):
        assert not image[height:].any() and not image[:, width:].any()
    small = source.files.index("b/whole.jpg")
    expected = pictures.decode(ugly / "b" / "whole.jpg", None)
    assert tuple(read["extent"][small]) == (40, 40) and expected.shape == (64, 64, 3)
    batch = next(train_batches(source, batch_size=5, seed=0))
    assert batch["extent"].shape == (5, 2) and batch["extent"].dtype == np.int32


def test_a_canvas_and_a_square_are_not_both(tmp_path):
    with pytest.raises(DataError, match=r"config.data.size=8 cuts .* config.data.canvas=8 carries"):
        open_source(f"folder:{tmp_path}", split="train", size=8, canvas=8)
