"""Series and tables in .csv files."""

import logging

import numpy as np
import pytest

from jssl.data.measurements import about
from jssl.data.sources import open_source
from jssl.errors import DataError


def written(folder, **files: str) -> str:
    for name, text in files.items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".csv").write_text(text)
    return str(folder)


def recording(start: int, steps: int) -> str:
    return "x, y\n" + "\n".join(f"{i},{-i}" for i in range(start, start + steps))


def test_a_folder_of_recordings_gives_windows_and_labels(tmp_path) -> None:
    path = written(tmp_path, walk__a=recording(0, 10), run__b=recording(100, 3), run__c=recording(200, 4))
    source = open_source(f"series:{path}", steps=4)
    assert source.classes == ("run", "walk") and source.labels.tolist() == [0, 0, 1]
    assert source.files == ("run/b.csv", "run/c.csv", "walk/a.csv") and source.spec["series"].shape == (4, 2)
    middle = source.read(np.arange(3))["series"]
    np.testing.assert_array_equal(middle[2], [[3, -3], [4, -4], [5, -5], [6, -6]])
    np.testing.assert_array_equal(middle[0], [[100, -100], [101, -101], [102, -102], [np.nan, np.nan]])
    draws = np.arange(40, dtype=np.uint64)
    starts = [source.read(np.array([2]), draws[i : i + 1])["series"][0, 0, 0] for i in range(40)]
    assert set(starts) == set(range(7))
    whole = np.concatenate([np.arange(100, 103), np.arange(200, 204), np.arange(10)])
    assert source.about == about("series", np.stack([whole, -whole], axis=1).astype(np.float32))


def test_other_columns_and_words_are_left_out_and_named(tmp_path, caplog) -> None:
    path = written(tmp_path, a=recording(0, 5), b=recording(5, 5), c="1;2;3\n4;5;6", d="1,2\n3,four", e="", f="1,2\n3")
    source = open_source(f"series:{path}", steps=2)
    assert source.files == ("a.csv", "b.csv")
    reasons = dict(source.skipped)
    assert reasons["c.csv"] == "3 columns, and most have 2" and reasons["d.csv"] == "a cell that is no number"
    assert reasons["e.csv"] == "no row of numbers in it" and reasons["f.csv"] == "row 2 has 1 cells, and the first 2"
    assert "skipped 4 of 6 series" in caplog.text


def test_a_table_with_a_label_column_and_what_is_missing(tmp_path, caplog) -> None:
    path = (
        written(tmp_path, t="age\tname\tkind\theight\n3\tann\tcat\t1.5\n\tbob\tdog\t2\n5\teve\tcat\tNaN\n") + "/t.csv"
    )
    with caplog.at_level(logging.WARNING):
        source = open_source(f"table:{path}", label_column="kind")
    assert "left out, as they are not numbers: name" in caplog.text
    np.testing.assert_array_equal(source.read(np.arange(3))["table"], [[3, 1.5], [np.nan, 2], [5, np.nan]])
    assert source.classes == ("cat", "dog") and source.labels.tolist() == [0, 1, 0]
    assert source.about["table_mean"] == [4.0, 1.75]
    assert open_source(f"table:{path}", label_column="3").labels.tolist() == [0, 1, 0]
    half = open_source(f"table:{path}", split="train[:2]")
    assert half.length == 2 and half.labels is None and half.about["table_mean"] != source.about["table_mean"]


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        ("a,b\n1,2\n", {"label_column": "c"}, "no column 'c'; it has a, b"),
        ("a\nb\nc\n", {}, "no column of numbers"),
        ("a,b\n", {}, "no row of numbers"),
        ("a,a\n1,2\n", {}, "several columns are called 'a'"),
        ("a,b\n1,2\n", {"split": "test"}, "no split 'test'"),
    ],
)
def test_tables_that_cannot_be_used(tmp_path, text: str, options: dict, said: str) -> None:
    with pytest.raises(DataError, match=said):
        open_source(f"table:{written(tmp_path, t=text)}/t.csv", **options)


def test_a_table_that_is_not_there(tmp_path) -> None:
    with pytest.raises(DataError, match="No such file"):
        open_source(f"table:{tmp_path}/nowhere.csv")
