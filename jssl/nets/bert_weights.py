"""Weights of BERT as transformers names them, laid out as parameters of `jssl.nets.text_transformer`."""

from collections.abc import Mapping
from typing import Any

import numpy as np

TABLES = {"words": "word", "positions": "position", "segments": "token_type"}


def bert_weights(weight: Mapping[str, np.ndarray], *, prefix: str = "") -> dict[str, Any]:
    """Parameters of an encoder of the same sizes.

    Args:
        weight: by their names in transformers' `BertModel`, such as "embeddings.word_embeddings.weight"; others may be
            among them, but for blocks of another name.
        prefix: what stands before those names: "bert." in models with heads.

    Raises:
        KeyError: one that is missing.
    """

    def linear(name: str) -> dict[str, np.ndarray]:
        return {"kernel": weight[f"{name}.weight"].T, "bias": weight[f"{name}.bias"]}

    def norm(name: str) -> dict[str, np.ndarray]:
        return {"scale": weight[f"{name}.weight"], "bias": weight[f"{name}.bias"]}

    def block(name: str) -> dict[str, Any]:
        parts = [linear(f"{name}.attention.self.{part}") for part in ("query", "key", "value")]
        return {
            "norm1": norm(f"{name}.attention.output.LayerNorm"),
            "norm2": norm(f"{name}.output.LayerNorm"),
            "qkv": {key: np.concatenate([part[key] for part in parts], axis=-1) for key in ("kernel", "bias")},
            "proj": linear(f"{name}.attention.output.dense"),
            "fc1": linear(f"{name}.intermediate.dense"),
            "fc2": linear(f"{name}.output.dense"),
        }

    layers = f"{prefix}encoder.layer."
    depth = 1 + max(int(name.removeprefix(layers).split(".")[0]) for name in weight if name.startswith(layers))
    tables = {
        ours: {"embedding": weight[f"{prefix}embeddings.{theirs}_embeddings.weight"]} for ours, theirs in TABLES.items()
    }
    return {
        "embed": {**tables, "norm": norm(f"{prefix}embeddings.LayerNorm")},
        "blocks": {f"block{i}": block(f"{layers}{i}") for i in range(depth)},
    }
