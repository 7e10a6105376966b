"""Runs on texts: by config alone, watched by perplexity, and what a user does with them afterwards."""

import json
from pathlib import Path

import jax
import numpy as np
import pytest
from ml_collections import ConfigDict

import jssl
from jssl.errors import ConfigError, DataError
from jssl.evaluate.held_out import make_perplexity
from jssl.parallel import make_layout
from jssl.protocols.frozen import assess
from jssl.protocols.propagation import propagate_labels
from jssl.run.config import defaults
from jssl.run.plan import make_plan
from jssl.run.train import fit
from jssl.run.writers import read_metrics
from tests.data.test_texts import sentence


def config_of(folder: Path, method: str = "bert", **options: object) -> ConfigDict:
    config = defaults()
    config.data.name = f"text:{folder}"
    config.data.train, config.data.test = "train[:80%]", ""
    config.data.length, config.data.vocabulary = 16, 300
    config.input = "tokens"
    config.augment = {"recipe": "plain" if method == "bert" else "spans"}
    config.encoder = {"name": "text_transformer", "dim": 8, "depth": 1, "heads": 2, "positions": 16}
    config.method = {"name": method, **options}
    config.optimizer = {"name": "adamw", "learning_rate": 3e-2, "weight_decay": 0.0, "warmup": 0.0}
    config.batch_size, config.epochs = 16, 2
    config.evaluate.every = config.checkpoint.every = 1
    return config


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("texts")
    for i in range(40):
        (folder / f"{i:02}.txt").write_text(sentence(i, 40))
    return folder


@pytest.fixture(scope="module")
def finished(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    workdir = tmp_path_factory.mktemp("run")
    config = config_of(folder)
    config.data.validation = "train[80%:]"
    fit(config, workdir, devices=jax.devices()[:1])
    return workdir


def test_a_run_is_watched_by_its_perplexity_and_best_is_chosen_by_it(finished: Path):
    rows = read_metrics(finished / "metrics.jsonl")
    seen = [row["monitor/perplexity"] for row in rows if "monitor/perplexity" in row]
    assert len(seen) == 2 and seen[1] < seen[0] < 300
    best = jssl.load(finished, checkpoint="best", devices=jax.devices()[:1])
    assert best.step == max(row["step"] for row in rows)


def test_perplexity_is_the_same_on_any_number_of_devices(finished: Path, folder: Path):
    plan = make_plan(config_of(folder), devices=jax.devices()[:1])
    encoder = jssl.load(finished, devices=jax.devices()[:1])
    params, extra = jax.tree.map(np.asarray, (encoder.params, encoder.extra))
    found = [
        make_perplexity(plan.method, make_layout(devices=jax.devices()[:n]), plan.train, batch_size=size)(params, extra)
        for n, size in ((1, 64), (8, 32))
    ]
    np.testing.assert_allclose(found[0], found[1], rtol=1e-5)


def test_strings_and_other_folders_are_read_by_the_runs_tokenizer(finished: Path, tmp_path: Path):
    encoder = jssl.load(finished, devices=jax.devices()[:1])
    texts = [sentence(100), "something else altogether " * 3]
    features = encoder(texts)
    assert features.shape == (2, 8) and np.isfinite(features).all()
    for i, text in enumerate(texts):
        (tmp_path / f"{i}.txt").write_text(text)
    source = encoder.open(f"text:{tmp_path}")
    assert source.assets == encoder.facts.assets and source.files == ("0.txt", "1.txt")
    np.testing.assert_allclose(encoder.embed(source), features, atol=1e-5)


def test_a_run_refuses_another_tokenizer(finished: Path, folder: Path):
    config = config_of(folder)
    config.data.validation = "train[80%:]"
    text = folder / "00.txt"
    before = text.read_text()
    text.write_text("zzz qqq zzz qqq " * 50)
    try:
        with pytest.raises(DataError, match=r"tokenizer.json is not what the data has now"):
            fit(config, finished, devices=jax.devices()[:1])
    finally:
        text.write_text(before)


def test_methods_of_views_take_texts_by_config_alone_and_have_no_score(folder: Path):
    config = config_of(folder, "simclr", projector=(8, 4))
    plan = make_plan(config, devices=jax.devices()[:1])  # traces the whole step
    assert plan.inputs["tokens"].count == 2 and plan.validation is None
    config.data.validation = "train[80%:]"
    with pytest.raises(ConfigError, match="simclr has no score of its own"):
        make_plan(config, devices=jax.devices()[:1])


@pytest.mark.slow
def test_labelled_texts_are_assessed_beside_counts_of_words(tmp_path: Path):
    """Two kinds of texts of different words, which counting tells and which spread labels by it."""
    rng = np.random.default_rng(0)
    words = {"a": "red blue green brown white black", "b": "one two three four five six"}
    rows = [(kind, " ".join(rng.choice(words[kind].split(), 30))) for _ in range(40) for kind in words]
    (tmp_path / "kinds.tsv").write_text("".join(f"{kind}\t{text}\n" for kind, text in rows))
    config = config_of(tmp_path / "kinds.tsv")
    config.data.test = "train[80%:]"
    config.evaluate.draws = 1
    fit(config, tmp_path / "run", devices=jax.devices()[:1])
    assess(tmp_path / "run", clips=3)
    results = json.loads((tmp_path / "run" / "results.json").read_text())
    assert results["protocol"]["clips"] == 3 and results["protocol"]["dimensions"]["bag of words"] == 300
    sets = {"pretrained", "untrained", "bag of words", "TF-IDF", "PCA-64", "k-means-64"}
    assert {row["features"] for row in results["rows"]} == sets
    told = {(row["features"], row["task"]): row["mean"] for row in results["rows"] if row["labels"] == "all"}
    assert told["bag of words", "kNN"] == told["TF-IDF", "linear probe"] == told["PCA-64", "kNN"] == 1.0
    rows = propagate_labels(tmp_path / "run", "2 per class", draws=1, k=10)
    assert [row["mean"] for row in rows if row["features"] == "bag of words"] == [1.0]
