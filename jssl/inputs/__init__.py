"""The index of inputs: the key that tells a batch of this kind, and the function (facts, **config.augment) -> Input."""

from jssl.inputs.clip import clip
from jssl.inputs.image import image
from jssl.inputs.series import series
from jssl.inputs.sound import sound
from jssl.inputs.table import table
from jssl.inputs.text import text

INPUTS = {"clip": clip, "image": image, "series": series, "sound": sound, "table": table, "tokens": text}
