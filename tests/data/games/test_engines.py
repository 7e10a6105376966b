"""The engines themselves, where they are installed."""

from pathlib import Path

import numpy as np
import pytest

from jssl.data.games import atari, doom


def same(a, b):
    arrays = all(np.array_equal(a.arrays[key], b.arrays[key]) for key in a.arrays)
    return np.array_equal(a.frames, b.frames) and np.array_equal(a.sound, b.sound) and arrays


def test_motion_is_in_the_walkers_own_frame():
    """Facing north, then north-west across 360 degrees."""
    poses = np.array([[0, 0, 90], [3, 4, 135], [3, 4, 350], [3, 5, 10]], np.float32)
    np.testing.assert_allclose(
        doom._motion(poses),
        [[4, -3, 45], [0, 0, -145], [np.sin(np.deg2rad(350)), np.cos(np.deg2rad(350)), 20]],
        atol=1e-5,
    )


def test_a_constant_level_of_the_sound_is_silence():
    sound = np.full(4 * atari.RATE, 188, np.uint8)
    assert not atari._centred(sound).any()
    sound[50_000:60_000:70] = 128
    centred = atari._centred(sound)
    assert np.abs(centred[50_000:60_000:70] + 60 / 128).max() < 0.05 and not centred[80_000:].round(6).any()


def test_doom_is_the_same_for_the_same_seed(tmp_path, monkeypatch):
    pytest.importorskip("vizdoom")
    monkeypatch.chdir(tmp_path)
    plays = [doom.play_doom("MAP01", seed, 40) for seed in (1, 1, 2)]
    assert same(*plays[:2]) and not same(*plays[1:])
    play = plays[0]
    assert play.frames.shape == (40, 120, 160, 3) and len(play.sound) == 40 * doom.RATE / play.fps
    assert {len(array) for array in play.arrays.values()} == {40}
    assert np.abs(play.arrays["motion"]).max(0)[0] > 1, "it walks"
    assert not list(Path(tmp_path).iterdir()), "nothing is left where the program runs"


def test_atari_is_the_same_for_the_same_seed():
    pytest.importorskip("ale_py")
    plays = [atari.play_atari("pong", seed, 60) for seed in (1, 1, 2)]
    assert same(*plays[:2]) and not same(*plays[1:])
    play = plays[0]
    assert play.frames.shape == (60, 210, 160, 3) and len(play.sound) == 60 * atari.RATE / play.fps
    assert {len(array) for array in play.arrays.values()} == {60} and play.arrays["start"].tolist()[:2] == [True, False]
    assert play.sound.any()


def test_levels_are_there_and_so_are_others():
    pytest.importorskip("ale_py")
    assert set(atari.LEVELS) < set(atari.roms())
