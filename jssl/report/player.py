"""A sound in a page: an audio element with the whole of a WAV file in it."""

import base64
import io
import wave

import numpy as np

from jssl.report.markup import Markup, element


def player(sound: np.ndarray, rate: int, *, name: str) -> Markup:
    """An `<audio>` of float [samples] in [-1, 1], inlined.

    Args:
        rate: Hz.
        name: what is heard, for those who cannot see where it stands.
    """
    data = base64.b64encode(wav(sound, rate)).decode()
    return element("audio", controls="", preload="none", src=f"data:audio/wav;base64,{data}", aria_label=name)


def wav(sound: np.ndarray, rate: int) -> bytes:
    """A WAV file of one channel, 16 bits a sample."""
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(rate)
        written.writeframes(np.round(np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
    return file.getvalue()
