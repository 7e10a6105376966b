"""The index of inputs: the key that tells a batch of this kind, and the function (facts, **config.augment) -> Input."""

from jssl.inputs.clip import clip
from jssl.inputs.image import image

INPUTS = {"clip": clip, "image": image}
