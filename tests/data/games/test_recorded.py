"""Recording with a game that is made up: films, sounds and arrays come back in step."""

import logging
from fractions import Fraction

import numpy as np
import pytest

from jssl.data.games import recorded
from jssl.data.games.play import Play
from jssl.data.sources import DataError, open_source, prepare
from tests.made_up_films import noise, numbered, numbers_of

pytest.importorskip("av")
RATE, FPS = 11_025, Fraction(35, 2)
FILMS = {"train": 2, "test": 1}


def play(level, seed, frames):
    """A film of numbers, begun at another one by each seed; the level "quiet" is silent."""
    film = np.stack([*numbered(frames + seed)][seed:])
    sound = noise(frames / float(FPS), RATE, seed) * (level != "quiet")
    return Play(film, FPS, sound, RATE, {"motion": np.arange(frames * 3, dtype=np.float32).reshape(-1, 3) + seed})


@pytest.fixture
def game(monkeypatch):
    monkeypatch.setitem(recorded.GAMES, "toy", recorded.Game(("loud", "quiet"), play, "turn it up"))


def test_a_game_is_recorded_once_and_opened_by_its_name(game, tmp_path, caplog):
    with pytest.raises(DataError, match=r"games:toy is not in .*launch\.prepare --data=games:toy"):
        open_source("games:toy", data_dir=tmp_path)
    folder = recorded.games_folder("toy", tmp_path)
    with caplog.at_level(logging.WARNING):
        recorded.record("toy", folder, frames=40, films=FILMS)
    assert "nothing is heard in 3 films (train/quiet/0.mp4, ...): turn it up" in caplog.text
    source = open_source("games:toy", split="train", size=32, frames=4, stride=1, data_dir=tmp_path)
    assert source.name == "games:toy" and source.classes == ("loud", "quiet")
    assert source.files == ("train/loud/0.mp4", "train/loud/1.mp4", "train/quiet/0.mp4", "train/quiet/1.mp4")
    read = source.read(np.arange(4), np.full(4, 3, np.uint64))
    assert [numbers_of(clip)[0] for clip in read["clip"]] == [3, 4, 3, 4]
    test = open_source("games:toy", split="test", data_dir=tmp_path)
    assert test.files == ("test/loud/2.mp4", "test/quiet/2.mp4")
    with np.load(folder / "test/loud/2.npz") as arrays:
        assert np.array_equal(arrays["motion"], play("loud", 2, 40).arrays["motion"])


@pytest.mark.slow
def test_its_sound_is_in_step_and_what_is_silent_has_no_track(game, tmp_path):
    recorded.record("toy", tmp_path / "out", frames=40, films=FILMS)
    source = open_source(f"video:{tmp_path / 'out'}", frames=4, stride=2, sound=True, rate=RATE)
    assert source.files == ("train/loud/0.mp4", "train/loud/1.mp4")
    assert dict(source.skipped) == {f"train/quiet/{i}.mp4": "no sound track" for i in range(2)}
    read = source.read(np.arange(2), np.full(2, 7, np.uint64))
    for seed, sound in enumerate(read["sound"]):
        begin = round(7 * RATE / FPS)
        np.testing.assert_allclose(sound, noise(40 / float(FPS), RATE, seed)[begin:][: len(sound)], atol=1e-4)


def test_frames_are_nearly_without_loss(game, tmp_path):
    """Of pictures without fine colours: colour is kept at half their sides."""
    recorded.record("toy", tmp_path, frames=30, films={"train": 1})
    grey = play("loud", 0, 30).frames.mean(-1)
    clip = open_source(f"video:{tmp_path}/train", size=32, frames=30, stride=1).read(np.array([0]))["clip"][0]
    np.testing.assert_allclose(clip[:, :14].mean(-1), grey[:, :14, 8:40], atol=4)


def test_the_same_seed_gives_the_same_bits_and_what_was_broken_off_goes_on(game, tmp_path):
    recorded.record("toy", tmp_path / "a", frames=20, films=FILMS)
    recorded.record("toy", tmp_path / "b", frames=20, films={"train": 1})
    first = tmp_path / "b/train/loud/0.mp4"
    made = first.stat().st_mtime_ns
    recorded.record("toy", tmp_path / "b", frames=20, films=FILMS)
    files = sorted(path.relative_to(tmp_path / "a") for path in (tmp_path / "a").rglob("*.mp4"))
    assert len(files) == 6 and first.stat().st_mtime_ns == made
    assert all((tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes() for file in files)


def test_unknown_games_are_refused(tmp_path):
    for act in (lambda: prepare("games:chess", tmp_path), lambda: prepare("games:chess", out=tmp_path / "x")):
        with pytest.raises(DataError, match="games:chess is not known; it is one of games:doom, games:atari"):
            act()
    with pytest.raises(DataError, match=r"--data=games:\{doom,atari\}"):
        open_source("games:chess", data_dir=tmp_path)


def test_levels_alone_are_recorded_by_their_name(monkeypatch, tmp_path):
    monkeypatch.setitem(recorded.GAMES, "toy", recorded.Game(("loud",), play, named=lambda: ("loud", "breakdown")))
    recorded.record("toy/breakdown", recorded.games_folder("toy/breakdown", tmp_path), frames=4, films={"train": 1})
    assert (tmp_path / "games/toy_breakdown/train/breakdown/0.mp4").exists()
    with pytest.raises(DataError, match="games:toy/break is no level of toy: it has 2, such as breakdown"):
        prepare("games:toy/break", tmp_path)
    with pytest.raises(DataError, match="none of it is recorded alone"):
        prepare("games:doom/MAP01", tmp_path)
    with pytest.raises(DataError, match=r"is not in .*: record it with .*launch\.prepare --data=games:toy/loud"):
        open_source("games:toy/loud", data_dir=tmp_path)
