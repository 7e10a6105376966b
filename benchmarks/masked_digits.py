"""Scenes of handwritten digits with a mask each, to see what patches know: a folder of images/ and masks/.

python -m benchmarks.masked_digits scenes
python -m launch.pretrain --config=configs/simclr_pictures.py:scenes/train/images --workdir=runs/scenes
python -m launch.evaluate --workdir=runs/scenes --protocol=dense --data=masks:scenes

Three digits of `mnist_5k` stand on smooth noise, on 64 x 64 pixels: 1,500 scenes of the train split's digits, 300 of
the test split's. A mask has 0 where there is none, else 1 + the digit, on its strokes and `AROUND` pixels around them:
an encoder's patches are wider than a stroke.
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.ndimage import binary_dilation, gaussian_filter

from jssl.data.source import Source
from jssl.data.sources import open_source

SIDE, DIGITS = 64, 3
SCENES = {"train": 1500, "test": 300}
INK, AROUND = 100, 4
"""Grey level above which a pixel is the digit's, and how many pixels around it are, too."""


def scene(digits: Source, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A picture and its mask, uint8 [SIDE, SIDE] each."""
    clouds = gaussian_filter(rng.standard_normal((SIDE, SIDE)), 3)
    picture = np.clip(60 + 250 * clouds, 0, 130)
    mask = np.zeros((SIDE, SIDE), np.uint8)
    rows = rng.choice(digits.length, DIGITS, replace=False)
    for row, digit in zip(rows, digits.read(np.sort(rows))["image"][np.argsort(np.argsort(rows)), ..., 0], strict=True):
        y, x = rng.integers(0, SIDE - digit.shape[0] + 1, 2)
        window = np.s_[y : y + digit.shape[0], x : x + digit.shape[1]]
        picture[window] = np.maximum(picture[window], digit)
        mask[window][binary_dilation(digit > INK, iterations=AROUND)] = 1 + digits.labels[row]
    return picture.astype(np.uint8), mask


def main() -> None:
    """Write both splits."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    rng = np.random.default_rng(0)
    for split, count in SCENES.items():
        digits = open_source("mnist_5k", split=split)
        for part in ("images", "masks"):
            (folder / split / part).mkdir(parents=True, exist_ok=True)
        for number in range(count):
            for part, pixels in zip(("images", "masks"), scene(digits, rng), strict=True):
                Image.fromarray(pixels).save(folder / split / part / f"{number:04d}.png")


if __name__ == "__main__":
    main()
