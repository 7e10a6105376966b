"""The file of metrics: what is read of a long or a damaged one, and what a run that goes on keeps."""

import json

from jssl.run.writers import Writers, read_metrics


def rows(count):
    return [{"step": i, "train/loss": 1.0, **({"monitor/knn": 0.5} if i % 100 == 3 else {})} for i in range(count)]


def test_of_a_long_file_monitors_are_all_read_and_losses_are_thinned(tmp_path):
    path = tmp_path / "metrics.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows(1000)))
    assert read_metrics(path) == rows(1000)
    thin = read_metrics(path, most=99)
    assert [row["step"] for row in thin if "monitor/knn" not in row] == [i for i in range(0, 1000, 11) if i % 100 != 3]
    assert sum("monitor/knn" in row for row in thin) == 10


def test_lines_that_are_no_rows_are_left_out(tmp_path):
    path = tmp_path / "metrics.jsonl"
    path.write_bytes(b'{"step": 1, "a": 2}\n\xff\x00\n[1]\n{"a": 1}\n{"step": 2, "a": 3}\n{"step": 3, "a"')
    assert read_metrics(path) == [{"step": 1, "a": 2}, {"step": 2, "a": 3}]
    assert read_metrics(path) == [{"step": 1, "a": 2}, {"step": 2, "a": 3}]


def test_a_run_that_goes_on_drops_what_it_runs_again(tmp_path):
    path = tmp_path / "metrics.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows(40)))
    writers = Writers(tmp_path, {}, resume_step=20)
    writers.write(21, {"train/loss": 0.5})
    writers.close()
    assert read_metrics(path) == [*rows(21), {"step": 21, "train/loss": 0.5}]
