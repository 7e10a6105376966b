"""Splits that lists of files tell, as UCF-101 comes with them (Soomro et al. 2012, arXiv:1212.0402)."""

from pathlib import Path

import numpy as np

from jssl.data.listing import Listing
from jssl.data.source import parse_split
from jssl.errors import DataError

_LISTS = "ucfTrainTestlist"
_FILMS = "UCF-101"
"""Folders that its two archives unpack to."""


def has_split_lists(path: str) -> bool:
    """Whether a folder holds trainlist01.txt and the like, or has them in ucfTrainTestlist/."""
    return _folder(Path(path).expanduser()) is not None


def list_split(name: str, path: str, split: str, fold: int) -> Listing:
    """The files that the list of a split names, labelled by their folder.

    Classes are numbered as in classInd.txt, from 0 on, or in order where there is no such file.

    Args:
        name: of the data set, for messages.
        path: a folder for which `has_split_lists`; its classes lie in it or in UCF-101/.
        split: "train", "test" or a part of one.
        fold: 1 is trainlist01.txt and testlist01.txt.

    Raises:
        DataError: no such split or fold, or a file in a folder that is no class.
    """
    root = Path(path).expanduser()
    folder = _folder(root)
    base, part = parse_split(name, split)
    if base not in ("train", "test"):
        raise DataError(f"{name} has no split {base!r}; its lists tell train and test")
    try:
        listed = {key: _first_words(folder / f"{key}list{fold:02d}.txt") for key in ("train", "test")}
    except FileNotFoundError as error:
        raise DataError(f"{name} has no fold {fold}: there is no {error.filename}") from error
    numbered = folder / "classInd.txt"
    if numbered.is_file():
        classes = tuple(line.split()[1] for line in numbered.read_text().splitlines() if line.strip())
    else:
        classes = tuple(sorted({file.split("/")[0] for files in listed.values() for file in files}))
    files = sorted(listed[base])
    if strange := sorted({file.split("/")[0] for file in files} - set(classes)):
        raise DataError(f"{name}: {', '.join(strange)} in {base}list{fold:02d}.txt is no class of classInd.txt")
    prefix = f"{_FILMS}/" if (root / _FILMS).is_dir() else ""
    if split != base:
        files = [files[i] for i in part(len(files))]
    labels = np.array([classes.index(file.split("/")[0]) for file in files], np.int32)
    return Listing(name, root, tuple(prefix + file for file in files), labels, classes)


def _folder(root: Path) -> Path | None:
    return next((folder for folder in (root, root / _LISTS) if (folder / "trainlist01.txt").is_file()), None)


def _first_words(path: Path) -> list[str]:
    return [line.split()[0] for line in path.read_text().splitlines() if line.strip()]
