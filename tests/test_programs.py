"""Where compiled programs are kept."""

import importlib.util
import os
import subprocess
import sys

import pytest

from launch.programs import keep_programs


def test_a_folder_of_the_user_s_unless_jax_was_told_another(monkeypatch, tmp_path):
    environment = {"XDG_CACHE_HOME": str(tmp_path)}
    keep_programs(environment)
    folder = environment["JAX_COMPILATION_CACHE_DIR"]
    assert folder.startswith(f"{tmp_path}/jssl/programs-")
    assert ("JAX_COMPILATION_CACHE_MAX_SIZE" in environment) == bool(importlib.util.find_spec("filelock"))
    told = {"JAX_COMPILATION_CACHE_DIR": "/elsewhere"}
    keep_programs(told)
    assert told == {"JAX_COMPILATION_CACHE_DIR": "/elsewhere"}
    (tmp_path / "file").touch()
    keep_programs(nowhere := {"XDG_CACHE_HOME": str(tmp_path / "file")})
    assert nowhere == {"XDG_CACHE_HOME": str(tmp_path / "file")}
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    keep_programs(without := {"XDG_CACHE_HOME": str(tmp_path)})
    assert without["JAX_COMPILATION_CACHE_DIR"] == folder and "JAX_COMPILATION_CACHE_MAX_SIZE" not in without


@pytest.mark.slow
def test_a_second_start_compiles_nothing_anew(tmp_path):
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path), "JAX_ENABLE_COMPILATION_CACHE": "true"}
    kept = []
    for i in range(2):
        subprocess.run(
            [sys.executable, "-m", "launch.pretrain", "--config=tests/tiny_config.py", f"--workdir={tmp_path}/{i}",
             "--noassess", "--config.epochs=3 steps", "--config.optimizer.warmup=0.0", "--config.evaluate.every=0"],
            check=True, capture_output=True, env=environment,
        )  # fmt: skip
        kept.append({path.name for path in (tmp_path / "jssl").rglob("*-cache")})
    assert kept[0] == kept[1] and any("step" in name for name in kept[0])
