"""The notebooks run from top to bottom."""

import json
from pathlib import Path

import pytest

from jssl.methods import METHODS

NOTEBOOKS = sorted((Path(__file__).parents[1] / "docs/notebooks").glob("*.ipynb"))

pytestmark = pytest.mark.long


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_from_top_to_bottom(path, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    before = set(METHODS)
    names = {"__name__": "notebook"}
    try:
        for cell in json.loads(path.read_text())["cells"]:
            if cell["cell_type"] == "code":
                exec(compile("".join(cell["source"]), path.name, "exec"), names)
    finally:
        for name in set(METHODS) - before:
            del METHODS[name]
    if path.stem == "own_method":
        said = capsys.readouterr().out
        pretrained, untrained = (
            float(said.split(f"{name}: ")[1].split(" %")[0]) for name in ("\npretrained", "untrained")
        )
        assert pretrained > untrained + 2
    else:
        assert names["nearest"].shape == (5, 6) and (names["nearest"][:, 0] == names["asked"]).all()


def test_there_are_two_of_them():
    assert {path.stem for path in NOTEBOOKS} == {"own_method", "own_pictures"}
