"""wav2vec 2.0's encoder (arXiv:2006.11477) as Hugging Face transformers names it."""

from collections.abc import Mapping
from typing import Any

from jssl.convert.asked import check_asked
from jssl.convert.files import Tensors
from jssl.convert.names import Layout, Names, Place, dense, norm
from jssl.errors import CheckpointError
from jssl.nets.wave import EPSILON

HEADS = (r"(quantizer|project_q|project_hid|lm_head|classifier|projector|tdnn)\..*", r"layer_weights")
ASKED = {"hidden_act": "gelu", "feat_extract_activation": "gelu", "layer_norm_eps": EPSILON, "add_adapter": False}
"""What a config must say where it says anything."""
RATE = 16_000
"""Hz, where nothing is said."""
CONV1D = Layout(lambda x: x.transpose(2, 1, 0), lambda x: x.transpose(2, 1, 0))
TAPS = Layout(lambda x: x.reshape(-1), lambda x: x.reshape(1, 1, -1))
"""A length for each tap of a convolution, [1, 1, k]."""


def names(options: Mapping[str, Any], tensors: Tensors) -> Names:
    """Of the `wav2vec2` of these options; PyTorch had other names for the parts of a normalised weight before 2.1."""
    layers, positions = "feature_extractor.conv_layers", "encoder.pos_conv_embed.conv"
    length, direction = "parametrizations.weight.original0", "parametrizations.weight.original1"
    if f"{positions}.weight_g" in tensors:
        length, direction = "weight_g", "weight_v"
    outer = {
        **norm("norm/norm", "feature_projection.layer_norm"),
        **dense("context/enter", "feature_projection.projection"),
        "context/mask": Place(("masked_spec_embed" if "masked_spec_embed" in tensors or not tensors else "",)),
        "context/positions/length": Place((f"{positions}.{length}",), TAPS),
        "context/positions/direction": Place((f"{positions}.{direction}",), CONV1D),
        "context/positions/bias": Place((f"{positions}.bias",)),
        **norm("context/norm", "encoder.layer_norm"),
    }
    for i in range(len(options["kernels"])):
        outer[f"features/convs/conv{i}/kernel"] = Place((f"{layers}.{i}.conv.weight",), CONV1D)
        outer[f"features/convs/conv{i}/bias"] = Place((f"{layers}.{i}.conv.bias",))
        outer |= norm(f"features/norms/conv{i}", f"{layers}.{i}.layer_norm")
    block = {
        **norm("norm1", "layer_norm"),
        **dense("qkv", *(f"attention.{part}_proj" for part in "qkv")),
        **dense("proj", "attention.out_proj"),
        **norm("norm2", "final_layer_norm"),
        **dense("fc1", "feed_forward.intermediate_dense"),
        **dense("fc2", "feed_forward.output_dense"),
    }
    return Names(outer, block, lambda block: block.replace("block", "encoder.layers.") + ".", HEADS)


def encoder(config: Mapping[str, Any]) -> dict[str, Any]:
    """What a config.json tells of the encoder.

    Raises:
        CheckpointError: one that computes something else.
    """
    layered = config["feat_extract_norm"] == "layer"
    asked = {**ASKED, "do_stable_layer_norm": layered, "conv_bias": layered}
    asked["intermediate_size"] = 4 * config["hidden_size"]
    check_asked(config, asked)
    if len(set(config["conv_dim"])) > 1:
        raise CheckpointError(f"config.json has conv_dim={config['conv_dim']}: here all convolutions are as wide")
    return {
        "name": "wav2vec2", "dim": config["hidden_size"], "depth": config["num_hidden_layers"],
        "heads": config["num_attention_heads"], "width": config["conv_dim"][0],
        "kernels": tuple(config["conv_kernel"]), "strides": tuple(config["conv_stride"]),
        "norm": "layer" if layered else "group", "positions": config["num_conv_pos_embeddings"],
        "groups": config["num_conv_pos_embedding_groups"],
    }  # fmt: skip


def config(options: Mapping[str, Any]) -> dict[str, Any]:
    """The config.json of a model that is the `wav2vec2` of these options."""
    layered, layers = options["norm"] == "layer", len(options["kernels"])
    return {
        "model_type": "wav2vec2", "architectures": ["Wav2Vec2Model"], "hidden_size": options["dim"],
        "num_hidden_layers": options["depth"], "num_attention_heads": options["heads"],
        "intermediate_size": 4 * options["dim"], "feat_extract_norm": options["norm"], "conv_bias": layered,
        "do_stable_layer_norm": layered, "num_feat_extract_layers": layers,
        "conv_dim": [options["width"]] * layers, "conv_kernel": list(options["kernels"]),
        "conv_stride": list(options["strides"]), "num_conv_pos_embeddings": options["positions"],
        "num_conv_pos_embedding_groups": options["groups"], **ASKED,
    }  # fmt: skip


def extractor(layered: bool, rate: int) -> dict[str, Any]:
    """The preprocessor_config.json of these encoders: waves of mean 0 and variance 1."""
    return {
        "feature_extractor_type": "Wav2Vec2FeatureExtractor", "feature_size": 1, "sampling_rate": rate,
        "do_normalize": True, "padding_value": 0.0, "padding_side": "right", "return_attention_mask": layered,
    }  # fmt: skip
