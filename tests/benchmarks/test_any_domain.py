"""The table over domains, and what is the same in all of them."""

from benchmarks.any_domain import DOMAINS, METHODS, config_for, table


def row(domain: str, method: str, seed: int, own: float) -> dict:
    told = {"": own, "untrained ": 30.0 + seed, "without ": 50.0}
    scores = {f"{name}{task}": x for name, x in told.items() for task in ("kNN", "linear probe")}
    about = {"baseline": "raw pixels", "classes": 10, "CPU minutes": 1.0}
    return {"domain": domain, "method": method, "seed": seed, **about, **scores}


def test_all_domains_share_everything_but_how_they_are_embedded() -> None:
    configs = [config_for(domain, method, "x", 3, 20) for domain in DOMAINS for method in METHODS]
    encoders = [{key: x for key, x in config.encoder.items() if key != "patch"} for config in configs]
    assert all(encoder == encoders[0] for encoder in encoders)
    assert all(config.optimizer == configs[0].optimizer and config.epochs == "20 steps" for config in configs)
    assert {config.method.name for config in configs} == {"e_mix", "shed"}


def test_the_table_has_a_row_a_domain_and_no_pretraining_beside() -> None:
    rows = [row("watch", method, seed, 40.0 + seed) for method in METHODS for seed in (0, 2)]
    lines = table([*rows, row("pictures", "ShED", 0, 20.0)]).splitlines()
    assert lines[0] == "|  | e-Mix | ShED | pretraining: none | without a network | classes | CPU minutes |"
    assert lines[2].startswith("| pictures |  | 20.0 / 20.0 | 30.0 / 30.0 | raw pixels 50.0 / 50.0 |")
    assert lines[3].startswith("| watch | 41.0 ± 1.4 / 41.0 ± 1.4 | 41.0 ± 1.4 / 41.0 ± 1.4 | 31.0 ± 1.2 / 31.0 ± 1.2")
