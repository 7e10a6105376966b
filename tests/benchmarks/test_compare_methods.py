from benchmarks import compare_methods as compare


def row(name: str, seed: int, knn: float) -> dict:
    return {
        "row": name, "seed": seed, "kNN": knn, "linear probe": 90.0, "10 per class": 80.0, "RankMe": 30.0,
        "CPU minutes": 2.0, "settings": "x",
    }  # fmt: skip


def test_the_table_has_baselines_first_and_then_the_best():
    rows = [row("byol", 0, 95.0), row("simclr", 0, 96.0), row("simclr", 1, 97.0)]
    rows += [row("untrained convnet", 0, 88.0), row("raw pixels", 0, 93.0), row("PCA-64", 0, 94.0)]
    lines = compare.table(rows).splitlines()
    assert [line.split(" | ")[0] for line in lines[2:]] == [
        "| PCA-64", "| raw pixels", "| untrained convnet", "| simclr", "| byol"
    ]  # fmt: skip
    assert lines[5].split(" | ")[1] == "96.5 ± 0.7"


def test_a_changed_config_is_another_run(monkeypatch):
    before = compare.settings("simclr", "simclr", "mnist5k", 0)
    assert before == compare.settings("simclr", "simclr", "mnist5k", 0)
    assert before != compare.settings("simclr", "simclr", "mnist5k", 1)
    original = compare.config_for

    def changed(*arguments):
        config = original(*arguments)
        config.method.temperature = 0.3
        return config

    untrained = compare.settings("untrained convnet", "simclr", "mnist5k", 0)
    monkeypatch.setattr(compare, "config_for", changed)
    assert compare.settings("simclr", "simclr", "mnist5k", 0) != before
    assert compare.settings("untrained convnet", "simclr", "mnist5k", 0) == untrained
