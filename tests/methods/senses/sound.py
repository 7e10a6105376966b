"""Sounds: three random sweeps for every index, and those of the batch before to mix with."""

import jax
import numpy as np

from jssl.augment.sound.recipe import make_sound_recipe
from jssl.data.source import Facts
from jssl.inputs.sound import sounds
from jssl.nets.sound import audio_cnn
from tests.methods.senses.sense import BATCH, EXAMPLES, Sense

RATE, SAMPLES = 1000, 300
STATISTICS = {"log_mel_mean": -4.0, "log_mel_std": 4.0}


DESCRIPTORS = np.random.default_rng(1).standard_normal((EXAMPLES, 5)).astype(np.float32)


def sweeps(index: np.ndarray) -> np.ndarray:
    """No two moments are alike: which of them is the maximum over time does not hang on rounding."""
    rng = np.random.default_rng(0)
    first, last, phase = (rng.uniform(*range_, (EXAMPLES, 3, 1)) for range_ in ((60, 450), (60, 450), (0, 6)))
    time = np.arange(SAMPLES)[None, None] / RATE
    waves = np.sin(2 * np.pi * (first + (last - first) * time / time.max() / 2) * time + phase)
    noise = 0.1 * rng.standard_normal((EXAMPLES, SAMPLES))
    return (0.2 * waves.sum(1) * np.exp(-3 * time[0]) + noise).astype(np.float32)[index]


def batch(step: int) -> dict[str, np.ndarray]:
    index = (np.arange(BATCH, dtype=np.int32) + step * BATCH) % EXAMPLES
    past = np.stack([sweeps((index + EXAMPLES - shift) % EXAMPLES) for shift in (BATCH, BATCH + 1)], axis=1)
    known = {"index": index, "label": index % 3, "past": {"sound": past}}
    return {"sound": sweeps(index), "descriptors": DESCRIPTORS[index], **known}


SENSE = Sense(
    facts=Facts(
        EXAMPLES,
        {
            "sound": jax.ShapeDtypeStruct((SAMPLES,), np.float32),
            "descriptors": jax.ShapeDtypeStruct((5,), np.float32),
        },
        ("a", "b", "c"),
        {"rate": RATE, **STATISTICS},
    ),
    batch=batch,
    inputs=lambda: {
        "sound": sounds(make_sound_recipe("byol_a", rate=RATE, mean=-4.0, std=4.0, mels=16, hop=15), SAMPLES)
    },
    # Without dropout: where a method joins its views view by view, as VICReg does, it depends on the number of devices.
    encoder=lambda batch_norm: audio_cnn(width=4, features=16, mels=16, batch_norm=batch_norm, dropout=0.0),
)


def square():
    """Spectrograms of 16 bands by 16 frames, for encoders that cut them into squares."""
    recipe = make_sound_recipe("masked", rate=RATE, mean=-4.0, std=4.0, mels=16, hop=20)
    return {"sound": sounds(recipe, SAMPLES)}
