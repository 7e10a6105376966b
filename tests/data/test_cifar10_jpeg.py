import importlib.util
import io
from pathlib import Path

import numpy as np
from PIL import Image

from jssl.data.sources import open_source


def test_the_converted_copy_opens_as_npz(tmp_path):
    path = Path(__file__).parents[2] / "benchmarks" / "cifar10_jpeg.py"
    spec = importlib.util.spec_from_file_location("cifar10_jpeg", path)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    arrays = {"classes": np.array(["cat", "dog"])}
    for split, shades in (("train", (10, 100, 200)), ("test", (50,))):
        files = []
        for shade in shades:
            Image.new("RGB", (32, 32), (shade,) * 3).save(file := io.BytesIO(), "JPEG")
            files.append(file.getvalue())
        arrays[f"{split}_jpeg"] = np.frombuffer(b"".join(files), np.uint8)
        arrays[f"{split}_offset"] = np.cumsum([0, *map(len, files)])
        arrays[f"{split}_label"] = (np.arange(len(files)) % 2).astype(np.int8)
    np.savez(tmp_path / "jpeg.npz", **arrays)
    script.convert(tmp_path / "jpeg.npz", tmp_path / "plain.npz")
    source = open_source(f"npz:{tmp_path}/plain.npz", split="train")
    assert (
        source.spec["image"].shape == (32, 32, 3)
        and source.classes == ("cat", "dog")
        and source.labels.tolist() == [0, 1, 0]
    )
    np.testing.assert_allclose(source.read(np.arange(3))["image"][:, 5, 5, 0], [10, 100, 200], atol=2)
    assert open_source(f"npz:{tmp_path}/plain.npz", split="test").length == 1
