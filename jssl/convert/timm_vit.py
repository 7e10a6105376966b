"""Vision transformers as timm names them: `VisionTransformer` (arXiv:2010.11929, DINOv2, SigLIP), `Eva` (DINOv3)."""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from jssl.convert.files import Tensors
from jssl.convert.names import LINEAR, ROW, ROWS, SAME, Layout, Names, Place, dense, norm, patches
from jssl.errors import CheckpointError
from jssl.nets.positions import sincos

HEADS = (r"(head|head_dist|pre_logits)\..*", r"decoder\w*(\..*)?", "mask_token")
"""Of classifiers, and of MAE."""
SIZES = {"tiny": 3, "small": 6, "base": 12, "large": 16, "huge": 16, "giant": 24, "so400m": 16, "giantopt": 16}
"""Of timm's architectures: attention heads."""
TANH = re.compile(r"vit_((base_patch32|giantopt_patch16|so400m_patch16)_siglip|large_patch16_siglip_(gap_)?512)")
"""Those of timm's architectures that approximate GELU by a tanh, which no array says."""
WIDTHS = {192: "tiny", 384: "small", 768: "base", 1024: "large"}


def names(options: Mapping[str, Any], tensors: Tensors) -> Names:
    """Of the `vit` of these options.

    Args:
        tensors: timm's, which has more than one way to write a layer down; {} is those of its `VisionTransformer`.
    """
    qkv = dense("qkv", "attn.qkv")
    if "blocks.0.attn.q_bias" in tensors:
        qkv["qkv/bias"] = Place(("attn.q_bias", "", "attn.v_bias"))
    elif tensors and "blocks.0.attn.qkv.bias" not in tensors:
        qkv["qkv/bias"] = Place(("",))
    scales = ("gamma_1", "gamma_2") if "blocks.0.gamma_1" in tensors else ("ls1.gamma", "ls2.gamma")
    apart = "blocks.0.mlp.fc1_g.weight" in tensors
    block = {
        **norm("norm1", "norm1"),
        **norm("norm2", "norm2"),
        **qkv,
        **dense("proj", "attn.proj"),
        **(dense("fc1", "mlp.fc1_g", "mlp.fc1_x") if apart else dense("fc1", "mlp.fc1")),
        **dense("fc2", "mlp.fc2"),
        "scale1": Place((scales[0],)),
        "scale2": Place((scales[1],)),
    }
    # Beside registers the class token has no position of its own, as they have none.
    alone = options["registers"] and options["pool"] == "token"
    outer = {
        "embed/kernel": Place(("patch_embed.proj.weight",), patches(options["patch"])),
        "embed/bias": Place(("patch_embed.proj.bias",)),
        "token": Place(("cls_token",), ROW),
        "registers": Place(("reg_token",), ROWS),
        "positions": Place(("pos_embed",), PATCHES_ALONE if alone else ROWS),
        **norm("transformer/norm", "norm"),
        "pool/probe": Place(("attn_pool.latent",), ROW),
        "pool/qkv/kernel": Place(("attn_pool.q.weight", "attn_pool.kv.weight"), LINEAR, (1, 2)),
        "pool/qkv/bias": Place(("attn_pool.q.bias", "attn_pool.kv.bias"), SAME, (1, 2)),
        **dense("pool/proj", "attn_pool.proj"),
        **norm("pool/norm", "attn_pool.norm"),
        **dense("pool/fc1", "attn_pool.mlp.fc1"),
        **dense("pool/fc2", "attn_pool.mlp.fc2"),
    }
    fixed = {"pos_embed": fixed_positions(options)} if options["positions"] == "sincos" else {}
    return Names(outer, block, lambda block: block.replace("block", "blocks.") + ".", HEADS, fixed)


PATCHES_ALONE = Layout(
    lambda x: np.concatenate([np.zeros_like(x[0, :1]), x[0]]),
    lambda x: x[None, 1:],
)
"""A table of patches as one of a class token, whose position is 0, and patches."""


def fixed_positions(options: Mapping[str, Any]) -> np.ndarray:
    """The positions of sines as a table [1, n, dim], of which a class token's is 0."""
    side, tokens = options["image_size"] // options["patch"], int(options["pool"] == "token")
    grid = np.asarray(sincos(side, side, options["dim"], side=side))
    return np.concatenate([np.zeros((tokens, options["dim"]), np.float32), grid])[None]


def encoder(tensors: Tensors, config: Mapping[str, Any]) -> dict[str, Any]:
    """What the arrays, and timm's config.json where there is one, tell of a vision transformer.

    How many heads there are no array says: where no config does, it is not told.

    Raises:
        CheckpointError: patches or pictures that are not square.
    """
    rope = "pos_embed" not in tensors
    token, arguments = int("cls_token" in tensors), config.get("model_args") or {}
    registers = tensors["reg_token"].shape[1] if "reg_token" in tensors else 0
    dim, _, patch, across = tensors["patch_embed.proj.weight"].shape
    table = 0 if rope else tensors["pos_embed"].shape[1] - (0 if registers else token)
    side = (config.get("pretrained_cfg") or {}).get("input_size", (3, 224, 224))[-1] // patch if rope else table**0.5
    if patch != across or side != round(side):
        raise CheckpointError(f"patches of {patch}x{across} pixels, {table} of them: here both are square")
    inner = tensors["blocks.0.mlp.fc2.weight"].shape[1]
    plain = "blocks.0.mlp.fc1.bias" in tensors and len(tensors["blocks.0.mlp.fc1.bias"]) == inner
    blocks = {m[1] for m in map(re.compile(r"blocks\.(\d+)\.").match, tensors) if m}
    architecture = config.get("architecture", "")
    tanh = arguments.get("act_layer", "gelu_tanh" if TANH.match(architecture) else "gelu") == "gelu_tanh"
    told = {
        "name": "vit", "dim": dim, "depth": len(blocks),
        "patch": patch, "image_size": round(side) * patch,
        "pool": "map" if "attn_pool.latent" in tensors else "token" if token else "mean",
        "positions": "rope" if rope else "learned", "epsilon": 1e-5 if rope else 1e-6, "registers": registers,
        "layer_scale": 1e-5 if {"blocks.0.ls1.gamma", "blocks.0.gamma_1"} & set(tensors) else 0.0,
        "mlp": ("gelu_tanh" if tanh else "gelu") if plain else "swiglu", "hidden": inner,
    }  # fmt: skip
    size = re.match(r"vit_([a-z]+|so400m)_", architecture)
    if "num_heads" in arguments:
        told["heads"] = arguments["num_heads"]
    elif size and size[1] in SIZES:
        told["heads"] = SIZES[size[1]]
    return told


def model(options: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """An architecture of timm that is near to this encoder, and the arguments that make it this one.

    Raises:
        CheckpointError: none is.
    """
    known = {"positions": ("learned", "sincos"), "epsilon": (1e-6,)}
    if odd := [f"{key}={options[key]!r}" for key, values in known.items() if options[key] not in values]:
        raise CheckpointError(f"{' and '.join(odd)}: here timm has no such ViT; Hugging Face may have, --to=hf")
    arguments = {
        "img_size": options["image_size"], "patch_size": options["patch"], "embed_dim": options["dim"],
        "depth": options["depth"], "num_heads": options["heads"],
    }  # fmt: skip
    if options["pool"] != "token":
        pool = "avg" if options["pool"] == "mean" else "map"
        arguments |= {"class_token": False, "global_pool": pool, "fc_norm": False}
    if options["mlp"] == "gelu_tanh":
        arguments["act_layer"] = "gelu_tanh"
    if options["layer_scale"]:
        arguments["init_values"] = options["layer_scale"]
    if options["registers"]:
        arguments |= {"reg_tokens": options["registers"], "no_embed_class": True}
    hidden, gated = width(options), options["mlp"] == "swiglu"
    if gated or hidden != 4 * options["dim"]:
        arguments["mlp_ratio"] = (2 if gated else 1) * hidden / options["dim"]
    near = "vit_giant_patch14_dinov2" if gated else f"vit_{WIDTHS.get(options['dim'], 'base')}_patch16_224"
    return near, arguments


def width(options: Mapping[str, Any]) -> int:
    """The width of the layer in a block, see `vit` and `video_vit`."""
    dim = options["dim"]
    return options["hidden"] or (-(-(8 * dim // 3) // 8) * 8 if options.get("mlp") == "swiglu" else 4 * dim)
