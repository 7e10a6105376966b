"""Folders of TIFF pictures with many channels and bits, against tifffile's own arrays."""

import numpy as np
import pytest
import tifffile

from jssl.data.sources import open_source
from jssl.errors import DataError


def bands(seed, channels=5, dtype=np.uint16, size=(8, 8)):
    top = np.iinfo(dtype).max
    return np.random.default_rng(seed).integers(0, top, (*size, channels), dtype, endpoint=True)


def write(path, image, *, kind="beside"):
    path.parent.mkdir(parents=True, exist_ok=True)
    if kind == "pages":
        tifffile.imwrite(path, np.moveaxis(image, -1, 0), photometric="minisblack", metadata={"axes": "CYX"})
    else:
        planes = np.moveaxis(image, -1, 0) if kind == "planes" else image
        config = "separate" if kind == "planes" else "contig"
        tifffile.imwrite(path, planes, photometric="minisblack", planarconfig=config, compression="zlib")


@pytest.mark.parametrize("route", ["ram", "stream"])
@pytest.mark.parametrize("kind", ["beside", "planes", "pages"])
def test_sixteen_bits_and_five_channels_come_as_they_are(kind, route, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for i, label in enumerate(("corn", "corn", "wheat")):
        write(tmp_path / "fields" / label / f"{i}.tif", bands(i), kind=kind)
    source = open_source(f"tiff:{tmp_path / 'fields'}", size=8, route=route)
    found = source.read(np.arange(3))["image"]
    assert found.dtype == np.uint16 and source.classes == ("corn", "wheat")
    np.testing.assert_array_equal(found, np.stack([bands(i) for i in range(3)]))


def test_a_larger_picture_is_its_middle_square_averaged(tmp_path):
    left = np.zeros((4, 12, 1), np.uint16)
    left[:, :6] = 40_000
    tifffile.imwrite(tmp_path / "a.tif", left[..., 0])
    np.testing.assert_array_equal(
        open_source(f"tiff:{tmp_path}", size=2).read([0])["image"][0, 0, :, 0], [35_000, 5000]
    )


def test_other_forms_and_broken_files_are_left_out_and_named(tmp_path, caplog):
    write(tmp_path / "a.tif", bands(0))
    write(tmp_path / "b.tif", bands(1, channels=4))
    write(tmp_path / "c.tif", bands(2, dtype=np.uint8))
    (tmp_path / "d.tif").write_bytes((tmp_path / "a.tif").read_bytes()[:300])
    for route in ("ram", "stream"):
        source = open_source(f"tiff:{tmp_path}", size=8, route=route)
        assert source.files == ("a.tif",) and [file for file, _ in source.skipped] == ["b.tif", "c.tif", "d.tif"]
    assert dict(source.skipped)["b.tif"] == "4 channels of uint16, and the first picture has 5 of uint16"


def test_levels_without_a_white_are_refused(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", np.ones((4, 4), np.float32))
    with pytest.raises(DataError, match="levels are float32, which has no fixed white: save it as uint8 or uint16"):
        open_source(f"tiff:{tmp_path}")
