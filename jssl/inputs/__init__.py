"""The index of inputs: the key that tells a batch of this kind, and the function (facts, **config.augment) -> Input."""

from jssl.inputs.clip import clip
from jssl.inputs.image import image
from jssl.inputs.sound import sound

INPUTS = {"clip": clip, "image": image, "sound": sound}
