"""What is claimed of versions is what is tested."""

import re
import runpy
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def claimed() -> dict:
    import setuptools

    seen = {}
    original, setuptools.setup = setuptools.setup, seen.update
    try:
        runpy.run_path(str(ROOT / "setup.py"))
    finally:
        setuptools.setup = original
    return seen


def pins(python: str) -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    requirements = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return {
        canonicalize_name(r.name): next(iter(r.specifier)).version
        for r in requirements
        if r.marker is None or r.marker.evaluate({"python_version": python})
    }


@pytest.mark.slow
def test_lower_bounds_are_the_versions_tested_on_the_oldest_python(claimed) -> None:
    oldest = pins("3.11")
    required = [Requirement(text) for text in claimed["install_requires"] + claimed["extras_require"]["test"]]
    assert required
    for requirement in required:
        bound = next(iter(requirement.specifier))
        assert bound.operator == ">=", requirement
        assert oldest[canonicalize_name(requirement.name)] == bound.version, requirement


def test_both_supported_jax_versions_are_pinned() -> None:
    assert pins("3.11")["jax"].startswith("0.10.") and pins("3.12")["jax"].startswith("0.11.")


def test_extras_are_the_promised_ones(claimed) -> None:
    assert {"demo", "test", "gpu", "tpu", "tensorboard", "wandb"} <= set(claimed["extras_require"])
    assert claimed["name"] == "jssl" and claimed["python_requires"] == ">=3.11"


def test_what_runs_satisfies_what_is_claimed(claimed) -> None:
    from importlib.metadata import version

    for text in claimed["install_requires"]:
        requirement = Requirement(text)
        assert Version(version(requirement.name)) in requirement.specifier, requirement


@pytest.mark.slow
def test_importing_jssl_loads_no_heavy_package() -> None:
    import subprocess

    heavy = (
        "tensorflow_datasets",
        "grain",
        "array_record",
        "ml_collections",
        "orbax.checkpoint",
        "sklearn",
        "PIL",
        "mlxtend",
    )
    code = (
        "import sys\n"
        f"for name in {heavy!r}: sys.modules[name] = None\n"
        "import jssl, jssl.run.step, jssl.run.plan, jssl.methods, jssl.nets\n"
        "import jssl.augment.views, jssl.optim.optimizers, jssl.parallel\n"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


def test_no_module_is_a_room_without_a_name() -> None:
    names = {path.stem for path in (ROOT / "jssl").rglob("*.py")}
    assert not [name for name in names if re.fullmatch(r"utils?|helpers?|common|misc", name)]


FLOORS = (
    "errors ranges cost", "losses augment", "exhibit method", "parallel optim data", "bank nets inputs features",
    "methods evaluate convert", "run", "encoder report", "selftrain protocols",
)  # fmt: skip
"""Rooms of the package from the ground up: each imports from its own floor's own room and from floors below."""


def test_imports_point_one_way() -> None:
    floor = {room: i for i, rooms in enumerate(FLOORS) for room in rooms.split()}
    for path in (ROOT / "jssl").rglob("*.py"):
        room = path.relative_to(ROOT / "jssl").parts[0].removesuffix(".py")
        if room == "__init__":
            continue
        text = path.read_text()
        assert not re.search(r"^\s*(?:from|import) (launch|configs|benchmarks)\b", text, re.MULTILINE), path
        found = re.findall(r"^\s*(?:from|import) jssl\.(\w+)", text, re.MULTILINE)
        found += [name for names in re.findall(r"^\s*from jssl import ([\w, ]+)", text, re.MULTILINE)
                  for name in re.split(r",\s*| as \w+", names) if name]  # fmt: skip
        for other in found:
            assert other == room or floor[other] < floor[room], f"{path} imports jssl.{other}"
    for room in ("losses", "augment"):
        for path in (ROOT / "jssl" / room).rglob("*.py"):
            assert not re.findall(rf"jssl\.(?!{room}|ranges)\w+ import", path.read_text()), path
