"""An encoder as one file that computes features for any number of examples: a program of `jax.export`."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jax
from jax import export

from jssl.errors import CheckpointError

Spec = Mapping[str, jax.ShapeDtypeStruct]
PLATFORMS = ("cpu", "cuda", "tpu")


def to_jax(path: Path, embed: Callable[[dict[str, jax.Array]], jax.Array], spec: Spec) -> str:
    """Write `embed` for `PLATFORMS`, its parameters within; returns how it is loaded.

    Args:
        embed: {name: [n, ...]} -> features [n, d].
        spec: shape and type of each of its arrays, without n.

    Raises:
        CheckpointError: the file cannot be written.
    """
    (n,) = export.symbolic_shape("n")
    batch = {name: jax.ShapeDtypeStruct((n, *x.shape), x.dtype) for name, x in spec.items()}
    exported = export.export(jax.jit(embed), platforms=PLATFORMS)(batch)
    write(path, exported.serialize())
    arrays = ", ".join(f'"{name}": {name}' for name in spec)
    return f'features = jax.export.deserialize(open("{path}", "rb").read()).call({{{arrays}}})'


def write(path: Path, content: bytes) -> None:
    """Write a file in one move.

    Raises:
        CheckpointError: there is no such folder, or a folder of that name.
    """
    if path.is_dir() or not path.parent.is_dir():
        raise CheckpointError(f"--out={path} must be a file in a folder that is there")
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(content)
    partial.replace(path)


EXPORTS: dict[str, Callable[[Path, Callable, Any], str]] = {"jax": to_jax}
