import json
from pathlib import Path

from benchmarks.resumable import finished, measure

NAMES = ("row", "seed")


def score(name: str, seed: int, log: Path) -> dict:
    """A row; notes that it was asked for. "bad" fails."""
    with log.open("a") as file:
        file.write(f"{name}{seed} ")
    if name == "bad":
        raise ValueError(name)
    return {"row": name, "seed": seed, "value": 10 * seed}


def test_a_line_that_was_cut_off_does_not_count(tmp_path):
    path = tmp_path / "results.jsonl"
    assert finished(path) == []
    path.write_text(json.dumps({"row": "a"}) + "\n" + json.dumps({"row": "b"})[:5])
    assert finished(path) == [{"row": "a"}]


def test_what_is_finished_is_not_run_again_and_a_failure_stands_alone(tmp_path):
    path, log = tmp_path / "results.jsonl", tmp_path / "log"
    path.write_text(
        json.dumps({"row": "a", "seed": 1, "value": 7}) + "\n" + json.dumps({"row": "old", "seed": 1}) + "\n"
    )
    jobs = {(name, seed): (name, seed, log) for name, seed in (("b", 2), ("bad", 1), ("a", 1))}
    rows, well = measure(path, jobs, NAMES, score)
    assert rows == [{"row": "b", "seed": 2, "value": 20}, {"row": "a", "seed": 1, "value": 7}] and not well
    assert log.read_text() == "b2 bad1 "
    again, well = measure(path, {("b", 2): ("b", 2, log)}, NAMES, score)
    assert again == rows[:1] and well and log.read_text() == "b2 bad1 "
