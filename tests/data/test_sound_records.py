import sys
import zipfile

import numpy as np
import pytest
import soundfile

from jssl.data.sources import DataError, open_source

RATE = 8000


def write(path, hertz=300.0, rate=RATE, seconds=0.2):
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, 0.5 * np.sin(2 * np.pi * hertz * np.arange(round(rate * seconds)) / rate), rate)


@pytest.fixture(scope="module")
def spoken(tmp_path_factory):
    """Stand-ins for spoken digits, zipped, with their names."""
    top = tmp_path_factory.mktemp("spoken")
    with zipfile.ZipFile(top / "fsdd.zip", "w") as archive:
        for digit in (0, 7):
            for i, speaker in enumerate(("george", "jackson", "lucas", "nicolas", "theo", "yweweler")):
                for index in (3, 4, 12):
                    write(top / "made.wav", 200 + 100 * i)
                    archive.write(top / "made.wav", f"recordings/{digit}_{speaker}_{index}.wav")
        archive.writestr("recordings/1_theo_20.wav", "broken")
    (top / "made.wav").unlink()
    return top


def opened(spoken, **options):
    return open_source("tfds:spoken_digit", data_dir=spoken / "data", manual_dir=spoken, **options)


@pytest.mark.slow
def test_spoken_digits_have_two_targets_and_two_splits(spoken):
    train, test = opened(spoken), opened(spoken, split="test")
    assert (train.length, test.length) == (12, 24), "the broken one is left out"
    assert list(train.targets) == ["digit", "speaker"] and train.about["rate"] == RATE
    assert train.targets["digit"].classes == tuple("0123456789") and set(train.labels.tolist()) == {0, 7}
    seen, unseen = opened(spoken, split="train_speakers"), opened(spoken, split="test_speakers")
    assert (seen.length, unseen.length) == (24, 12)
    heard = [set(source.targets["speaker"].labels.tolist()) for source in (seen, unseen)]
    assert heard == [{0, 1, 2, 3}, {4, 5}]
    read = train.read(np.arange(12))["sound"]
    assert read.shape == (12, RATE) and abs(np.abs(read).max() - 0.5) < 0.01 and not read[:, 1600:].any()
    assert "tensorflow" not in sys.modules


def test_both_routes_and_another_rate(spoken):
    ram, stream = (opened(spoken, rate=4000, seconds=0.1, route=route) for route in ("ram", "stream"))
    words = np.arange(12, dtype=np.uint64) * np.uint64(12345)
    assert ram.spec["sound"].shape == (400,) and (ram.in_memory, stream.in_memory) == (True, False)
    np.testing.assert_array_equal(ram.read(np.arange(12), words)["sound"], stream.read(np.arange(12), words)["sound"])


@pytest.mark.slow
def test_crema_ds_speakers_are_in_one_split_each(tmp_path):
    for actor in range(1001, 1031):
        for emotion in ("NEU", "ANG"):
            write(tmp_path / "AudioWAV" / f"{actor}_DFA_{emotion}_XX.wav", rate=16000)
    write(tmp_path / "AudioWAV" / "1040_ITH_SAD_XX.wav", rate=16000)
    name = "tfds:crema_d"
    sources = [
        open_source(name, split=split, data_dir=tmp_path / "data", manual_dir=tmp_path)
        for split in ("train", "validation", "test")
    ]
    lengths = [source.length for source in sources]
    assert sum(lengths) == 60 and lengths[0] > lengths[2] > lengths[1] > 0, "about 70, 20 and 10 % of the actors"
    assert all(np.bincount(source.labels)[[0, 3]].tolist() == [source.length // 2] * 2 for source in sources)
    assert sources[0].classes == ("NEU", "HAP", "SAD", "ANG", "FEA", "DIS")


@pytest.mark.slow
def test_speech_commands_follow_their_lists(tmp_path):
    for word in ("yes", "no", "_background_noise_"):
        for i in range(3):
            write(tmp_path / word / f"{i}.wav", rate=16000)
    (tmp_path / "validation_list.txt").write_text("yes/0.wav\nno/1.wav\n")
    (tmp_path / "testing_list.txt").write_text("no/0.wav\n")
    lengths = {
        split: open_source("tfds:speech_commands", split=split, data_dir=tmp_path / "data", manual_dir=tmp_path).length
        for split in ("train", "validation", "test")
    }
    assert lengths == {"train": 3, "validation": 2, "test": 1}


def test_missing_files_are_told_of(tmp_path):
    with pytest.raises(DataError, match="Free Spoken Digit Dataset"):
        open_source("tfds:spoken_digit", data_dir=tmp_path / "data", manual_dir=tmp_path)
    with pytest.raises(DataError, match="manual_dir"):
        open_source("tfds:spoken_digit", data_dir=tmp_path / "data")
