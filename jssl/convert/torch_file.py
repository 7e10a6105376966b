"""PyTorch's files (.pt, .pth, .bin) without PyTorch, and without running anything that is in them.

A file of `torch.save` is a zip archive: one pickle, and beside it the bytes of every storage. A pickle may name any
function of any package and have it called. Here it is read by an unpickler that knows tensors and containers alone.
"""

import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np

from jssl.errors import CheckpointError

STORAGES = {
    "FloatStorage": np.float32, "DoubleStorage": np.float64, "HalfStorage": np.float16,
    "BFloat16Storage": ml_dtypes.bfloat16, "LongStorage": np.int64, "IntStorage": np.int32, "ShortStorage": np.int16,
    "CharStorage": np.int8, "ByteStorage": np.uint8, "BoolStorage": np.bool_,
}  # fmt: skip
"""PyTorch's names of arrays of one type."""


def read_torch(path: Path) -> Any:
    """What was saved: containers of plain values and NumPy arrays.

    Raises:
        CheckpointError: a file that is no such archive, is damaged, or whose pickle asks for anything but tensors and
            containers, which is named and not run.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            (name,) = [name for name in archive.namelist() if name.endswith("/data.pkl")]
            root = name.removesuffix("data.pkl")
            order = f"{root}byteorder"
            if order in archive.namelist() and archive.read(order) != b"little":
                raise CheckpointError(f"{path} was saved on a big-endian machine: save it as safetensors there")
            with archive.open(name) as pickled:
                return _Tensors(pickled, lambda key: archive.read(f"{root}data/{key}"), path).load()
    except zipfile.BadZipFile as error:
        raise CheckpointError(
            f"{path} is no file of torch.save since PyTorch 1.6 ({error}): if it is older, load it in PyTorch and save"
            " it again; if it is whole, name it .safetensors or .pt by what it is"
        ) from error
    except CheckpointError:
        raise
    except Exception as error:  # of a damaged pickle, anything
        raise CheckpointError(f"{path} is damaged: {type(error).__name__}: {error}") from error


class _Tensors(pickle.Unpickler):
    """An unpickler of tensors and containers."""

    def __init__(self, file: Any, stored: Callable[[str], bytes], path: Path) -> None:
        super().__init__(file, encoding="utf-8")
        self._stored, self._path = stored, path
        self._known = {
            ("collections", "OrderedDict"): OrderedDict,
            ("torch", "Size"): tuple,
            ("torch._utils", "_rebuild_tensor_v2"): _tensor,
            ("torch._utils", "_rebuild_parameter"): lambda data, requires_grad, hooks: data,
            **{("torch", name): np.dtype(kind) for name, kind in STORAGES.items()},
        }

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in self._known:
            raise CheckpointError(
                f"{self._path} asks for {module}.{name}, which is neither a tensor nor a container, and is not run: if"
                " you trust the file, load it in PyTorch and save its state_dict alone, best as safetensors"
            )
        return self._known[module, name]

    def persistent_load(self, pid: tuple[Any, ...]) -> np.ndarray:
        _, kind, key, _, length = pid
        return np.frombuffer(self._stored(key), kind, length)


def _tensor(
    storage: np.ndarray, offset: int, shape: tuple[int, ...], stride: tuple[int, ...], *rest: Any
) -> np.ndarray:
    """A tensor as an array of its own. NumPy refuses a shape and stride that leave the storage."""
    del rest
    size = storage.itemsize
    return np.ndarray(shape, storage.dtype, storage, offset * size, [step * size for step in stride]).copy()
