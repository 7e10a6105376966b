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


def _spoken_digit() -> Any:
    from jssl.data.builders.spoken_digit import SpokenDigit

    return SpokenDigit


def _speech_commands() -> Any:
    from jssl.data.builders.speech_commands import SpeechCommands

    return SpeechCommands


def _crema_d() -> Any:
    from jssl.data.builders.crema_d import CremaD

    return CremaD


BUILDERS = {
    "mnist_5k": _mnist_5k,
    "digits": _digits,
    "fashion_mnist": _fashion_mnist,
    "spoken_digit": _spoken_digit,
    "speech_commands": _speech_commands,
    "crema_d": _crema_d,
}
