"""The encoder of a run, written for other libraries and as a program."""

from functools import partial
from pathlib import Path

import jax
import numpy as np

from jssl.augment.clip.recipe import ClipRecipe
from jssl.augment.recipe import Recipe
from jssl.convert.origins import resolved
from jssl.convert.out import WRITERS, Pictures, write_model
from jssl.convert.programs import EXPORTS
from jssl.data.tokenizer import ASSET
from jssl.errors import ConfigError
from jssl.inputs.input import Input
from jssl.inputs.wave import WaveRecipe
from jssl.run.saved import Saved


def convert(run: Saved, folder: Path | str, to: str) -> str:
    """What `jssl.encoder.Encoder.convert` says."""
    input = _alone(run)
    if ASSET in run.facts.assets:
        seen = run.facts.assets[ASSET]
    elif isinstance(input.recipe, Recipe):
        seen = Pictures(input.recipe.views[0].size, input.recipe.mean, input.recipe.std)
    elif isinstance(input.recipe, WaveRecipe) and to == "hf":
        seen = input.recipe.rate
    elif isinstance(input.recipe, ClipRecipe) and to == "hf":
        frame = input.recipe.frame
        seen = Pictures(frame.views[0].size, frame.mean, frame.std, input.recipe.frames)
    else:
        raise ConfigError(f"{to} has no such encoder: of {', '.join(run.inputs)}")
    options = run.config.encoder.to_dict()
    if "vocabulary" in run.facts.about:  # as a run fills it in
        options = {"vocabulary": run.facts.about["vocabulary"], **options}
    weights = run.method.weights(run.params, run.extra)
    return write_model(Path(folder), WRITERS[to](resolved(options), *weights, seen))


def export(run: Saved, path: Path | str, to: str) -> str:
    """What `jssl.encoder.Encoder.export` says."""
    input = _alone(run)
    spec = {key: run.facts.spec[key] for key in input.keys}
    if isinstance(input.recipe, Recipe):
        size = input.recipe.views[0].size
        spec = {"image": jax.ShapeDtypeStruct((size, size, len(input.recipe.mean)), np.uint8)}
    return EXPORTS[to](Path(path), partial(run.method.embed, run.params, run.extra), spec)


def _alone(run: Saved) -> Input:
    if len(run.encoders) > 1:
        raise ConfigError(f"there are several encoders, of {', '.join(run.inputs)}: one alone can be written")
    (input,) = run.inputs.values()
    return input
