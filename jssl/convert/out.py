"""Encoders of ours as models of torchvision, timm and Hugging Face: model.safetensors, and the config they read."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from jssl.convert import hf_bert, hf_gpt2, hf_video_mae, hf_vit, hf_wav2vec2, resnet, timm_vit
from jssl.convert.files import Tensors, write_safetensors
from jssl.convert.names import give
from jssl.errors import CheckpointError

WEIGHTS = "model.safetensors"


class Pictures(NamedTuple):
    """What an encoder of pictures sees."""

    size: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    frames: int = 0
    """Of a clip; 0 of pictures."""


class Model(NamedTuple):
    """A model of theirs."""

    tensors: Tensors
    files: Mapping[str, Any]
    """By name, JSON that lies beside them."""
    how: str
    """The Python that loads it from a folder {out}."""


def write_model(folder: Path, model: Model) -> str:
    """Write a model into a folder, which is made if it is not there; returns how it is loaded.

    Raises:
        CheckpointError: the folder holds something.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CheckpointError(f"--out={folder} is not an empty folder: name a new one")
    folder.mkdir(parents=True, exist_ok=True)
    for name, value in model.files.items():
        (folder / name).write_text(value if isinstance(value, str) else json.dumps(value, indent=1) + "\n")
    write_safetensors(folder / WEIGHTS, model.tensors)
    return model.how.replace("{out}", str(folder))


def to_torchvision(options: Mapping[str, Any], params: Any, stats: Any, pictures: Pictures) -> Model:
    """A ResNet of torchvision, without its classifier.

    Args:
        options: of the encoder, see `jssl.convert.origins.resolved`.

    Raises:
        CheckpointError: another network, or a width they have not.
    """
    _only(options, "torchvision", resnet.NETWORKS)
    how = f"net = torchvision.models.{resnet.model(options)}(); net.fc = torch.nn.Identity(); "
    if len(pictures.mean) != 3 or options["stem"] == "cifar":
        shape = "7, 2, 3" if options["stem"] == "imagenet" else "3, 1, 1"
        how += f"net.conv1 = torch.nn.Conv2d({len(pictures.mean)}, 64, {shape}, bias=False); "
    if options["stem"] == "cifar":
        how += "net.maxpool = torch.nn.Identity(); "
    how += f'net.load_state_dict(safetensors.torch.load_file("{{out}}/{WEIGHTS}"))'
    return Model(give(resnet.NAMES, params, stats), {}, how)


def to_timm(options: Mapping[str, Any], params: Any, stats: Any, pictures: Pictures) -> Model:
    """A ResNet or a vision transformer of timm, without a classifier; arguments and errors as `to_torchvision`."""
    _only(options, "timm", (*resnet.NETWORKS, "vit"))
    if options["name"] == "vit":
        architecture, arguments = timm_vit.model(options)
        tensors = give(timm_vit.names(options, {}), _class_placed(params), stats)
        first, classifier = "patch_embed.proj", "head"
    else:
        architecture, arguments = resnet.model(options), {}
        if options["stem"] == "cifar":
            raise CheckpointError('stem="cifar": timm builds no such ResNet; torchvision\'s can be changed to one')
        tensors = give(resnet.NAMES, params, stats)
        first, classifier = "conv1", "fc"
    if len(pictures.mean) != 3:
        arguments["in_chans"] = len(pictures.mean)
    seen = {
        "input_size": [len(pictures.mean), pictures.size, pictures.size], "mean": list(pictures.mean),
        "std": list(pictures.std), "num_classes": 0, "first_conv": first, "classifier": classifier,
    }  # fmt: skip
    config = {"architecture": architecture, "num_classes": 0, "model_args": arguments, "pretrained_cfg": seen}
    return Model(tensors, {"config.json": config}, 'net = timm.create_model("local-dir:{out}", pretrained=True)')


def to_hugging_face(options: Mapping[str, Any], params: Any, stats: Any, pictures: Pictures | str | int) -> Model:
    """A ViT, DINO, VideoMAE, BERT, GPT-2 or wav2vec 2.0 of transformers; arguments and errors as `to_torchvision`.

    Args:
        pictures: what it sees; of an encoder of texts, its tokenizer.json; of sounds, their rate.
    """
    _only(options, "transformers", ("vit", "video_vit", "text_transformer", "wav2vec2"))
    if isinstance(pictures, int):
        extractor = hf_wav2vec2.extractor(options["norm"] == "layer", pictures)
        files = {"config.json": hf_wav2vec2.config(options), "preprocessor_config.json": extractor}
        tensors = give(hf_wav2vec2.names(options, {}), params, stats)
    elif isinstance(pictures, str):
        module = hf_gpt2 if options["causal"] else hf_bert
        files = {"config.json": module.config(options), "tokenizer.json": pictures}
        tensors = give(module.NAMES, params, stats)
    else:
        channels = {"num_channels": len(pictures.mean)}
        if pictures.frames:
            config = hf_video_mae.config(options, pictures.size, pictures.frames) | channels
            tensors = give(hf_video_mae.names(options, {}), hf_video_mae.without_key_bias(params), stats)
        else:
            config = hf_vit.config(options) | channels
            tensors = give(hf_vit.names(config["model_type"], options, {}), params, stats)
            tensors |= hf_vit.blank(config["model_type"], options)
        processor = "VideoMAEImageProcessor" if pictures.frames else "ViTImageProcessor"
        seen = {
            "image_processor_type": processor, "do_resize": True, "do_rescale": True, "do_normalize": True,
            "size": {"height": pictures.size, "width": pictures.size}, "image_mean": list(pictures.mean),
            "image_std": list(pictures.std),
        }  # fmt: skip
        files = {"config.json": config, "preprocessor_config.json": seen}
    pooled = files["config.json"]["model_type"] in ("vit", "bert")
    rest = ", add_pooling_layer=False" if pooled else ""
    return Model(tensors, files, f'net = transformers.AutoModel.from_pretrained("{{out}}"{rest})')


WRITERS: dict[str, Callable[..., Model]] = {
    "torchvision": to_torchvision,
    "timm": to_timm,
    "hf": to_hugging_face,
}


def _only(options: Mapping[str, Any], library: str, known: tuple[str, ...]) -> None:
    if options["name"] not in known:
        raise CheckpointError(f"config.encoder.name={options['name']!r}: of {library} {', '.join(known)} are known")


def _class_placed(params: Mapping[str, Any]) -> Any:
    """Beside registers timm's class token has no position: it is added to the token itself."""
    if not {"registers", "token", "positions"} <= set(params):
        return params
    table = np.array(params["positions"])
    token, table[0] = np.asarray(params["token"]) + table[0], 0
    return {**params, "token": token, "positions": table}
