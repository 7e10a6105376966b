"""Where an evaluation's rows are kept: beside the run they are of. Weights of others are no run, and keep none."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jax

from jssl.convert.origins import is_origin
from jssl.encoder import Encoder, load
from jssl.run.workdir import check_run, read_json, write_json


def opened(workdir: Path | str, checkpoint: str | int = "latest") -> tuple[Encoder, Path | None]:
    """The encoder of a run and the run's folder, or of weights of others, "hf:FOLDER" say, and None.

    Raises:
        Refused: neither.
    """
    if is_origin(str(workdir)):
        return load(workdir), None
    check_run(workdir)
    return load(workdir, checkpoint), Path(workdir).expanduser()


def keep_rows(folder: Path | None, name: str, rows: Sequence[dict[str, Any]], same: Sequence[str]) -> None:
    """Write rows to a file in a run's folder, by the first process.

    Args:
        folder: None writes nothing.
        name: of the file.
        rows: each in place of an earlier one whose values at the keys `same` it has.
        same: keys.
    """
    if folder is None or jax.process_index():
        return
    path = folder / name
    kept = read_json(path, "rows")["rows"] if path.exists() else []
    for row in rows:
        kept = [*(other for other in kept if any(other[key] != row[key] for key in same)), row]
    write_json(path, {"rows": kept})
