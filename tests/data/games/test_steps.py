"""Steps of a game that is made up: whose games are 7 frames long, and whose state is the number of the frame."""

from fractions import Fraction

import numpy as np
import pytest

from jssl.data.games import recorded
from jssl.data.games.play import Play
from jssl.data.sources import DataError, open_source
from tests.made_up_films import number_to_grey, numbered

pytest.importorskip("av")
FRAMES, GAME = 20, 7
FILMS = {"train": 2, "test": 1}


def play(level, seed, frames):
    number = np.arange(frames)
    arrays = {
        "action": (number % 3).astype(np.int32), "reward": number.astype(np.float32), "start": number % GAME == 0,
        "ram": np.stack([number, np.full(frames, seed)], 1).astype(np.uint8),
    }  # fmt: skip
    return Play(np.stack([*numbered(frames)]), Fraction(15), np.zeros(0, np.float32), 8000, arrays)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    data_dir = tmp_path_factory.mktemp("data")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(recorded.GAMES, "toy", recorded.Game((), play, named=lambda: ("seven",)))
        recorded.record("toy/seven", recorded.games_folder("toy/seven", data_dir), frames=FRAMES, films=FILMS)
    return data_dir


def steps(folder, split="train", **options):
    return open_source("games:toy/seven", split=split, data_dir=folder, size=32, **options)


@pytest.mark.parametrize(("frames", "stride", "each"), [(2, 1, 17), (3, 2, 8), (1, 1, 20)])
def test_examples_are_all_stretches_within_one_game(folder, frames, stride, each):
    source = steps(folder, frames=frames, stride=stride, arrays=("action", "reward", "ram"))
    assert source.length == 2 * each and source.about == {"actions": 3}
    read = source.read(np.arange(source.length))
    numbers = read["ram"][:, :, 0].astype(int)
    assert (np.diff(numbers) == stride).all() and (numbers // GAME == numbers[:, :1] // GAME).all()
    assert len(set(zip(numbers[:, 0].tolist(), source.files, strict=True))) == source.length
    np.testing.assert_array_equal(read["action"], numbers % 3)
    np.testing.assert_array_equal(read["reward"], numbers)


def test_what_lies_beside_a_frame_is_of_that_frame(folder):
    source = steps(folder, arrays=("ram",), frames=3)
    assert source.spec["ram"].shape == (3, 2) and source.about == {}
    read = source.read(np.array([0, 9, source.length - 1]))
    shown = (read["clip"][:, :, :8].mean((2, 3, 4)) - number_to_grey(0)) / 4  # scaling moves a level or two
    np.testing.assert_allclose(shown, read["ram"][:, :, 0], atol=0.8)
    assert [source.files[i] for i in (0, -1)] == ["train/seven/0.mp4", "train/seven/1.mp4"]
    assert read["ram"][[0, -1], 0, 1].tolist() == [0, 1], "each film has its own"
    assert set(steps(folder, "test").files) == {"test/seven/2.mp4"}


def test_screens_are_squeezed_and_not_cut(folder):
    """Of 32 x 48 pixels all 48 columns are there: the upper half is of one grey, the lower of the whole picture."""
    clip = steps(folder).read(np.array([0]))["clip"][0, 0]
    whole = next(numbered(1))[16:].reshape(16, 16, 3, 3).mean(2)  # of three columns two thirds as many
    assert clip.shape == (32, 32, 3)
    assert abs(clip[16:].mean() - whole.mean()) < 2


def test_a_part_of_a_split_and_what_is_not_there(folder):
    assert steps(folder, "train[:50%]").length == 17
    with pytest.raises(DataError, match="has no split 'valid'; it has test, train"):
        steps(folder, "valid")
    with pytest.raises(DataError, match="no game of it is as long as 8 frames at stride 1"):
        steps(folder, frames=8)
    with pytest.raises(DataError, match=r"no pose in 0\.npz"):
        steps(folder, arrays=("pose",))
