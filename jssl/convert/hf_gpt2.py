"""GPT-2 as Hugging Face transformers names it: the causal `text_transformer`."""

from collections.abc import Mapping
from typing import Any

from jssl.convert.asked import check_asked
from jssl.convert.names import Names, Place, norm
from jssl.errors import CheckpointError
from jssl.nets.text_transformer import GPT2_EPSILON

HEADS = (r"(lm_head|score|classifier|multiple_choice_head)\..*", r"h\.\d+\.attn\.(masked_)?bias")
ASKED = {
    "activation_function": "gelu_new", "layer_norm_epsilon": GPT2_EPSILON, "scale_attn_weights": True,
    "scale_attn_by_inverse_layer_idx": False, "add_cross_attention": False,
}  # fmt: skip
"""What a config must say where it says anything."""


def _conv1d(ours: str, theirs: str) -> dict[str, Place]:
    """A linear layer that lies as ours does, and the other way round than PyTorch's."""
    return {f"{ours}/kernel": Place((f"{theirs}.weight",)), f"{ours}/bias": Place((f"{theirs}.bias",))}


NAMES = Names(
    outer={
        "embed/words/embedding": Place(("wte.weight",)),
        "embed/positions/embedding": Place(("wpe.weight",)),
        **norm("norm", "ln_f"),
    },
    block={
        **norm("norm1", "ln_1"),
        **_conv1d("qkv", "attn.c_attn"),
        **_conv1d("proj", "attn.c_proj"),
        **norm("norm2", "ln_2"),
        **_conv1d("fc1", "mlp.c_fc"),
        **_conv1d("fc2", "mlp.c_proj"),
    },
    prefix=lambda block: block.replace("block", "h.") + ".",
    left_out=HEADS,
)


def encoder(config: Mapping[str, Any]) -> dict[str, Any]:
    """What a config.json tells of the encoder.

    Raises:
        CheckpointError: one that computes something else.
    """
    check_asked(config, ASKED, "GPT-2")
    if config.get("n_inner") not in (None, 4 * config["n_embd"]):
        raise CheckpointError(f"config.json has n_inner={config['n_inner']}: here GPT-2 has 4 * n_embd")
    return {
        "name": "text_transformer", "dim": config["n_embd"], "depth": config["n_layer"], "heads": config["n_head"],
        "vocabulary": config["vocab_size"], "positions": config["n_positions"], "causal": True,
    }  # fmt: skip


def config(options: Mapping[str, Any]) -> dict[str, Any]:
    """The config.json of a GPT-2 of these options."""
    return {
        "model_type": "gpt2", "architectures": ["GPT2Model"], "n_embd": options["dim"], "n_layer": options["depth"],
        "n_head": options["heads"], "vocab_size": options["vocabulary"], "n_positions": options["positions"],
        "bos_token_id": None, "eos_token_id": None, **ASKED,
    }  # fmt: skip
