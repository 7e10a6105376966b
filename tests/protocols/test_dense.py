"""Segmentation and objects by a run's encoder, on pictures whose texture tells what they hold."""

import json

import numpy as np
import pytest

from jssl.errors import DataError
from jssl.protocols.dense import probe_patches, table
from jssl.report.page import write_report
from jssl.run.train import fit
from tests.run.test_foreign import folder_of
from tests.tiny_config import get_config

SIDE = 32


def squares(n: int, seed: int = 0) -> dict[str, np.ndarray]:
    """Noise, in which lies a square of stripes, upright or lying: class 1 or 2."""
    rng = np.random.default_rng(seed)
    images, masks = rng.integers(0, 256, (n, SIDE, SIDE, 1)).astype(np.uint8), np.zeros((n, SIDE, SIDE), np.uint8)
    stripes = np.where(np.arange(16) % 4 < 2, 0, 255).astype(np.uint8)
    for image, mask in zip(images, masks, strict=True):
        y, x, kind = *rng.integers(0, SIDE - 16, 2), rng.integers(2)
        image[y : y + 16, x : x + 16, 0] = stripes[None] if kind else stripes[:, None]
        mask[y : y + 16, x : x + 16] = 1 + kind
    return {"images": images, "mask": masks}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dense")
    np.savez(folder / "squares.npz", **squares(96))
    config = get_config()
    config.data.name, config.data.test, config.epochs = f"npz:{folder}/squares.npz", "", "4 steps"
    config.augment.update({"size": SIDE, "affine": None, "crop": None})
    config.encoder.update({"width": 8, "depth": 2})
    config.optimizer.warmup = 0.0
    fit(config, folder / "run")
    return folder / "run", f"npz:{folder}/squares.npz"


@pytest.mark.slow
def test_pixels_are_told_and_objects_found(run):
    workdir, data = run
    rows = {(row["features"], row["task"]): row["mean"] for row in probe_patches(workdir, data)}
    assert {name for name, _ in rows} == {"pretrained", "untrained", "raw pixels"}
    assert rows["pretrained", "segmentation, linear (mean IoU)"] > 0.5  # all background: 0.25
    assert rows["pretrained", "segmentation, kNN (mean IoU)"] > 0.5
    assert all(0 <= value <= 1 for value in rows.values())
    kept = json.loads((workdir / "dense.json").read_text())["rows"]
    assert len(kept) == 9 and "objects found" in table(kept)
    page = write_report(workdir).read_text()
    assert "segmentation, linear (mean IoU)" in page and "in the next" in page


@pytest.mark.slow
def test_weights_of_others_are_asked_likewise_and_nothing_is_written(tmp_path):
    origin = folder_of("hf vit", tmp_path)
    np.savez(tmp_path / "small.npz", **{key: x[:, ::2, ::2] for key, x in squares(40).items()})
    before = sorted(path.name for path in tmp_path.rglob("*"))
    rows = probe_patches(origin, f"npz:{tmp_path}/small.npz")
    assert len(rows) == 9 and {row["features"] for row in rows} == {"pretrained", "untrained", "raw pixels"}
    assert sorted(path.name for path in tmp_path.rglob("*")) == before


@pytest.mark.slow
def test_data_without_masks_is_refused(run, tmp_path):
    workdir, _ = run
    arrays = squares(8)
    np.savez(tmp_path / "plain.npz", images=arrays["images"])
    with pytest.raises(DataError, match="has no masks"):
        probe_patches(workdir, f"npz:{tmp_path}/plain.npz")
    np.savez(tmp_path / "one.npz", images=arrays["images"], mask=np.zeros_like(arrays["mask"]))
    with pytest.raises(DataError, match="no two classes"):
        probe_patches(workdir, f"npz:{tmp_path}/one.npz")
    np.savez(tmp_path / "large.npz", **{key: x.repeat(2, 1).repeat(2, 2) for key, x in arrays.items()})
    with pytest.raises(DataError, match="pictures of 64x64, of which the encoder would see the middle, 32 pixels wide"):
        probe_patches(workdir, f"npz:{tmp_path}/large.npz")
