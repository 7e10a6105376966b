"""Sounds: a random chord for every index, and those of the batch before to mix with."""

import jax
import numpy as np

from jssl.augment.sound.recipe import make_sound_recipe
from jssl.data.source import Facts
from jssl.inputs.sound import sounds
from jssl.nets.sound import audio_cnn
from tests.methods.senses.sense import BATCH, EXAMPLES, Sense

RATE, SAMPLES = 1000, 300
STATISTICS = {"log_mel_mean": -4.0, "log_mel_std": 4.0}


def chords(index: np.ndarray) -> np.ndarray:
    rng = np.random.default_rng(0)
    frequency, phase = rng.uniform(60, 450, (EXAMPLES, 3, 1)), rng.uniform(0, 6, (EXAMPLES, 3, 1))
    time = np.arange(SAMPLES)[None, None] / RATE
    return (0.2 * np.sin(2 * np.pi * frequency * time + phase).sum(1)).astype(np.float32)[index]


def batch(step: int) -> dict[str, np.ndarray]:
    index = (np.arange(BATCH, dtype=np.int32) + step * BATCH) % EXAMPLES
    past = np.stack([chords((index + EXAMPLES - shift) % EXAMPLES) for shift in (BATCH, BATCH + 1)], axis=1)
    return {"sound": chords(index), "index": index, "label": index % 3, "past": {"sound": past}}


SENSE = Sense(
    facts=Facts(
        EXAMPLES,
        {"sound": jax.ShapeDtypeStruct((SAMPLES,), np.float32)},
        ("a", "b", "c"),
        {"rate": RATE, **STATISTICS},
    ),
    batch=batch,
    inputs=lambda: {
        "sound": sounds(make_sound_recipe("byol_a", rate=RATE, mean=-4.0, std=4.0, mels=16, hop=15), SAMPLES)
    },
    # Without dropout, whose rows SimCLR orders by device; tests/nets/test_sound.py has it.
    encoder=lambda batch_norm: audio_cnn(width=4, features=16, mels=16, batch_norm=batch_norm, dropout=0.0),
)
