"""Frames by number are those of decoding in order, whatever the container and the codec."""

import numpy as np
import pytest

from jssl.data.film_index import film_index, frames_at
from jssl.data.film_write import write_film
from tests.made_up_films import numbered

av = pytest.importorskip("av")

FAST = {"deadline": "realtime", "cpu-used": "8"}
EVERY_TEN = {"bf": "2", "sc_threshold": "0"}
KINDS = {
    "h264.mp4": ("libx264", {"bf": "3"}),
    "open.mkv": ("libx264", {"bf": "3", "x264-params": "open-gop=1"}),
    "h264.avi": ("libx264", {"bf": "2"}),
    "vp9.webm": ("libvpx-vp9", FAST),
    "hidden.webm": ("libvpx-vp9", {"cpu-used": "6", "lag-in-frames": "12", "auto-alt-ref": "1"}),
    "mpeg4.avi": ("mpeg4", {"bf": "2"}),
    "mpeg4.mov": ("mpeg4", {"bf": "2"}),
    "msmpeg4.avi": ("msmpeg4", {}),
}


def in_order(path):
    with av.open(path) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


@pytest.mark.parametrize("keys", [12, 250])
@pytest.mark.parametrize("name", KINDS)
def test_any_frames_are_those_of_decoding_in_order(tmp_path, name, keys):
    codec, options = KINDS[name]
    write_film(tmp_path / name, numbered(60), 25, codec=codec, options=options, keys=keys)
    frames, index = in_order(tmp_path / name), film_index(tmp_path / name)
    assert len(index.times) == len(frames) == 60
    np.testing.assert_allclose(np.diff(index.times), 0.04, atol=1.1e-3)
    for first in [*range(0, 60, 7), 59]:
        wanted = np.minimum(first + 3 * np.arange(5), 59)
        found = [frame.to_ndarray(format="rgb24") for frame in frames_at(tmp_path / name, index, wanted)]
        assert all(np.array_equal(a, frames[i]) for a, i in zip(found, wanted, strict=True)), first


def test_key_frames_are_where_they_were_written(tmp_path):
    for name in ("a.mp4", "a.avi"):
        write_film(tmp_path / name, numbered(40), 25, keys=10, options=EVERY_TEN)
        assert film_index(tmp_path / name).keys.tolist() == [0, 10, 20, 30]


def test_a_seek_that_lands_late_goes_back(tmp_path):
    """As it does where a file's own index is wrong: here the stamps of the key frames are."""
    write_film(tmp_path / "a.mp4", numbered(40), 25, keys=10, options=EVERY_TEN)
    frames, index = in_order(tmp_path / "a.mp4"), film_index(tmp_path / "a.mp4")
    assert index.keys.tolist() == [0, 10, 20, 30]
    late = index._replace(keys=index.keys - 1)  # a seek to frame 9 lands on 0, a decoder begins at a key frame alone
    late.stamps[19] = late.stamps[20]
    [found] = frames_at(tmp_path / "a.mp4", late, np.array([19]))
    assert np.array_equal(found.to_ndarray(format="rgb24"), frames[19])


@pytest.mark.parametrize("name", ["open.mkv", "vp9.webm", "mpeg4.avi"])
def test_a_film_that_was_cut_short_has_the_frames_that_are_there(tmp_path, name):
    codec, options = KINDS[name]
    write_film(tmp_path / name, numbered(60), 25, codec=codec, options=options)
    whole = (tmp_path / name).read_bytes()
    cut = tmp_path / f"cut_{name}"
    cut.write_bytes(whole[: len(whole) * 2 // 3])
    index, frames = film_index(cut), in_order(tmp_path / name)
    assert 15 < len(index.times) < 60
    [found] = frames_at(cut, index, np.array([14]))
    assert np.array_equal(found.to_ndarray(format="rgb24"), frames[14])


def test_an_index_is_kept_until_the_file_changes(tmp_path):
    write_film(tmp_path / "a.mp4", numbered(20), 25)
    index = film_index(tmp_path / "a.mp4")
    assert film_index(tmp_path / "a.mp4") is index
    write_film(tmp_path / "a.mp4", numbered(30), 25)
    assert len(film_index(tmp_path / "a.mp4").times) == 30


def test_broken_packets_are_passed_over(tmp_path):
    """A frame that the file has lost gives way to the one before it; those after it stay where they are."""
    write_film(tmp_path / "a.mkv", numbered(40), 25, codec="mpeg4", keys=1)
    with av.open(tmp_path / "a.mkv") as container:
        place = next(p for i, p in enumerate(container.demux(video=0)) if i == 20)
        start, size = place.pos, place.size
    data = bytearray((tmp_path / "a.mkv").read_bytes())
    begin = data.index(bytes(place), start)
    data[begin : begin + size] = bytes(size)
    (tmp_path / "b.mkv").write_bytes(data)
    frames = in_order(tmp_path / "a.mkv")
    index = film_index(tmp_path / "b.mkv")
    found = [f.to_ndarray(format="rgb24") for f in frames_at(tmp_path / "b.mkv", index, np.array([19, 20, 21, 30]))]
    for got, i in zip(found, (19, 19, 21, 30), strict=True):
        assert np.array_equal(got, frames[i])
