"""Weights of others by name: "timm:FILE", "torchvision:FILE", "hf:FOLDER"."""

import inspect
import re
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from jssl.convert import hf_bert, hf_gpt2, hf_video_mae, hf_vit, hf_wav2vec2, resnet, timm_vit
from jssl.convert.files import Tensors, read_file, read_folder, read_json
from jssl.convert.names import Names, Taken, take
from jssl.errors import CheckpointError
from jssl.nets import NETS

ORIGINS = ("torchvision", "timm", "hf")
VISIBLE = ("positions", "layer_scale")
"""Options that the arrays tell themselves, by what is there or not."""


HUGGING_FACE: dict[str, tuple[ModuleType, str]] = {
    "bert": (hf_bert, "bert"),
    "gpt2": (hf_gpt2, "transformer"),
    "videomae": (hf_video_mae, "videomae"),
    "wav2vec2": (hf_wav2vec2, "wav2vec2"),
    **{kind: (hf_vit, prefix) for kind, prefix in hf_vit.PREFIX.items()},
}
"""By transformers' type of model: who knows its names, and what they begin with in models that have heads."""


class Weights(NamedTuple):
    """Weights that were read, and what they tell of their network."""

    origin: str
    tensors: Tensors
    encoder: Mapping[str, Any]
    """Of `config.encoder`, as far as it is told."""
    names: Callable[[Mapping[str, Any]], Names]
    """(all options of the encoder, see `resolved`) -> their names of its arrays."""
    config: Mapping[str, Any]
    """What stands in the config.json beside them; {} without one."""
    folder: Path


def is_origin(name: str) -> bool:
    """Whether this names weights of others, and no folder of a run."""
    return name.partition(":")[0] in ORIGINS and ":" in name


def read_weights(origin: str) -> Weights:
    """The weights of others.

    Args:
        origin: "timm:FILE" or "torchvision:FILE", a safetensors file or one of `torch.save`; "hf:FOLDER", such a file
            beside a config.json. A folder of timm's with both is one, too.

    Raises:
        CheckpointError: no such file, a damaged one, one that asks for code to be run; a network that we have not.
    """
    library, _, place = origin.partition(":")
    path = Path(place).expanduser()
    if library == "hf":
        config = read_json(path / "config.json")
        return hugging_face(origin, config, read_folder(path), path)
    tensors, folder = (read_folder(path), path) if path.is_dir() else (read_file(path), path.parent)
    if "conv1.weight" in tensors:
        encoder, names = resnet.encoder(tensors), lambda options: resnet.NAMES
    elif "patch_embed.proj.weight" in tensors and library == "timm":
        encoder, names = None, partial(timm_vit.names, tensors=tensors)
    else:
        few = ", ".join(list(tensors)[:4])
        raise CheckpointError(
            f"{origin} is neither a ResNet nor a vision transformer of {library}'s: it holds {few}, ..."
        )
    beside = folder / "config.json"
    config = read_json(beside) if library == "timm" and beside.is_file() else {}
    config = config if "architecture" in config else {}  # of something else in this folder
    return Weights(origin, tensors, encoder or timm_vit.encoder(tensors, config), names, config, folder)


def hugging_face(origin: str, config: Mapping[str, Any], tensors: Tensors, folder: Path) -> Weights:
    """Weights by their names in transformers, as a config.json describes them.

    Raises:
        CheckpointError: a type of model that is not known here, or computes something else.
    """
    kind = config.get("model_type")
    if kind not in HUGGING_FACE:
        raise CheckpointError(f"{origin} is a model of type {kind!r}, and {', '.join(HUGGING_FACE)} are known")
    module, prefix = HUGGING_FACE[kind]
    # The first BERTs call a norm's arrays as TensorFlow did.
    tensors = {re.sub(r"\bgamma$", "weight", re.sub(r"\bbeta$", "bias", name)): x for name, x in tensors.items()}
    tensors = {name.removeprefix(f"{prefix}."): x for name, x in tensors.items()}
    if module in (hf_bert, hf_gpt2):
        names = lambda options: module.NAMES  # noqa: E731
    else:
        names = partial(module.names, *([kind] if module is hf_vit else []), tensors=tensors)
    try:
        return Weights(origin, tensors, module.encoder(config), names, config, folder)
    except KeyError as missing:
        raise CheckpointError(f"{folder / 'config.json'} does not say {missing}") from missing


def resolved(encoder: Mapping[str, Any]) -> dict[str, Any]:
    """All options of an encoder as its network takes them, with that network's own name: "vit" of a vit_tiny.

    Raises:
        CheckpointError: an encoder without weights of others.
    """
    options = dict(encoder)
    name = options.pop("name")
    factory = NETS[name]
    network = factory.func if isinstance(factory, partial) else factory
    given = (*factory.args, *factory.keywords.values()) if isinstance(factory, partial) else ()
    bound = inspect.signature(network).bind_partial(*given, **options)
    bound.apply_defaults()
    known = {"resnet", "vit", "video_vit", "text_transformer", "wav2vec2"}
    if network.__name__ not in known:
        raise CheckpointError(f"config.encoder.name={name!r}: weights go to and from {', '.join(sorted(known))} alone")
    own = name if network.__name__ == "resnet" else network.__name__
    return {**bound.arguments, "name": own}


def fit(weights: Weights, encoder: Mapping[str, Any], params: Any, stats: Any) -> Taken:
    """Weights of others as those of an encoder of ours.

    Args:
        encoder: its `config.encoder`.
        params, stats: its own, or their shapes alone.

    Raises:
        CheckpointError: another network: naming the first option that differs, or every array that does not fit.
    """
    options = resolved(encoder)
    for key, there in weights.encoder.items():
        here = timm_vit.width(options) if key == "hidden" else options.get(key)
        here = tuple(here) if isinstance(here, list) else here
        if key in options and key not in VISIBLE and here != there:
            raise CheckpointError(f"{weights.origin} holds another encoder: {key} is {there!r} there and {here!r} here")
    return take(weights.names(options), weights.tensors, params, stats, weights.origin)
