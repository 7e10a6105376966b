"""BERT's encoder as Hugging Face transformers names it (arXiv:1810.04805); MiniLM's is one, too."""

from collections.abc import Mapping
from typing import Any

from jssl.convert.asked import check_asked
from jssl.convert.names import Names, Place, dense, norm
from jssl.nets.text_transformer import EPSILON

HEADS = (r"(pooler|cls|classifier|qa_outputs)\..*", r"embeddings\.position_ids")
ASKED = {"hidden_act": "gelu", "layer_norm_eps": EPSILON, "position_embedding_type": "absolute", "type_vocab_size": 2}
"""What a config must say where it says anything."""


NAMES = Names(
    outer={
        "embed/words/embedding": Place(("embeddings.word_embeddings.weight",)),
        "embed/positions/embedding": Place(("embeddings.position_embeddings.weight",)),
        "embed/segments/embedding": Place(("embeddings.token_type_embeddings.weight",)),
        **norm("embed/norm", "embeddings.LayerNorm"),
    },
    block={
        **dense("qkv", *(f"attention.self.{part}" for part in ("query", "key", "value"))),
        **dense("proj", "attention.output.dense"),
        **norm("norm1", "attention.output.LayerNorm"),
        **dense("fc1", "intermediate.dense"),
        **dense("fc2", "output.dense"),
        **norm("norm2", "output.LayerNorm"),
    },
    prefix=lambda block: block.replace("block", "encoder.layer.") + ".",
    left_out=HEADS,
)


def encoder(config: Mapping[str, Any]) -> dict[str, Any]:
    """What a config.json tells of BERT's encoder.

    Raises:
        CheckpointError: one that computes something else.
    """
    check_asked(config, ASKED, "BERT's encoder")
    return {
        "name": "text_transformer", "dim": config["hidden_size"], "depth": config["num_hidden_layers"],
        "heads": config["num_attention_heads"], "vocabulary": config["vocab_size"],
        "positions": config["max_position_embeddings"],
    }  # fmt: skip


def config(options: Mapping[str, Any]) -> dict[str, Any]:
    """The config.json of a BERT model of these options."""
    return {
        "model_type": "bert", "architectures": ["BertModel"], "hidden_size": options["dim"],
        "num_hidden_layers": options["depth"], "num_attention_heads": options["heads"],
        "intermediate_size": 4 * options["dim"], "vocab_size": options["vocabulary"],
        "max_position_embeddings": options["positions"], **ASKED,
    }  # fmt: skip
