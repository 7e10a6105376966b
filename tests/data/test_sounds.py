import logging
import pickle

import numpy as np
import pytest
import soundfile

from jssl.data.loader import eval_batches, train_batches
from jssl.data.recordings import read_clip, read_whole
from jssl.data.several import clips_of
from jssl.data.sources import DataError, open_source

RATE = 8000


def tone(seconds, rate=RATE, hertz=440.0):
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def ramp(seconds, rate=RATE):
    """Its value says where in the recording it is."""
    return np.linspace(0, 1, round(seconds * rate), dtype=np.float32)


BROKEN = ("b/cut.flac", "b/cut.ogg", "b/empty.wav", "b/nothing.wav", "b/text.wav", "b/wild.wav")


@pytest.fixture(scope="module")
def ugly(tmp_path_factory):
    """Sounds of every kind in two classes, and what is none."""
    top = tmp_path_factory.mktemp("ugly")
    a, b = top / "a" / "deeper", top / "b"
    a.mkdir(parents=True)
    b.mkdir()
    soundfile.write(a / "plain.wav", tone(0.5), RATE)
    soundfile.write(a / "long.WAV", ramp(3.0), RATE)
    soundfile.write(a / "rate.flac", tone(0.5, 44100), 44100)
    soundfile.write(a / "two.ogg", np.stack([tone(0.5), -tone(0.5)], 1), RATE)
    soundfile.write(a / "lossy.mp3", tone(0.5, 16000), 16000)
    soundfile.write(b / "one.wav", np.array([0.25], np.float32), RATE)
    soundfile.write(b / "one_at_44k.wav", np.array([0.25], np.float32), 44100)
    soundfile.write(b / "silence.wav", np.zeros(RATE), RATE)
    soundfile.write(b / "nothing.wav", np.zeros(0), RATE)
    soundfile.write(b / "wild.wav", np.full(RATE, np.nan, np.float32), RATE, subtype="FLOAT")
    noise = np.random.default_rng(0).normal(size=RATE) * 0.1
    for kind in ("flac", "ogg"):
        soundfile.write(b / f"cut.{kind}", noise, RATE)
        (b / f"cut.{kind}").write_bytes((b / f"cut.{kind}").read_bytes()[:3000])
    (b / "empty.wav").touch()
    (b / "text.wav").write_text("Dear diary")
    (b / "notes.txt").write_text("not even named like a sound")
    return top


def test_ugly_folder(ugly, caplog):
    with caplog.at_level(logging.WARNING):
        source = open_source(f"sound:{ugly}", rate=RATE, seconds=0.25)
    assert tuple(file for file, _ in source.skipped) == BROKEN
    reasons = dict(source.skipped)
    assert reasons["b/empty.wav"] == "empty file" and reasons["b/nothing.wav"] == "no sample in it"
    assert "not a sound" in reasons["b/text.wav"] and "finite" in reasons["b/wild.wav"]
    [warning] = [record.getMessage() for record in caplog.records if record.name.startswith("jssl")]
    assert "skipped 6 of 14 sounds" in warning
    assert source.classes == ("a", "b") and source.labels.tolist() == [0] * 5 + [1] * 3
    read = source.read(np.arange(source.length))["sound"]
    assert read.shape == (8, 2000) and read.dtype == np.float32 and np.isfinite(read).all()
    by_name = {file.split("/")[-1]: sound for file, sound in zip(source.files, read, strict=True)}
    np.testing.assert_allclose(by_name["plain.wav"], tone(0.5)[1000:3000], atol=1e-4)
    np.testing.assert_allclose(by_name["rate.flac"], tone(0.5)[960:2960], atol=1e-3)  # from a multiple of 80
    assert np.abs(by_name["two.ogg"]).max() < 0.05  # its channels cancel
    assert by_name["one.wav"].nonzero()[0].tolist() == [0] and not by_name["silence.wav"].any()
    assert source.about.keys() == {"rate", "log_mel_mean", "log_mel_std"} and source.about["rate"] == RATE


@pytest.mark.slow
@pytest.mark.parametrize("rate", [RATE, 11025, 16000])
def test_both_routes_cut_the_same_clips(ugly, rate):
    ram, stream = (open_source(f"sound:{ugly}/a", rate=rate, seconds=0.2, route=route) for route in ("ram", "stream"))
    assert ram.files == stream.files and (ram.in_memory, stream.in_memory) == (True, False)
    rows, words = np.arange(ram.length), np.random.default_rng(0).integers(0, 2**64, (6, ram.length), np.uint64)
    for draws in (None, *words):
        np.testing.assert_allclose(stream.read(rows, draws)["sound"], ram.read(rows, draws)["sound"], atol=1e-3)


def test_clips_begin_anywhere_in_long_recordings(ugly):
    source = open_source(f"sound:{ugly}/a", rate=RATE, seconds=0.1, route="stream")
    row = source.files.index("deeper/long.WAV")
    words = np.random.default_rng(0).integers(0, 2**64, 50, np.uint64)
    starts = source.read(np.full(50, row), words)["sound"][:, 0]
    assert starts.min() < 0.15 and starts.max() > 0.8
    assert abs(source.read(np.array([row]))["sound"].mean() - 0.5) < 1e-3


@pytest.mark.parametrize("route", ["ram", "stream"])
def test_clips_at_even_distances(ugly, route):
    source = open_source(f"sound:{ugly}/a", rate=RATE, seconds=0.1, route=route)
    row = source.files.index("deeper/long.WAV")
    starts, middle, ends = (each.read(np.array([row]))["sound"][0] for each in clips_of(source, 3))
    assert starts[0] < 0.01 and ends[-1] > 0.99 and abs(middle.mean() - 0.5) < 1e-3


def test_a_clip_is_read_without_the_rest(ugly, monkeypatch):
    read, original = [], soundfile.SoundFile.read

    def counted(self, frames=-1, *arguments, **options):
        read.append(frames)
        return original(self, frames, *arguments, **options)

    monkeypatch.setattr(soundfile.SoundFile, "read", counted)
    source = open_source(f"sound:{ugly}/a", rate=RATE, seconds=0.1, route="stream")
    read.clear()
    source.read(np.array([source.files.index("deeper/long.WAV")]))
    assert read and max(read) <= (0.1 + 0.5 + 0.05) * RATE + 2


def test_streams_pickle_and_their_batches_follow_the_step(ugly):
    source = open_source(f"sound:{ugly}/a", rate=RATE, seconds=0.1, route="stream")
    again = pickle.loads(pickle.dumps(source.read))(np.arange(3), np.arange(3, dtype=np.uint64))
    np.testing.assert_array_equal(again["sound"], source.read(np.arange(3), np.arange(3, dtype=np.uint64))["sound"])
    whole, later = (train_batches(source, batch_size=2, seed=1, start_step=start) for start in (0, 3))
    batches = [next(whole) for _ in range(4)]
    np.testing.assert_array_equal(batches[3]["sound"], next(later)["sound"])
    assert sum(batch["valid"].sum() for batch in eval_batches(source, 4)) == 5


def test_a_file_that_breaks_later_gives_way(tmp_path):
    for i in range(3):
        soundfile.write(tmp_path / f"{i}.wav", np.full(800, i / 4), RATE)
    source = open_source(f"sound:{tmp_path}", rate=RATE, seconds=0.1, route="stream")
    (tmp_path / "1.wav").write_text("gone")
    assert source.read(np.arange(3))["sound"].mean(1).tolist() == [0, 0.5, 0.5]
    for i in range(3):
        (tmp_path / f"{i}.wav").unlink()
    with pytest.raises(DataError, match=r"1\.wav is unreadable"):
        source.read(np.array([1]))


def test_resampling_keeps_a_tone(tmp_path):
    soundfile.write(tmp_path / "a.wav", tone(1.0, 48000), 48000)
    sound, grid = read_whole(tmp_path / "a.wav", 16000)
    assert (len(sound), grid) == (16000, 1)
    np.testing.assert_allclose(sound[800:-800], tone(1.0, 16000)[800:-800], atol=1e-3)


@pytest.mark.parametrize(
    ("options", "message"), [({"rate": 0}, "rate=0 must be at least 1"), ({"seconds": 1e-9}, "no sample")]
)
def test_options_that_hold_nothing_are_refused(ugly, options, message):
    with pytest.raises(DataError, match=message):
        open_source(f"sound:{ugly}", **options)


def test_folders_without_sounds_are_refused(tmp_path):
    with pytest.raises(DataError, match="no such folder"):
        open_source(f"sound:{tmp_path}/none")
    with pytest.raises(DataError, match="no sound in"):
        open_source(f"sound:{tmp_path}")
    (tmp_path / "a.wav").touch()
    with pytest.raises(DataError, match="empty file"):
        open_source(f"sound:{tmp_path}")


def test_a_truncated_wav_is_what_is_left_of_it(tmp_path):
    soundfile.write(tmp_path / "a.wav", tone(1.0), RATE)
    (tmp_path / "a.wav").write_bytes((tmp_path / "a.wav").read_bytes()[:8000])
    from jssl.data.recordings import Clip

    clip, length = read_clip(tmp_path / "a.wav", Clip(RATE, 6000), None)
    assert clip[:3900].any() and not clip[4100:].any() and 3900 < length < 4100
