import io

import numpy as np
import pytest
from PIL import Image

from benchmarks.crop import VIEWS, host_crops, read_files, statistics


@pytest.mark.slow
def test_a_middle_square_enlarges_more_and_is_further_off():
    found = statistics(VIEWS["DINO global"], np.array([(375, 500), (500, 333)]), [512], 300)
    square, whole, true = (found[way] for way in ("square 256", "whole 512", "torchvision"))
    assert square["enlarged"] > 0.5 > whole["enlarged"] and abs(whole["enlarged"] - true["enlarged"]) < 0.05
    assert square["distance"] > 0.2 > 0.1 > whole["distance"] and true["distance"] == 0


def test_crops_on_the_host(tmp_path):
    Image.new("RGB", (60, 40), (9, 9, 9)).save(tmp_path / "a.JPG")
    (file,) = read_files(tmp_path)
    assert Image.open(io.BytesIO(file)).size == (60, 40)
    crops = host_crops(file, list(VIEWS.values()), np.random.default_rng(0))
    assert [crop.shape for crop in crops] == [(224, 224, 3), (224, 224, 3), (96, 96, 3)]
