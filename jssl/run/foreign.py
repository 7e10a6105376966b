"""Weights of others as an encoder without a run: what it takes is told by the files beside them."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import jax
import jax.numpy as jnp
import numpy as np

from jssl.augment.recipes import IMAGENET
from jssl.convert.files import read_json
from jssl.convert.hf_video_mae import FRAMES
from jssl.convert.hf_wav2vec2 import RATE
from jssl.convert.origins import Weights, fit, read_weights
from jssl.data.source import Facts, picture_spec
from jssl.data.tokenizer import ASSET, describe, read_tokenizer
from jssl.data.tokens import token_spec
from jssl.errors import CheckpointError, ConfigError
from jssl.inputs.input import Input
from jssl.method import Batch, Method
from jssl.methods.parts.views import embedding, random_views
from jssl.nets import make_net
from jssl.nets.net import Net
from jssl.parallel import make_layout
from jssl.run.build import build_inputs
from jssl.run.config import defaults
from jssl.run.saved import Saved
from jssl.run.step import example_batch

log = logging.getLogger(__name__)
HEADS = {192: 3, 384: 6, 768: 12, 1024: 16}
"""By the length of a token, of the common vision transformers: for files that no config.json lies beside."""
LONGEST = 256
"""Tokens of a text, of models that take more."""


def read_foreign(origin: str, *, devices: Sequence[jax.Device] | None = None) -> Saved:
    """The encoder behind "timm:FILE", "torchvision:FILE" or "hf:FOLDER", as `jssl.run.saved.read_run` gives a run's.

    How pictures are normalised, and how large they are, is read from timm's config.json or transformers'
    preprocessor_config.json beside the weights; without, it is ImageNet's way and the size of the weights' positions.
    Texts need the tokenizer.json beside theirs.

    Raises:
        CheckpointError: as `jssl.convert.origins.read_weights` and `fit`; texts without a tokenizer.
    """
    weights = read_weights(origin)
    encoder, config = _whole(weights), defaults()
    config.encoder, config.method = encoder, {"name": origin}
    if encoder["name"] == "text_transformer":
        facts, config.augment = _texts(weights), {"recipe": "plain"}
    elif encoder["name"] == "wav2vec2":
        facts, config.augment = _waves(weights), {"recipe": "wave"}
    else:
        seen = _seen(weights)
        size, channels = seen["size"], len(seen["mean"])
        facts = Facts(0, picture_spec(size, size, channels))
        if encoder["name"] == "video_vit":
            shape = (weights.config.get("num_frames", FRAMES), size, size, channels)
            facts = Facts(0, {"clip": jax.ShapeDtypeStruct(shape, np.uint8)})
        config.augment = {"recipe": "simclr", **seen}
    inputs = build_inputs(config, facts)
    (input,) = inputs.values()
    net = make_net(**encoder)
    method, layout = still(net, input), make_layout(devices=devices)
    params, extra = jax.eval_shape(method.init, jax.random.key(0), example_batch(facts.spec, 1))
    taken = fit(weights, encoder, params["encoder"], extra["stats"]["encoder"])
    if taken.left_out:
        log.info("%s: left out, as an encoder has no such part: %s", origin, ", ".join(taken.left_out))
    params, extra = jax.tree.map(jnp.asarray, ({"encoder": taken.params}, {"stats": {"encoder": taken.stats}}))
    return Saved(config, method, inputs, dict.fromkeys(inputs, net), layout, facts, params, extra, 0)


def told(origin: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a config must say to start from pictures' weights of others: its `encoder`; size, mean and std of `augment`.

    Raises:
        CheckpointError: as `jssl.convert.origins.read_weights`; weights of texts.
    """
    weights = read_weights(origin)
    if other := {"text_transformer": "texts", "wav2vec2": "sounds"}.get(weights.encoder["name"]):
        raise CheckpointError(f"{origin} is of {other}, and not of pictures")
    return _whole(weights), _seen(weights)


def _whole(weights: Weights) -> dict[str, Any]:
    """The `config.encoder` of weights, heads included."""
    encoder, origin = dict(weights.encoder), weights.origin
    if encoder["name"] == "vit" and "heads" not in encoder:
        if encoder["dim"] not in HEADS:
            raise CheckpointError(
                f"{origin} does not tell its attention heads, nor does timm's config.json beside it, as its models'"
                " folders have one: bring it"
            )
        encoder["heads"] = HEADS[encoder["dim"]]
        log.info("%s does not tell its attention heads: taken to be %d", origin, encoder["heads"])
    return encoder


def still(encoder: Net, input: Input) -> Method:
    """An encoder alone, as a method that is not trained."""

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        params, stats = encoder.init(
            key, input.prepare({name: jnp.zeros(x.shape, x.dtype) for name, x in batch.items()})
        )
        return {"encoder": params}, {"stats": {"encoder": stats}}

    def loss(*_: Any) -> NoReturn:
        raise ConfigError("weights of others are trained by a method: give them as config.start")

    return Method(init, random_views(input), loss, embedding(encoder, input))


def _seen(weights: Weights) -> dict[str, Any]:
    """Size, mean and std of the pictures that an encoder takes."""
    first = next(x for name, x in weights.tensors.items() if x.ndim in (4, 5))
    channels, size = first.shape[1], weights.encoder.get("image_size") or weights.config.get("image_size", 224)
    mean, std = IMAGENET if channels == 3 else ((0.5,) * channels,) * 2
    told: Mapping[str, Any] = weights.config.get("pretrained_cfg") or {}
    beside = weights.folder / "preprocessor_config.json"
    if weights.origin.startswith("hf:") and beside.is_file():
        read = read_json(beside)
        told = {"mean": read.get("image_mean", mean), "std": read.get("image_std", std)}
        cropped = "crop_size" in read and read.get("do_center_crop", True)
        side = read["crop_size"] if cropped else read.get("size")
        side = side.get("height") if isinstance(side, dict) else side
        told["input_size"] = (side if isinstance(side, int) else size,)
    mean, std = (tuple(told.get(key, default)) for key, default in (("mean", mean), ("std", std)))
    size = told.get("input_size", (size,))[-1]
    return {"size": size, "mean": mean, "std": std}


def _texts(weights: Weights) -> Facts:
    path = weights.folder / ASSET
    if not path.is_file():
        raise CheckpointError(f"{weights.folder} has no {ASSET}, without which no text can be read")
    tokenizer = read_tokenizer(str(path))
    about = {**describe(tokenizer), "vocabulary": weights.encoder["vocabulary"]}
    length = min(weights.encoder["positions"], LONGEST)
    return Facts(0, token_spec(length), about=about, assets={ASSET: tokenizer})


def _waves(weights: Weights) -> Facts:
    beside = weights.folder / "preprocessor_config.json"
    told = read_json(beside) if beside.is_file() else {}
    if not told.get("do_normalize", True):
        raise CheckpointError(f"{beside} has do_normalize=false: here waves have mean 0 and variance 1")
    rate = told.get("sampling_rate", RATE)
    spec = {"sound": jax.ShapeDtypeStruct((rate,), np.float32), "length": jax.ShapeDtypeStruct((), np.int32)}
    return Facts(0, spec, about={"rate": rate, "log_mel_mean": 0.0, "log_mel_std": 1.0})
