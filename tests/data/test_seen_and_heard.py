"""Digits seen and heard: pairs of one class, drawn anew or fixed, and disjoint between the splits."""

import pickle
import wave

import numpy as np
import pytest

from jssl.data.builders.spoken_digit import SPEAKERS, UNSEEN
from jssl.data.seen_and_heard import pair
from jssl.data.source import Labels, from_arrays
from jssl.data.sources import open_source, prepare
from jssl.errors import DataError

CLASSES = ("a", "b")
SEEN = from_arrays(
    "seen", {"label": Labels(np.array([0, 1, 0, 1, 0, 0]), CLASSES)}, image=np.arange(6, dtype=np.uint8)[:, None]
)
HEARD = from_arrays(
    "heard",
    {
        "digit": Labels(np.array([1, 0, 0, 1, 0]), CLASSES),
        "speaker": Labels(np.array([0, 1, 2, 0, 1]), ("x", "y", "z")),
    },
    sound=np.arange(5, dtype=np.float32)[:, None],
)


def test_without_draws_each_picture_has_its_own_recording_in_turns() -> None:
    source = pair("both", SEEN, HEARD)
    read = source.read(np.arange(6))
    np.testing.assert_array_equal(read["image"][:, 0], np.arange(6))
    # Class 0 has the recordings 1, 2 and 4, class 1 has 0 and 3.
    np.testing.assert_array_equal(read["sound"][:, 0], [1, 0, 2, 3, 4, 1])
    np.testing.assert_array_equal(source.read(np.array([5, 2]))["sound"][:, 0], [1, 2])
    assert list(source.targets) == ["digit", "speaker"] and source.classes == CLASSES
    np.testing.assert_array_equal(source.targets["speaker"].labels, [1, 0, 2, 0, 1, 1])


def test_draws_choose_any_recording_of_the_class() -> None:
    source = pickle.loads(pickle.dumps(pair("both", SEEN, HEARD).read))
    rows = np.repeat([0, 1], 300)
    draws = np.random.default_rng(0).integers(0, 2**63, 600, np.uint64)
    sounds = source(rows, draws)["sound"][:, 0]
    np.testing.assert_array_equal(sounds, source(rows, draws)["sound"][:, 0])
    for row, expected in ((0, [1, 2, 4]), (1, [0, 3])):
        found, counts = np.unique(sounds[rows == row], return_counts=True)
        assert found.tolist() == expected and counts.min() > 60


def test_refused() -> None:
    other = HEARD._replace(targets={"digit": Labels(np.array([0, 1, 0, 1, 0]), ("a", "c"))})
    with pytest.raises(DataError, match="same classes"):
        pair("both", SEEN, other)
    lacking = HEARD._replace(targets={"digit": Labels(np.zeros(5, np.int32), CLASSES)})
    with pytest.raises(DataError, match="no example of b"):
        pair("both", SEEN, lacking)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where data lies that is prepared of made-up recordings, whose first sample tells digit and speaker."""
    top = tmp_path_factory.mktemp("data")
    (top / "wavs").mkdir()
    for digit in range(10):
        for number, speaker in enumerate(SPEAKERS):
            for index in (0, 5, 6):
                with wave.open(str(top / "wavs" / f"{digit}_{speaker}_{index}.wav"), "wb") as file:
                    file.setparams((1, 2, 8000, 0, "NONE", ""))
                    file.writeframes(np.full(4000, 1000 * digit + 100 * number + index, np.int16).tobytes())
    prepare("seen_and_heard", top / "prepared", top / "wavs")
    return top / "prepared"


def told(source) -> tuple[np.ndarray, np.ndarray]:
    """Digit and speaker of the sounds that go with all pictures."""
    value = np.round(source.read(np.arange(source.length))["sound"][:, 2000] * 32768).astype(int)
    return value // 1000, value % 1000 // 100


@pytest.mark.slow
def test_speakers_and_pictures_are_disjoint(folder) -> None:
    train, test = (open_source("seen_and_heard", split=split, data_dir=folder) for split in ("train", "test"))
    assert (train.length, test.length) == (4000, 1000) and list(test.targets) == ["digit"]
    assert train.spec["image"].shape == (28, 28, 1) and train.spec["sound"].shape == (8000,)
    heard = {}
    for split, source in (("train", train), ("test", test)):
        digits, speakers = told(source)
        np.testing.assert_array_equal(digits, source.labels)
        heard[split] = {SPEAKERS[i] for i in np.unique(speakers)}
    assert heard == {"train": set(SPEAKERS) - set(UNSEEN), "test": set(UNSEEN)}
    pictures = [{x.tobytes() for x in s.read(np.arange(s.length))["image"]} for s in (train, test)]
    assert not pictures[0] & pictures[1]


@pytest.mark.slow
def test_the_same_speakers_are_a_target(folder) -> None:
    test = open_source("seen_and_heard", split="test", data_dir=folder, speakers="same")
    np.testing.assert_array_equal(told(test)[1], test.targets["speaker"].labels)
    assert test.targets["speaker"].classes == SPEAKERS


@pytest.mark.slow
def test_what_is_not_there_is_said_with_the_command(tmp_path, folder) -> None:
    with pytest.raises(DataError, match=r"launch.prepare --data=seen_and_heard --manual_dir=FOLDER$"):
        open_source("seen_and_heard", data_dir=tmp_path)
    with pytest.raises(DataError, match="train or test"):
        open_source("seen_and_heard", split="val", data_dir=folder)
    with pytest.raises(DataError, match="speakers='us'"):
        open_source("seen_and_heard", data_dir=folder, speakers="us")
