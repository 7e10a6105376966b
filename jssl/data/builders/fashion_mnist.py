"""TFDS's own `fashion_mnist`, prepared without TensorFlow: the same records, read by the stock reader."""

import gzip
import os
from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow_datasets as tfds
from tensorflow_datasets.image_classification import mnist


class FashionMNIST(mnist.FashionMNIST, skip_registration=True):
    """The stock builder, but for unpacking gzip and encoding PNG, where it calls TensorFlow."""

    name = "fashion_mnist"
    url_infos = mnist.FashionMNIST.url_infos

    def _split_generators(self, dl_manager: tfds.download.DownloadManager) -> dict[str, Iterator]:
        def files(prefix: str) -> tuple[os.PathLike, os.PathLike]:
            # Looked up in `manual_dir` first; either way the stock checksums are verified.
            names = f"{prefix}-images-idx3-ubyte.gz", f"{prefix}-labels-idx1-ubyte.gz"
            return tuple(dl_manager.download(self.URL + name) for name in names)

        return {
            "train": self._generate_examples(*files("train")),
            "test": self._generate_examples(*files("t10k")),
        }

    def _generate_examples(self, images: os.PathLike, labels: os.PathLike) -> Iterator[tuple[int, dict[str, Any]]]:
        yield from examples(images, labels)


def examples(images: os.PathLike, labels: os.PathLike) -> Iterator[tuple[int, dict[str, Any]]]:
    """Examples of a pair of gzipped IDX files: 28x28 pictures after a header of 16 bytes, labels after 8."""
    from PIL import Image

    with gzip.open(images) as file:
        pixels = np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 28, 28)
    with gzip.open(labels) as file:
        classes = np.frombuffer(file.read(), np.uint8, offset=8)
    for i, (picture, label) in enumerate(zip(pixels, classes, strict=True)):
        yield i, {"image": Image.fromarray(picture), "label": int(label)}
