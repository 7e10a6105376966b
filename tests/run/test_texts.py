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
from jssl.protocols.finetune import FineTuning, finetune
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


@pytest.mark.slow
def test_a_run_is_watched_by_its_perplexity_and_best_is_chosen_by_it(finished: Path):
    rows = read_metrics(finished / "metrics.jsonl")
    seen = [row["monitor/perplexity"] for row in rows if "monitor/perplexity" in row]
    assert len(seen) == 2 and seen[1] < seen[0] < 300
    best = jssl.load(finished, checkpoint="best", devices=jax.devices()[:1])
    assert best.step == max(row["step"] for row in rows)


@pytest.mark.slow
def test_perplexity_is_the_same_on_any_number_of_devices(finished: Path, folder: Path):
    plan = make_plan(config_of(folder), devices=jax.devices()[:1])
    encoder = jssl.load(finished, devices=jax.devices()[:1])
    params, extra = jax.tree.map(np.asarray, (encoder.params, encoder.extra))
    found = [
        make_perplexity(plan.method, make_layout(devices=jax.devices()[:n]), plan.train, batch_size=size)(params, extra)
        for n, size in ((1, 64), (8, 32))
    ]
    np.testing.assert_allclose(found[0], found[1], rtol=1e-5)


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
def test_methods_of_views_take_texts_by_config_alone_and_have_no_score(folder: Path):
    config = config_of(folder, "simclr", projector=(8, 4))
    plan = make_plan(config, devices=jax.devices()[:1])  # traces the whole step
    assert plan.inputs["tokens"].count == 2 and plan.validation is None
    config.data.validation = "train[80%:]"
    with pytest.raises(ConfigError, match="simclr has no score of its own"):
        make_plan(config, devices=jax.devices()[:1])


@pytest.fixture(scope="module")
def writer(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    workdir = tmp_path_factory.mktemp("writer")
    config = config_of(folder, "next_word")
    config.augment, config.encoder.causal = {"recipe": "plain"}, True
    config.data.validation, config.evaluate.every = "train[80%:]", 2
    fit(config, workdir, devices=jax.devices()[:1])
    return workdir


@pytest.mark.slow
def test_a_language_model_is_watched_by_its_perplexity_and_writes(writer: Path):
    rows = read_metrics(writer / "metrics.jsonl")
    assert [row["monitor/perplexity"] < 300 for row in rows if "monitor/perplexity" in row] == [True]
    model = jssl.load(writer, devices=jax.devices()[:1])
    prompts = ["Once UPON", "", "Once UPON"]
    texts = model.write(prompts, temperature=1.0, top_p=0.9)
    assert all(text.startswith(prompt) for text, prompt in zip(texts, prompts, strict=True))
    assert texts[0] != texts[2] and texts == model.write(prompts, temperature=1.0, top_p=0.9)
    assert texts != model.write(prompts, temperature=1.0, top_p=0.9, seed=1)
    assert len(set(model.write(["Once", "Once"], temperature=0.0))) == 1
    for options, message in (
        ({"temperature": -1.0}, "temperature=-1.0 must be at least 0"),
        ({"top_p": 0.0}, "top_p=0.0 must be above 0"),
        ({"prompts": ["word " * 40]}, "have room for 14"),
    ):
        with pytest.raises(ConfigError, match=message):
            model.write(**{"prompts": ["a"], **options})


@pytest.mark.slow
def test_other_methods_write_nothing(finished: Path):
    with pytest.raises(ConfigError, match="bert writes no texts"):
        jssl.load(finished, devices=jax.devices()[:1]).write(["a"])


@pytest.mark.long
def test_a_run_on_texts_is_fine_tuned(tmp_path: Path):
    """Two classes with words of their own, which few labels are enough to tell."""
    rows = [f"{label}\t{word} film {i}" for i in range(60) for label, word in (("neg", "ill"), ("pos", "good"))]
    (tmp_path / "table.tsv").write_text("\n".join(rows) + "\n")
    config = config_of(tmp_path / "table.tsv")
    config.data.test = "train[80%:]"
    fit(config, tmp_path / "run", devices=jax.devices()[:1])
    how = FineTuning(labels="20 per class", steps=60, learning_rates=(1e-1,), batch_size=16, average=0.5)
    row = finetune(tmp_path / "run", how, draws=1)
    assert row["features"] == "pretrained" and row["mean"] > 0.8


@pytest.mark.long
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
