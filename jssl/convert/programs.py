"""An encoder as one file that computes features for any number of examples: of `jax.export`, or of ONNX."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jax
import numpy as np
from jax import export

from jssl.convert.onnx_graph import make_model
from jssl.errors import CheckpointError

Spec = Mapping[str, jax.ShapeDtypeStruct]
PLATFORMS = ("cpu", "cuda", "tpu")
NEAR = 1e-3
"""Of features computed twice in float32, over their size; as far as sums in another order take a deep network."""


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
    try:
        write(path, exported.serialize())
    except ImportError as error:
        raise CheckpointError(
            f'programs need a package that is missing ({error}): pip install "jssl[convert]"'
        ) from error
    arrays = ", ".join(f'"{name}": {name}' for name in spec)
    return f'features = jax.export.deserialize(open("{path}", "rb").read()).call({{{arrays}}})'


def to_onnx(path: Path, embed: Callable[[dict[str, jax.Array]], jax.Array], spec: Spec) -> str:
    """Write `embed` as ONNX, once ONNX Runtime has computed the same; returns how it is loaded, and how near it is.

    Arguments as `to_jax`.

    Raises:
        CheckpointError: onnx or onnxruntime is missing; the network has a part that is not known here; what ONNX
            Runtime computes is something else; the file cannot be written.
    """
    try:
        import onnx  # noqa: F401
        import onnxruntime
    except ImportError as error:
        raise CheckpointError(f'ONNX needs a package that is missing ({error}): pip install "jssl[onnx]"') from error
    try:
        content = make_model(embed, spec).SerializeToString()
        session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
        apart = _apart(session, embed, spec)
    except NotImplementedError as part:
        raise CheckpointError(f"the encoder has a part that is not known in ONNX here: {part}") from part
    except onnxruntime.capi.onnxruntime_pybind11_state.RuntimeException as error:
        raise CheckpointError(f"ONNX Runtime cannot run the encoder: {error}") from error
    if apart > NEAR:
        raise CheckpointError(f"ONNX Runtime computes features that are {apart:.2g} of their size away: not written")
    write(path, content)
    arrays = ", ".join(f'"{name}": {name}' for name in spec)
    return (
        f"checked by ONNX Runtime {onnxruntime.__version__}: features within {apart:.1g} of their size\n"
        f'(features,) = onnxruntime.InferenceSession("{path}").run(None, {{{arrays}}})'
    )


def _apart(session: Any, embed: Callable, spec: Spec) -> float:
    """How far ONNX Runtime's features of random examples are from ours, over the largest value of these."""
    rng = np.random.default_rng(0)
    batch = {name: np.asarray(rng.integers(0, 64, (3, *x.shape)), x.dtype) for name, x in spec.items()}
    ours = np.asarray(jax.jit(embed)(batch))
    return float(np.abs(session.run(None, batch)[0] - ours).max() / np.abs(ours).max())


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


EXPORTS: dict[str, Callable[[Path, Callable, Any], str]] = {"jax": to_jax, "onnx": to_onnx}
