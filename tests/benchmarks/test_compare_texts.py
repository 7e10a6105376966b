import pytest

from benchmarks import compare_texts as compare
from jssl.run.build import build
from tests.run.test_configs import facts_for


def row(name: str, labelled: str, seed: int, knn: float) -> dict:
    return {"row": name, "labelled": labelled, "seed": seed, "settings": "x", "kNN": knn, "linear probe": 60.0}


def test_the_table_has_a_line_for_each_row():
    rows = [row("untrained", "films", seed, 50.0 + seed) for seed in (0, 1)] + [row("SimCSE", "films", 0, 55.0)]
    lines = compare.table([*rows, row("untrained", "glosses", 0, 30.0)]).splitlines()
    assert lines[0] == "|  | films | glosses | seeds |"
    assert lines[2:] == [
        "| untrained | 50.5 ± 0.7 / 60.0 ± 0.0 | 30.0 / 60.0 | 2 |",
        "| SimCSE | 55.0 / 60.0 |  /  | 1 |",
    ]


@pytest.mark.parametrize("name", compare.METHODS)
def test_methods_differ_in_nothing_but_their_own(name: str):
    config, other = compare.config_for(name, "gcide", 7, 0), compare.config_for("masked words", "gcide", 7, 0)
    build(config, facts_for(config))
    assert config.data.to_dict() == other.data.to_dict() and config.epochs == other.epochs == "7 steps"
    assert {**config.encoder, "causal": False, "dropout": 0} == {**other.encoder, "dropout": 0}
