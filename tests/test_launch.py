"""The command `jssl`, and the configs that come with it."""

import subprocess
import sys
from pathlib import Path

import pytest

from jssl.errors import ConfigError
from jssl.methods import METHODS
from launch import command, methods

ROOT = Path(__file__).parents[1]


def jssl(*words):
    command = [sys.executable, "-m", "launch", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_a_config_that_comes_with_jssl_is_found_from_any_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert command.load_config("simclr_mnist5k").method.name == "simclr"
    assert command.load_config("configs/simclr_cifar10.py:500").epochs == 500


def test_a_file_of_the_users_own_comes_first(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("simclr_mnist5k.py").write_text("from jssl.run.config import defaults as get_config")
    assert command.load_config("simclr_mnist5k.py") != command.load_config("simclr_mnist5k")


def test_what_was_meant_is_named():
    with pytest.raises(ConfigError, match="no such file; simclr_mnist5k"):
        command.load_config("simclr_mnist")
    with pytest.raises(ConfigError, match=r"no such file$"):
        command.load_config("/nowhere/at/all.py")


def test_commands_are_listed_and_others_refused():
    listed = jssl("--help")
    assert listed.returncode == 0
    for name in ("pretrain", "evaluate", "embed", "selftrain", "methods"):
        assert f"\n  {name} " in listed.stdout
    refused = jssl("pretrian")
    assert refused.returncode == 1
    assert "no command 'pretrian'" in refused.stderr


def test_methods_are_listed_with_a_line_each():
    lines = methods.listing().splitlines()
    assert [line.split()[0] for line in lines] == list(METHODS)
    assert all(len(line.split(maxsplit=1)[1]) > 10 for line in lines)


def test_a_method_is_shown_with_its_keys_and_configs():
    shown = methods.page("simclr")
    assert "--config.method.temperature=0.5" in shown
    assert "--config=simclr_imagenet" in shown
    with pytest.raises(ConfigError, match="no such method; there are"):
        methods.page("simlr")
