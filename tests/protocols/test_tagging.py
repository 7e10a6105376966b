"""Tags of words by a probe of an encoder's tokens."""

from pathlib import Path

import jax
import numpy as np
import pytest

from configs.tagging_brown import get_config
from jssl.data.sources import open_source
from jssl.errors import DataError
from jssl.protocols.tagging import probe_tags, table
from jssl.run.config import defaults
from jssl.run.train import fit
from jssl.run.workdir import read_json

WORDS = {"the": "at", "a": "at", "dog": "nn", "cat": "nn", "sees": "vb", "hears": "vb"}


def sentence(i: int) -> list[str]:
    rng = np.random.default_rng(i)
    return [str(rng.choice([w for w, tag in WORDS.items() if tag == kind])) for kind in ("at", "nn", "vb", "at", "nn")]


@pytest.fixture(scope="module")
def tagged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tags") / "tagged.txt"
    lines = [" ".join(f"{word}/{WORDS[word]}" for word in sentence(i)) for i in range(60)]
    path.write_text("\n".join(lines) + "\n")
    return path


def test_words_have_their_tag_at_their_first_token(tagged: Path):
    source = open_source(f"tagged:{tagged}", split="train[:50%]", length=7, vocabulary=262)  # words of several tokens
    assert source.length == 30 and source.about["tags"] == ["at", "nn", "vb"]
    batch = source.read(np.arange(30))
    assert (batch["tag"][:, 0] == -1).all() and (batch["tag"][:, 1] >= 0).all()
    assert (batch["length"] <= 7).all()
    ends = batch["tokens"][np.arange(30), batch["length"] - 1]
    assert (ends == source.about["separator_token"]).all()
    whole = open_source(f"tagged:{tagged}", length=20, vocabulary=300).read(np.arange(60))
    assert ((whole["tag"] >= 0).sum(1) == 5).all()


def test_a_word_without_a_tag_is_named(tmp_path: Path):
    (tmp_path / "bad.txt").write_text("the/at dog/nn\nthe cat/nn\n")
    with pytest.raises(DataError, match="line 2: 'the' is not written as word/tag"):
        open_source(f"tagged:{tmp_path / 'bad.txt'}")
    with pytest.raises(DataError, match="cannot be read"):
        open_source(f"tagged:{tmp_path / 'none.txt'}")


@pytest.mark.slow
def test_a_probe_of_tokens_tells_tags(tagged: Path, tmp_path: Path):
    (tmp_path / "texts.txt").write_text("\n".join(" ".join(sentence(i)) for i in range(60)) + "\n")
    config = defaults()
    config.data.name, config.data.test = f"text:{tmp_path / 'texts.txt'}", ""
    config.data.length, config.data.vocabulary = 12, 300
    config.input, config.augment = "tokens", {"recipe": "plain"}
    config.encoder = {"name": "text_transformer", "dim": 8, "depth": 1, "heads": 2, "positions": 12}
    config.method = {"name": "bert"}
    config.optimizer = {"name": "adamw", "learning_rate": 1e-2, "weight_decay": 0.0, "warmup": 0.0}
    config.batch_size, config.epochs, config.evaluate.every = 8, 1, 0
    fit(config, tmp_path / "run", devices=jax.devices()[:1])
    rows = probe_tags(tmp_path / "run", f"tagged:{tagged}")
    assert [row["features"] for row in rows] == ["pretrained", "untrained", "most frequent tag of the word"]
    assert rows[0]["mean"] > 0.9 and rows[2]["mean"] == 1.0
    assert read_json(tmp_path / "run" / "tags.json")["rows"] == rows
    assert "pretrained" in table(rows)
    with pytest.raises(DataError, match="has no tags"):
        probe_tags(tmp_path / "run", f"text:{tmp_path / 'texts.txt'}")


@pytest.mark.slow
def test_a_run_of_tagging_starts_from_another_and_tells_tags(tagged: Path, tmp_path: Path):
    config = get_config(str(tagged))
    config.data.train, config.data.validation, config.data.length = "train[:60%]", "train[60%:80%]", 12
    config.data.vocabulary = 300
    config.encoder.update({"dim": 8, "depth": 1, "heads": 2, "positions": 12})
    config.optimizer.learning_rate = 0.3
    config.batch_size, config.epochs, config.evaluate.every, config.checkpoint.every = 12, 10, 10, 10
    fit(config, tmp_path / "first", devices=jax.devices()[:1])
    config.start, config.data.tokenizer = str(tmp_path / "first"), str(tmp_path / "first" / "tokenizer.json")
    config.epochs, config.evaluate.every = 1, 0
    fit(config, tmp_path / "second", devices=jax.devices()[:1])
    found = {row["features"]: row["mean"] for row in probe_tags(tmp_path / "second", f"tagged:{tagged}")}
    assert found["its own classifier"] > 0.9
