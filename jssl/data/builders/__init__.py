"""TFDS builders of our own, imported when used: {name of the data set: function that returns the class}."""

from typing import Any


def _mnist_5k() -> Any:
    from jssl.data.builders.embedded import Mnist5k

    return Mnist5k


def _digits() -> Any:
    from jssl.data.builders.embedded import Digits

    return Digits


def _fashion_mnist() -> Any:
    from jssl.data.builders.fashion_mnist import FashionMNIST

    return FashionMNIST


BUILDERS = {"mnist_5k": _mnist_5k, "digits": _digits, "fashion_mnist": _fashion_mnist}
