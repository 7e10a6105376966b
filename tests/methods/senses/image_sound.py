"""Pictures, or clips, with sounds: the grating of every index with its chord."""

import numpy as np

from jssl.augment.sound.recipe import make_sound_recipe
from jssl.data.source import Facts
from jssl.inputs.sound import sounds
from jssl.nets.convnet import convnet
from tests.methods.senses import clip, image, sound
from tests.methods.senses.sense import EXAMPLES, Sense

PLAIN = {"shift": 0.0, "noise": None, "crop": None, "masks": None}
SOUND = {"sound": sound.SENSE.facts.spec["sound"]}
RECIPE = make_sound_recipe("masked", rate=sound.RATE, mean=-4.0, std=4.0, mels=16, hop=15, **PLAIN)


def batch(step: int) -> dict[str, np.ndarray]:
    seen = image.batch(step)
    return {**seen, "sound": sound.sweeps(seen["index"])}


SENSE = Sense(
    facts=Facts(EXAMPLES, {**image.SENSE.facts.spec, **SOUND}, ("a", "b", "c"), sound.SENSE.facts.about),
    batch=batch,
    inputs=lambda: {**image.SENSE.inputs(), "sound": sounds(RECIPE, sound.SAMPLES)},
    encoder=lambda batch_norm: {
        "image": image.SENSE.encoder(batch_norm),
        "sound": convnet(width=4, depth=2, batch_norm=batch_norm),
    },
)

_FACTS = SENSE.facts._replace(spec={**clip.SENSE.facts.spec, **SOUND})
MOVING = SENSE._replace(
    facts=_FACTS,
    batch=lambda step: {**clip.batch(step), "sound": sound.sweeps(clip.batch(step)["index"])},
    inputs=lambda: {**clip.SENSE.inputs(), "sound": SENSE.inputs()["sound"]},
    encoder=lambda batch_norm: {"clip": clip.SENSE.encoder(batch_norm), "sound": SENSE.encoder(batch_norm)["sound"]},
)
