"""Convert a copy of CIFAR-10 kept as JPEG files inside one .npz to plain arrays that `npz:PATH` reads.

python benchmarks/cifar10_jpeg.py cifar10_jpeg.npz cifar10.npz

The copy holds `classes` [10] and, for `train` and `test`: `*_jpeg` uint8 (all files joined), `*_offset` int64 [n + 1]
(file i is the bytes offset[i] to offset[i + 1]) and `*_label` [n]. JPEG loses a little: results compare with those on
the original to about a point.
"""

import argparse
import io
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import numpy as np
from PIL import Image


def convert(source: Path, target: Path) -> None:
    """Write `train_images` uint8 [n, 32, 32, 3], `train_labels` int32 [n], the same for test, and `classes`."""
    arrays = {}
    with np.load(source, allow_pickle=False) as file, ThreadPoolExecutor() as threads:
        arrays["classes"] = file["classes"]
        for split in ("train", "test"):
            joined, offset = file[f"{split}_jpeg"].tobytes(), file[f"{split}_offset"].tolist()
            files = [joined[start:stop] for start, stop in pairwise(offset)]
            arrays[f"{split}_images"] = np.stack(list(threads.map(_decode, files)))
            arrays[f"{split}_labels"] = file[f"{split}_label"].astype(np.int32)
    np.savez(target, **arrays)


def _decode(file: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(file)).convert("RGB"))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    arguments = parser.parse_args()
    convert(arguments.source, arguments.target)
    print(f"open it as npz:{arguments.target}")
