"""Vision transformers as Hugging Face transformers names them: ViT, the encoder of MAE, DINOv2, DINOv3, SigLIP's."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from jssl.convert.asked import check_asked
from jssl.convert.files import Tensors
from jssl.convert.names import LINEAR, ROW, ROWS, Names, Place, dense, norm, patches
from jssl.convert.timm_vit import fixed_positions, width
from jssl.errors import CheckpointError
from jssl.nets.positions import THETA

PREFIX = {
    "vit": "vit", "vit_mae": "vit", "dinov2": "dinov2", "dinov2_with_registers": "dinov2_with_registers",
    "dinov3_vit": "dinov3_vit", "siglip_vision_model": "vision_model", "siglip": "vision_model",
}  # fmt: skip
"""By the model_type of a config.json: what names begin with where a model has more than the encoder."""
HEADS = (r"(pooler|classifier|decoder|text_model)\..*", r"embeddings\.(mask_token|position_ids)", r"logit_\w+")
SIGLIP = {
    "hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12, "intermediate_size": 3072,
    "image_size": 224, "patch_size": 16, "layer_norm_eps": 1e-6, "hidden_act": "gelu_pytorch_tanh",
    "vision_use_head": True,
}  # fmt: skip
"""What a config of SigLIP means where it says nothing."""
ACTIVATIONS = {"gelu": "gelu", "gelu_pytorch_tanh": "gelu_tanh"}
ASKED = {"rope_theta": THETA, "proj_bias": True, "mlp_bias": True, "query_bias": True, "value_bias": True}
"""What a config must say where it says anything."""


def names(kind: str, options: Mapping[str, Any], tensors: Tensors) -> Names:
    """Of the `vit` of these options as a model of that type; DINOv3's `tensors`, if any, may lack a bias of keys."""
    if kind.startswith("siglip"):
        return _siglip(options)
    plain, three = kind in ("vit", "vit_mae"), kind == "dinov3_vit"
    gated = options["mlp"] == "swiglu"
    if three:
        attention = dense("qkv", *(f"attention.{part}_proj" for part in "qkv"))
        if tensors and "layer.0.attention.k_proj.bias" not in tensors:
            attention["qkv/bias"] = Place(("attention.q_proj.bias", "", "attention.v_proj.bias"))
        attention |= dense("proj", "attention.o_proj")
        mlp = dense("fc1", *["mlp.gate_proj"] * gated, "mlp.up_proj") | dense("fc2", "mlp.down_proj")
    else:
        attention = dense("qkv", *(f"attention.attention.{part}" for part in ("query", "key", "value")))
        attention |= dense("proj", "attention.output.dense")
        layers = ("weights_in", "weights_out") if gated else ("fc1", "fc2")
        first, second = ("intermediate.dense", "output.dense") if plain else (f"mlp.{layer}" for layer in layers)
        mlp = dense("fc1", first) | dense("fc2", second)
    block = {
        **attention,
        **mlp,
        **norm("norm1", "layernorm_before" if plain else "norm1"),
        **norm("norm2", "layernorm_after" if plain else "norm2"),
    }
    if not plain:
        block |= {f"scale{i}": Place((f"layer_scale{i}.lambda1",)) for i in (1, 2)}
    embed = "embeddings.patch_embeddings" if three else "embeddings.patch_embeddings.projection"
    outer = {
        "embed/kernel": Place((f"{embed}.weight",), patches(options["patch"])),
        "embed/bias": Place((f"{embed}.bias",)),
        "token": Place(("embeddings.cls_token",), ROW),
        "registers": Place(("embeddings.register_tokens",), ROWS),
        "positions": Place(("embeddings.position_embeddings",), ROWS),
        **norm("transformer/norm", "norm" if three else "layernorm"),
    }
    sines = options["positions"] == "sincos"
    fixed = {"embeddings.position_embeddings": fixed_positions(options)} if sines else {}
    before = "layer." if three else "encoder.layer."
    return Names(outer, block, lambda block: block.replace("block", before) + ".", HEADS, fixed)


def encoder(config: Mapping[str, Any]) -> dict[str, Any]:
    """What a config.json tells of a vision transformer.

    Raises:
        CheckpointError: one that computes something else.
    """
    if config["model_type"].startswith("siglip"):
        return _siglip_encoder({**SIGLIP, **config, **config.get("vision_config", {})})
    three, dim = config["model_type"] == "dinov3_vit", config["hidden_size"]
    gated = config.get("use_gated_mlp" if three else "use_swiglu_ffn", False)
    asked = {**ASKED, "hidden_act": "silu" if gated and three else "gelu"}
    check_asked(config, asked)
    if not all(isinstance(config[key], int) for key in ("image_size", "patch_size")):
        raise CheckpointError("config.json has pictures or patches that are not square")
    if three or config["model_type"] in ("vit", "vit_mae"):
        hidden = config["intermediate_size"]
    else:
        hidden = int(dim * config.get("mlp_ratio", 4))
        hidden = (2 * hidden // 3 + 7) // 8 * 8 if gated else hidden
    plain = config["model_type"] in ("vit", "vit_mae")
    return {
        "name": "vit", "dim": dim, "depth": config["num_hidden_layers"], "heads": config["num_attention_heads"],
        "patch": config["patch_size"], "image_size": config["image_size"], "pool": "token",
        "positions": "rope" if three else "learned",
        "epsilon": config.get("layer_norm_eps", 1e-12 if plain else 1e-5 if three else 1e-6),
        "registers": config.get("num_register_tokens", 0), "layer_scale": 0.0 if plain else 1.0,
        "mlp": "swiglu" if gated else "gelu", "hidden": hidden,
    }  # fmt: skip


def _siglip(options: Mapping[str, Any]) -> Names:
    block = {
        **dense("qkv", *(f"self_attn.{part}_proj" for part in "qkv")),
        **dense("proj", "self_attn.out_proj"),
        **dense("fc1", "mlp.fc1"),
        **dense("fc2", "mlp.fc2"),
        **norm("norm1", "layer_norm1"),
        **norm("norm2", "layer_norm2"),
    }
    outer = {
        "embed/kernel": Place(("embeddings.patch_embedding.weight",), patches(options["patch"])),
        "embed/bias": Place(("embeddings.patch_embedding.bias",)),
        "positions": Place(("embeddings.position_embedding.weight",)),
        **norm("transformer/norm", "post_layernorm"),
        "pool/probe": Place(("head.probe",), ROW),
        "pool/qkv/kernel": Place(("head.attention.in_proj_weight",), LINEAR),
        "pool/qkv/bias": Place(("head.attention.in_proj_bias",)),
        **dense("pool/proj", "head.attention.out_proj"),
        **dense("pool/fc1", "head.mlp.fc1"),
        **dense("pool/fc2", "head.mlp.fc2"),
        **norm("pool/norm", "head.layernorm"),
    }
    table = "embeddings.position_embedding.weight"
    fixed = {table: fixed_positions(options)[0]} if options["positions"] == "sincos" else {}
    return Names(outer, block, lambda block: block.replace("block", "encoder.layers.") + ".", HEADS, fixed)


def _siglip_encoder(config: Mapping[str, Any]) -> dict[str, Any]:
    if config["hidden_act"] not in ACTIVATIONS:
        raise CheckpointError(f"config.json has hidden_act={config['hidden_act']!r}: here are {', '.join(ACTIVATIONS)}")
    return {
        "name": "vit", "dim": config["hidden_size"], "depth": config["num_hidden_layers"],
        "heads": config["num_attention_heads"], "patch": config["patch_size"], "image_size": config["image_size"],
        "pool": "map" if config["vision_use_head"] else "mean", "positions": "learned",
        "epsilon": config["layer_norm_eps"], "registers": 0, "layer_scale": 0.0,
        "mlp": ACTIVATIONS[config["hidden_act"]], "hidden": config["intermediate_size"],
    }  # fmt: skip


def config(options: Mapping[str, Any]) -> dict[str, Any]:
    """The config.json of a model that is the `vit` of these options.

    Raises:
        CheckpointError: there is no such model.
    """
    if options["pool"] == "map":
        act = {own: theirs for theirs, own in ACTIVATIONS.items()}.get(options["mlp"])
        if act is None or options["layer_scale"] or options["registers"] or options["positions"] == "rope":
            raise CheckpointError(
                'pool="map" beside swiglu, layer_scale, registers or rope: Hugging Face has no such ViT'
            )
        return {
            "model_type": "siglip_vision_model", "architectures": ["SiglipVisionModel"], "vision_use_head": True,
            "hidden_size": options["dim"], "num_hidden_layers": options["depth"],
            "num_attention_heads": options["heads"], "intermediate_size": width(options),
            "image_size": options["image_size"], "patch_size": options["patch"], "hidden_act": act,
            "layer_norm_eps": options["epsilon"],
        }  # fmt: skip
    if options["pool"] != "token":
        raise CheckpointError('pool="mean" without a class token: Hugging Face has no such ViT; timm has, --to=timm')
    if options["mlp"] == "gelu_tanh":
        raise CheckpointError('mlp="gelu_tanh": Hugging Face has it in SigLIP alone, with pool="map"')
    gated, scaled, rope = options["mlp"] == "swiglu", bool(options["layer_scale"]), options["positions"] == "rope"
    if not scaled and (rope or gated or options["registers"]):
        raise CheckpointError("registers, rope or swiglu without layer_scale: Hugging Face has no such ViT")
    hidden, dim = width(options), options["dim"]
    written = {
        "hidden_size": dim, "num_hidden_layers": options["depth"], "num_attention_heads": options["heads"],
        "image_size": options["image_size"], "patch_size": options["patch"], "layer_norm_eps": options["epsilon"],
        "hidden_act": "gelu", "intermediate_size": hidden,
    }  # fmt: skip
    if rope:
        own = {"use_gated_mlp": gated, "key_bias": True, "num_register_tokens": options["registers"]}
        act = "silu" if gated else "gelu"
        return {"model_type": "dinov3_vit", "architectures": ["DINOv3ViTModel"], **written, **own, "hidden_act": act}
    if not scaled:
        return {"model_type": "vit", "architectures": ["ViTModel"], **written}
    own = {"use_swiglu_ffn": gated, "mlp_ratio": 4}
    if gated and hidden != (8 * dim // 3 + 7) // 8 * 8:
        raise CheckpointError(f"hidden={hidden}: Hugging Face's DINOv2 has two thirds of 4 dim")
    if not gated and hidden != 4 * dim:
        raise CheckpointError(f"hidden={hidden}: Hugging Face's DINOv2 has 4 dim")
    if options["registers"]:
        kind = {"model_type": "dinov2_with_registers", "architectures": ["Dinov2WithRegistersModel"]}
        return {**kind, **written, **own, "num_register_tokens": options["registers"]}
    return {"model_type": "dinov2", "architectures": ["Dinov2Model"], **written, **own}


def blank(kind: str, options: Mapping[str, Any]) -> Tensors:
    """What a model of that type has and an encoder has not, as transformers makes it: zeros."""
    if kind in ("vit", "siglip_vision_model"):
        return {}
    dim, three = options["dim"], kind == "dinov3_vit"
    tensors = {"embeddings.mask_token": np.zeros((1, 1, dim) if three else (1, dim), np.float32)}
    if three and not options["registers"]:
        tensors["embeddings.register_tokens"] = np.zeros((1, 0, dim), np.float32)
    return tensors
