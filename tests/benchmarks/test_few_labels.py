from pathlib import Path

from benchmarks import few_labels
from benchmarks.few_labels import ROWS, Setting


def row(name: str, per_class: int, draw: int, accuracy: float, **more) -> dict:
    found = {"row": name, "per class": per_class, "draw": draw, "settings": "x", "accuracy": accuracy}
    return {**found, "CPU minutes": 1.0, **more}


def test_the_table_has_a_line_for_each_way_and_each_round():
    rows = [row("supervised", count, draw, 80.0 + count + draw) for count in (4, 10) for draw in (0, 1)]
    rows += [row("noisy student", 10, 0, 95.0, rounds=[90.0, 94.0, 95.0]), row("fixmatch", 4, 0, 97.0)]
    lines = [line.split(" | ") for line in few_labels.table(rows).splitlines()]
    assert lines[0][1:3] == ["4 per class", "10 per class"]
    assert [line[0] for line in lines[2:]] == [
        "| supervised", "| fixmatch", "| noisy student, round 1", "| noisy student, round 2"
    ]  # fmt: skip
    assert lines[2][1:4] == ["84.5 ± 0.7", "90.5 ± 0.7", "2"]
    assert lines[3][1:3] == ["97.0", ""] and lines[4][1:3] == ["", "94.0"] and lines[5][1:3] == ["", "95.0"]


def test_results_are_of_a_setting():
    def settings(name, *arguments):
        return few_labels.settings(name, Setting(*arguments, Path("runs")))

    known = {settings(name, "mnist5k", count, draw) for name in ROWS for count in (4, 10) for draw in (0, 1)}
    # The probe alone has no config that says how many labels it sees; its rows do.
    assert len(known) == 4 * (len(ROWS) - 1) + 1
    assert settings("fixmatch", "mnist5k", 4, 0) == settings("fixmatch", "mnist5k", 4, 0)


def test_every_way_sees_the_drawn_labels():
    setting = Setting("mnist5k", 10, 2, Path("runs"))
    for method in (*few_labels.SEMI_SUPERVISED, "noisy_student"):
        labels = setting.config(method).labels
        assert (labels.which, labels.seed) == ("10 per class", 2)
