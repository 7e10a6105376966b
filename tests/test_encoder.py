"""`jssl.load`, `assess` and the launchers around them, on one short run."""

import json
import subprocess
import sys
from pathlib import Path

import jax
import numpy as np
import pytest
from PIL import Image

import jssl
from jssl.errors import CheckpointError, ConfigError, WorkdirError
from jssl.protocols.frozen import assess
from jssl.run.train import fit
from tests.tiny_config import get_config

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def workdir(tmp_path_factory) -> Path:
    workdir = tmp_path_factory.mktemp("run")
    config = get_config()
    config.epochs = 1
    config.evaluate.draws = 1
    config.optimizer.warmup = 0.0
    fit(config, workdir)
    return workdir


def test_an_encoder_gives_features_on_any_number_of_devices(workdir, rng) -> None:
    images = rng.integers(0, 256, (37, 8, 8, 1), np.uint8)
    encoder = jssl.load(workdir)
    features = encoder(images)
    assert features.shape == (37, 8) and features.dtype == np.float32
    alone = jssl.load(workdir, devices=jax.devices()[:1])
    np.testing.assert_allclose(alone(images), features, atol=1e-5)
    np.testing.assert_allclose(alone(images, batch_size=5), features, atol=1e-5)
    np.testing.assert_allclose(alone(images[..., 0]), features, atol=1e-5)


@pytest.mark.slow
def test_channels_and_sizes_are_brought_to_the_encoders(workdir, rng) -> None:
    encoder = jssl.load(workdir, devices=jax.devices()[:1])
    grey = rng.integers(0, 256, (4, 8, 8, 1), np.uint8)
    np.testing.assert_allclose(encoder(grey.repeat(3, axis=-1)), encoder(grey), atol=1e-4)
    assert encoder(rng.integers(0, 256, (3, 20, 31, 3), np.uint8)).shape == (3, 8)


@pytest.mark.parametrize(
    "images", [np.zeros((2, 8, 8, 1), np.float32), np.zeros((8, 8), np.uint8), np.zeros((2, 8, 8, 2), np.uint8)]
)
def test_other_arrays_are_refused(workdir, images) -> None:
    with pytest.raises(ValueError, match="pictures must be uint8"):
        jssl.load(workdir)(images)


def test_no_run_and_no_checkpoint_are_named(workdir, tmp_path) -> None:
    with pytest.raises(WorkdirError, match=r"no config\.json"):
        jssl.load(tmp_path)
    with pytest.raises(CheckpointError, match=r"holds no checkpoint 7; .* the steps \[22\]"):
        jssl.load(workdir, 7)


@pytest.mark.slow
def test_untrained_is_where_the_run_began(workdir, rng) -> None:
    images = rng.integers(0, 256, (4, 8, 8, 1), np.uint8)
    encoder = jssl.load(workdir)
    untrained = encoder.untrained()
    assert np.abs(untrained(images) - encoder(images)).max() > 1e-3
    np.testing.assert_array_equal(untrained(images), encoder.untrained()(images))


@pytest.mark.slow
def test_assess_writes_results_with_all_baselines_and_the_report(workdir, capsys) -> None:
    report = assess(workdir)
    page = report.read_text()
    results = json.loads((workdir / "results.json").read_text())
    names = ["pretrained", "untrained", "raw pixels", "PCA-64", "k-means-256"]
    assert list(dict.fromkeys(row["features"] for row in results["rows"])) == names
    assert results["protocol"]["dimensions"]["k-means-256"] == 256
    assert results["protocol"]["checkpoint"] == 22
    pixels = [r for r in results["rows"] if (r["features"], r["task"], r["labels"]) == ("raw pixels", "kNN", "all")]
    assert pixels[0]["mean"] > 0.9  # scikit-learn's digits are that easy
    printed = capsys.readouterr().out
    assert "linear probe" in printed and str(report) in printed
    assert "SimCLR" in page and "raw pixels" in page


@pytest.mark.slow
def test_assess_without_labels_says_so_and_still_reports(tmp_path, rng, capsys) -> None:
    np.savez(tmp_path / "plain.npz", images=rng.integers(0, 256, (128, 8, 8, 1), np.uint8))
    config = get_config()
    config.data.name = f"npz:{tmp_path}/plain.npz"
    config.data.test = ""
    config.epochs = 1
    config.optimizer.warmup = 0.0
    config.evaluate.every = 1
    fit(config, tmp_path / "run", devices=jax.devices()[:1])
    assert assess(tmp_path / "run").exists()
    assert "no kNN or linear probe" in capsys.readouterr().out
    assert not (tmp_path / "run/results.json").exists()


@pytest.mark.slow
def test_embed_keeps_file_names_and_names_what_it_skipped(workdir, tmp_path, rng) -> None:
    folder = tmp_path / "pictures"
    (folder / "deep").mkdir(parents=True)
    for i in range(5):
        Image.fromarray(rng.integers(0, 256, (20 + i, 30, 3), np.uint8)).save(folder / "deep" / f"{i}.png")
    (folder / "deep" / "text.jpg").write_text("not a picture")
    out = tmp_path / "features.npz"
    command = [sys.executable, "-m", "launch.embed", f"--workdir={workdir}", f"--data=folder:{folder}", f"--out={out}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "text.jpg" in done.stdout + done.stderr and "1 skipped" in done.stdout
    with np.load(out, allow_pickle=False) as arrays:
        assert arrays["features"].shape == (5, 8)
        assert list(arrays["files"]) == [f"deep/{i}.png" for i in range(5)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (["--config=tests/tiny_config.py", "--config.epoch=3"], 2, "did you mean epochs"),
        (["--config=tests/tiny_config.py", "--config.epochs=three"], 2, "epochs.*three"),
        (["--config=missing.py"], 2, "missing.py"),
        (["--config=tests/tiny_config.py", "--config.batch_size=many"], 2, "batch_size=many"),
        (["--config=tests/tiny_config.py", "--config.method.chnk=3"], 2, "did you mean chunk"),
        (["--config=tests/tiny_config.py", "--config.data.test=nothing"], 2, "DataError: .*nothing"),
        (["--config=configs/simclr_cifar10.py", "--config.data.name=digits"], 2, "ConfigError: .*augment"),
        (["--config=tests/tiny_config.py", "--workdir=setup.py"], 2, "setup.py"),
        (["--workdr=3"], 2, "workdr"),
        (["--config=tests/tiny_config.py", "--config.method.name=nothing"], 2, "ConfigError: .*nothing"),
        (["--config=tests/tiny_config.py", "--config.data.name=folder:/nowhere"], 2, "DataError: .*nowhere"),
        (["--config=tests/tiny_config.py", "stray"], 2, "stray"),
    ],
)
def test_a_refused_launch_says_one_thing(arguments, status, says, tmp_path) -> None:
    import re

    command = [sys.executable, "-m", "launch.pretrain", f"--workdir={tmp_path}/run", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == status, done.stderr
    assert re.search(says, done.stderr), done.stderr
    if status == 2:
        assert "Traceback" not in done.stderr and len(done.stderr.strip().splitlines()) == 1


def test_tokens_are_what_the_features_are_the_mean_of(workdir, rng) -> None:
    encoder = jssl.load(workdir, devices=jax.devices()[:1])
    images = rng.integers(0, 256, (5, 8, 8, 3), np.uint8)  # colour, for an encoder of grey
    tokens = encoder.tokens(images)
    assert tokens.shape == (5, 16, 8) and tokens.dtype == np.float32
    np.testing.assert_allclose(tokens.mean(1), encoder(images), atol=1e-5)
    bare = encoder._replace(encoders={"image": encoder.encoders["image"]._replace(tokens=None)})
    with pytest.raises(ConfigError, match="has no tokens of its own"):
        bare.tokens(images)
