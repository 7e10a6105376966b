"""The encoder of VideoMAE (arXiv:2203.12602) as Hugging Face transformers names it."""

from collections.abc import Mapping
from typing import Any

import jax
import numpy as np

from jssl.convert.asked import check_asked
from jssl.convert.files import Tensors
from jssl.convert.names import Layout, Names, Place, dense, norm

HEADS = (r"(decoder|encoder_to_decoder|classifier)\..*", r"mask_token|position_embeddings")
ASKED = {"hidden_act": "gelu", "qv_bias": True, "qkv_bias": True, "use_mean_pooling": False}
"""What a config must say where it says anything: with `use_mean_pooling` there is no norm before the mean."""
FRAMES = 16
"""Of a clip, where a config says nothing."""


def names(options: Mapping[str, Any], tensors: Tensors) -> Names:
    """Of the `video_vit` of these options; keys have no bias, and files before transformers 5 name the others apart."""
    attention = dense("qkv", *(f"attention.attention.{part}" for part in ("query", "key", "value")))
    apart = "encoder.layer.0.attention.attention.q_bias" in tensors
    query, value = ("q_bias", "v_bias") if apart else ("query.bias", "value.bias")
    attention["qkv/bias"] = Place((f"attention.attention.{query}", "", f"attention.attention.{value}"))
    block = {
        **attention,
        **dense("proj", "attention.output.dense"),
        **dense("fc1", "intermediate.dense"),
        **dense("fc2", "output.dense"),
        **norm("norm1", "layernorm_before"),
        **norm("norm2", "layernorm_after"),
    }
    embed = "embeddings.patch_embeddings.projection"
    outer = {
        "embed/kernel": Place((f"{embed}.weight",), _tubes(options["tubelet"], options["patch"])),
        "embed/bias": Place((f"{embed}.bias",)),
        **norm("transformer/norm", "layernorm"),
    }
    return Names(outer, block, lambda block: block.replace("block", "encoder.layer.") + ".", HEADS)


def encoder(config: Mapping[str, Any]) -> dict[str, Any]:
    """What a config.json tells of the encoder.

    Raises:
        CheckpointError: one that computes something else.
    """
    check_asked({"use_mean_pooling": True, **config}, ASKED)
    return {
        "name": "video_vit", "dim": config["hidden_size"], "depth": config["num_hidden_layers"],
        "heads": config["num_attention_heads"], "tubelet": config.get("tubelet_size", 2),
        "patch": config["patch_size"], "hidden": config["intermediate_size"],
        "epsilon": config.get("layer_norm_eps", 1e-12),
    }  # fmt: skip


def config(options: Mapping[str, Any], size: int, frames: int) -> dict[str, Any]:
    """The config.json of a model that is the `video_vit` of these options, on clips of that size."""
    return {
        "model_type": "videomae", "architectures": ["VideoMAEModel"], "hidden_size": options["dim"],
        "num_hidden_layers": options["depth"], "num_attention_heads": options["heads"],
        "intermediate_size": options["hidden"] or 4 * options["dim"], "image_size": size,
        "patch_size": options["patch"], "num_frames": frames, "tubelet_size": options["tubelet"],
        "layer_norm_eps": options["epsilon"], "hidden_act": "gelu", "qv_bias": True, "use_mean_pooling": False,
    }  # fmt: skip


def without_key_bias(params: Mapping[str, Any]) -> Any:
    """What keys are moved by changes all scores of a query alike, so that nothing changes without it."""

    def zero(path: Any, x: Any) -> Any:
        name = jax.tree_util.keystr(path, simple=True, separator="/")
        if not name.endswith("qkv/bias"):
            return x
        query, key, value = np.split(np.asarray(x), 3)
        return np.concatenate([query, np.zeros_like(key), value])

    return jax.tree_util.tree_map_with_path(zero, params)


def _tubes(tubelet: int, patch: int) -> Layout:
    """A convolution [d, c, tubelet, patch, patch] that does not overlap, as a matrix [tubelet * patch**2 * c, d]."""
    return Layout(
        lambda x: x.transpose(2, 3, 4, 1, 0).reshape(-1, x.shape[0]),
        lambda x: x.reshape(tubelet, patch, patch, -1, x.shape[-1]).transpose(4, 3, 0, 1, 2),
    )
