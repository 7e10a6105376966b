"""Files of named arrays: safetensors, and PyTorch's; what stands in the JSON beside them."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np

from jssl.convert.torch_file import read_torch
from jssl.errors import CheckpointError

Tensors = dict[str, np.ndarray]

DTYPES = {
    "F64": np.float64, "F32": np.float32, "F16": np.float16, "BF16": ml_dtypes.bfloat16, "I64": np.int64,
    "I32": np.int32, "I16": np.int16, "I8": np.int8, "U8": np.uint8, "BOOL": np.bool_,
}  # fmt: skip
"""The names of types in safetensors."""
WRAPPED = ("state_dict", "model")
"""Under which of its keys a training script's file keeps the weights."""
WHOLE = ("model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json")
"""Names of the weights in a folder of Hugging Face, the one to be preferred first."""


def read_file(path: Path) -> Tensors:
    """The arrays of a .safetensors file or of one by `torch.save`, by name.

    Raises:
        CheckpointError: no such file; a damaged one; one that holds anything but named tensors.
    """
    if not path.is_file():
        raise CheckpointError(f"{path}: there is no such file")
    if path.suffix == ".safetensors":
        return _read_safetensors(path)
    found = read_torch(path)
    for key in WRAPPED:
        if isinstance(found, Mapping) and isinstance(found.get(key), Mapping):
            found = found[key]
    if not isinstance(found, Mapping) or not all(isinstance(x, np.ndarray) for x in found.values()):
        raise CheckpointError(f"{path} holds no state_dict, named tensors: save model.state_dict() alone")
    return {re.sub(r"^module\.", "", name): x for name, x in found.items()}


def read_folder(folder: Path) -> Tensors:
    """The arrays of a folder of Hugging Face, in one file or several.

    Raises:
        CheckpointError: as `read_file`; no weights in it.
    """
    for name in WHOLE:
        if (folder / name).is_file():
            break
    else:
        raise CheckpointError(f"{folder} holds no weights: none of {', '.join(WHOLE)}")
    if not name.endswith(".json"):
        return read_file(folder / name)
    parts = read_json(folder / name).get("weight_map", {}).values()
    return {key: x for part in dict.fromkeys(parts) for key, x in read_file(folder / Path(part).name).items()}


def read_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file.

    Raises:
        CheckpointError: no such file, or no object in it.
    """
    try:
        found = json.loads(path.read_text())
    except OSError as error:
        raise CheckpointError(f"{path}: there is no such file") from error
    except ValueError as error:
        raise CheckpointError(f"{path} is no JSON: {error}") from error
    if not isinstance(found, dict):
        raise CheckpointError(f"{path} holds no JSON object")
    return found


def write_safetensors(path: Path, tensors: Mapping[str, np.ndarray]) -> None:
    """Write arrays by name, in one move; `format` in the header is "pt", which transformers asks for."""
    partial = path.with_name(path.name + ".partial")
    whole = {name: np.array(x, order="C") for name, x in tensors.items()}
    library().numpy.save_file(whole, partial, metadata={"format": "pt"})
    partial.replace(path)


def _read_safetensors(path: Path) -> Tensors:
    try:
        found = library().deserialize(path.read_bytes())
    except library().SafetensorError as error:
        raise CheckpointError(f"{path} is damaged, or no safetensors file: {error}") from error
    if odd := sorted({x["dtype"] for _, x in found} - set(DTYPES)):
        raise CheckpointError(f"{path} holds numbers of the types {', '.join(odd)}, and {', '.join(DTYPES)} are known")
    return {name: np.frombuffer(x["data"], DTYPES[x["dtype"]]).reshape(x["shape"]) for name, x in found}


def library() -> Any:
    """The package safetensors.

    Raises:
        CheckpointError: it is missing.
    """
    try:
        import safetensors.numpy
    except ImportError as error:
        raise CheckpointError('weights of others need the package safetensors: pip install "jssl[convert]"') from error
    return safetensors
