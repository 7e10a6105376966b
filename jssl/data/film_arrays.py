"""Arrays that lie beside films, in FILM.npz beside FILM.mp4, with a row for each frame: where a player stood, ..."""

from collections.abc import Sequence
from pathlib import Path

import jax
import numpy as np

from jssl.data.source import Spec


def rows_beside(film: Path, names: Sequence[str]) -> dict[str, np.ndarray]:
    """Arrays of a film by their names, [frames, ...] each, of the types that devices have: float32 for float64.

    Raises:
        ValueError: no such file or array, or one that is none of numbers; in one line.
    """
    path = film.with_suffix(".npz")
    try:
        with np.load(path, allow_pickle=False) as file:
            there, found = file.files, {name: file[name] for name in names if name in file.files}
    except FileNotFoundError as error:
        raise ValueError(f"no {path.name} beside it") from error
    except Exception as error:  # not a zip file, a member cut short, Python objects inside
        raise ValueError(f"{path.name} beside it cannot be read") from error
    if missing := [name for name in names if name not in found]:
        raise ValueError(f"no {', '.join(missing)} in {path.name}; it has {', '.join(there)}")
    if wrong := [name for name, rows in found.items() if not rows.ndim or rows.dtype.kind not in "iufb"]:
        raise ValueError(f"{', '.join(wrong)} of {path.name} has no row of numbers for each frame")
    return {name: rows.astype(jax.dtypes.canonicalize_dtype(rows.dtype)) for name, rows in found.items()}


def look_beside(films: Sequence[Path], names: Sequence[str]) -> tuple[Spec, list[str | None]]:
    """What a row of each array is, as of the first film that has them, and why films are left out: they do not."""
    spec: Spec = {}
    reasons: list[str | None] = []
    for film in films:
        try:
            found = rows_beside(film, names)
        except ValueError as error:
            reasons.append(str(error))
            continue
        own = {name: jax.ShapeDtypeStruct(rows.shape[1:], rows.dtype) for name, rows in found.items()}
        spec = spec or own
        other = [f"{name} has rows {x.dtype} {list(x.shape)}" for name, x in own.items() if x != spec[name]]
        reasons.append(f"{', '.join(other)}, unlike those before" if other else None)
    return spec, reasons
