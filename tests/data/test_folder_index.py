"""A folder is looked into once."""

import os

import numpy as np
import pytest
from PIL import Image

from jssl.data import folder
from jssl.data.folder_index import look_once
from jssl.data.listing import list_folder
from jssl.data.sources import open_source


@pytest.fixture
def looked(tmp_path, monkeypatch):
    """(open a folder of four pictures, one of them broken) -> what was looked into."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    top = tmp_path / "pictures"
    top.mkdir()
    for i in range(3):
        Image.new("L", (8, 8), i).save(top / f"{i}.png")
    (top / "3.png").write_text("Dear diary")
    seen, check = [], folder._checked

    def counted(root, form, file):
        seen.append(file)
        return check(root, form, file)

    monkeypatch.setattr(folder, "_checked", counted)

    def look():
        seen.clear()
        source = open_source(f"folder:{top}", split="train", size=8, route="stream")
        return sorted(seen), source

    return look, top


def test_only_new_and_changed_files_are_looked_into_again(looked):
    look, top = looked
    seen, first = look()
    assert seen == ["0.png", "1.png", "2.png", "3.png"]
    seen, again = look()
    assert seen == [] and again.files == first.files and again.skipped == first.skipped == (("3.png", "not a picture"),)
    Image.new("L", (8, 8)).save(top / "3.png")
    Image.new("L", (8, 8)).save(top / "4.png")
    status = (top / "1.png").stat()
    os.utime(top / "1.png", ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    (top / "2.png").unlink()
    seen, changed = look()
    assert seen == ["1.png", "3.png", "4.png"]
    assert changed.files == ("0.png", "1.png", "3.png", "4.png") and not changed.skipped


@pytest.mark.parametrize(
    "damage", [lambda data: data[:100], lambda data: b"", lambda data: data.replace(b"0.png", b"0.pnx")]
)
def test_a_damaged_index_is_made_again(looked, tmp_path, damage, caplog):
    look, _ = looked
    look()
    (index,) = (tmp_path / "cache" / "jssl" / "folders").iterdir()
    index.write_bytes(damage(index.read_bytes()))
    seen, source = look()
    assert len(seen) == 4 and source.length == 3 and "is damaged" in caplog.text
    assert look()[0] == []


def test_a_cache_that_cannot_be_written_only_costs_time(looked, tmp_path, monkeypatch):
    look, _ = looked
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert len(look()[0]) == len(look()[0]) == 4


def test_splits_and_parts_share_an_index_and_looks_do_not(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for split in ("train", "val"):
        (tmp_path / split).mkdir()
        for i in range(4):
            (tmp_path / split / f"{i}\u00e9.png").write_bytes(b"x" * i)
    listings = [
        list_folder("it", str(tmp_path), split, (".png",), "picture") for split in ("train", "val", "train[:50%]")
    ]

    def size(file):
        return (tmp_path / file).stat().st_size or "empty"

    def never(file):
        raise AssertionError(file)

    found = [look_once(listing, size, "size") for listing in listings[:2]]
    assert found == [["empty", 1, 2, 3]] * 2
    assert look_once(listings[0], never, "size") == look_once(listings[1], never, "size") == found[0]
    assert len(look_once(listings[2], never, "size")) == 2
    with pytest.raises(AssertionError):
        look_once(listings[2], never, "another")
    assert np.load(next((tmp_path / "cache" / "jssl" / "folders").iterdir()))["numbers"].shape == (8, 3)
