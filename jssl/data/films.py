"""A folder of films: clips of frames, with their sound where it is asked for."""

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from jssl.data.film_clip import Clips, read_clip
from jssl.data.film_index import DEFAULT_RATE, decoded, library, video_stream
from jssl.data.film_sound import audible
from jssl.data.folder import _classes, _pictures, _report, _split_folder
from jssl.data.source import Source, labelled, parse_split
from jssl.errors import DataError

log = logging.getLogger(__name__)

EXTENSIONS = (".avi", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".webm")
DEFAULT_SIZE = 112


@dataclass(frozen=True)
class _Films:
    """The `read` of a folder of films.

    A file that turns out broken only now gives way to the next readable one with the same label, as in a folder of
    pictures.
    """

    root: Path
    files: tuple[str, ...]
    labels: np.ndarray | None
    clips: Clips

    def __call__(self, rows: np.ndarray, draws: np.ndarray | None = None) -> dict[str, np.ndarray]:
        words = [None] * len(rows) if draws is None else draws.tolist()
        read = [self._clip(row, word) for row, word in zip(rows.tolist(), words, strict=True)]
        return {name: np.stack([clip[name] for clip in read]) for name in self.clips.spec}

    def _clip(self, wanted: int, word: int | None) -> dict[str, np.ndarray]:
        return read_clip(self.root / self.files[wanted], self.clips, word)


def open_films(
    path: str,
    split: str,
    size: int | None,
    route: str,
    *,
    frames: int = 16,
    stride: int = 2,
    fps: float = 0.0,
    sound: bool = False,
    rate: int = 16_000,
    silent: str = "keep",
    fold: int = 1,
) -> Source:
    """Open a folder of films; arguments as in `open_source`.

    Films are labelled as pictures in a folder are, by the first-level sub-folder. A folder with train/ and test/ holds
    those splits; so does one with the lists that UCF-101 comes with, trainlist01.txt and testlist01.txt; any other is
    all "train". A clip begins where `draws` say, or is the middle of the film. Films are decoded as they are read,
    whatever the route.

    Args:
        path: the folder.
        split: "train", ...
        size: side of the frames in pixels: the shorter side resized, the middle cut out; by default 112.
        route: "auto" or "stream".
        frames: of a clip.
        stride: from each frame of a clip to the next, in frames of the film.
        fps: frames a second that every film is taken to have, those nearest in time, if theirs differ; 0 takes each
            film's own, but with sound, which is as long for each clip, that of the folder's first film.
        sound: whether clips have "sound", float32 [rate * frames * stride / fps], from the film's own track; films
            without one are skipped.
        rate: samples a second.
        silent: "drop" skips films whose sound is silent throughout (below -60 dB), and takes clips where it is not.
        fold: which of the lists of UCF-101.

    Raises:
        DataError: no such folder or split, no film in it that can be read, or an option that is not as above.
    """
    name, root = f"video:{path}", Path(path).expanduser()
    library()
    if route == "ram":
        raise DataError(f'{name}: films are too large for route="ram"; take "stream"')
    if silent not in ("keep", "drop"):
        raise DataError(f'{name}: silent={silent!r} is neither "keep" nor "drop"')
    if not root.is_dir():
        raise DataError(f"{name}: there is no such folder")
    base, part = parse_split(name, split)
    top, siblings = _split_folder(name, root, base)
    listed = {folder: sorted(_pictures(folder, EXTENSIONS)) for folder in siblings}
    files = listed[top]
    if not files:
        raise DataError(f"{name}: no film in {top} (files ending in {', '.join(EXTENSIONS)})")
    if split != base:
        files = [files[i] for i in part(len(files))]
    with ThreadPoolExecutor() as threads:
        reasons = list(threads.map(partial(_checked, sound, sound and silent == "drop"), [top / f for f in files]))
    judged = list(zip(files, reasons, strict=True))
    files, skipped = [f for f, why in judged if not why], [(f, why) for f, why in judged if why]
    _report(name, skipped, len(files))
    classes = _classes([file for folder in siblings for file in listed[folder]])
    labels = np.array([classes.index(file.split("/")[0]) for file in files], np.int32) if classes else None
    prefix = "" if top == root else f"{top.name}/"
    files = tuple(prefix + file for file in files)
    skipped = tuple((prefix + file, why) for file, why in skipped)
    fps = fps or (_rate(root / files[0]) if sound else 0)
    clips = Clips(frames, stride, size or DEFAULT_SIZE, fps, rate if sound else 0, sound and silent == "drop")
    read, about = _Films(root, files, labels, clips), {"rate": rate} if sound else {}
    return Source(name, len(files), clips.spec, read, labelled(labels, classes), files, skipped, False, about)


def _checked(sound: bool, heard: bool, path: Path) -> str | None:
    """Why a file is left out; None of a film whose first frame can be decoded."""
    if not path.stat().st_size:
        return "empty file"
    try:
        with library().open(path) as container:
            if sound and not container.streams.audio:
                return "no sound track"
            if next(decoded(container, video_stream(container)), None) is None:
                return "no frame can be decoded"
        if heard and not audible(path).any():
            return "silent"
    except library().error.InvalidDataError:
        return "not a film, or cut short"
    except (ValueError, OSError) as error:
        return str(error)
    return None


def _rate(path: Path) -> float:
    with library().open(path) as container:
        return float(video_stream(container).average_rate or DEFAULT_RATE)
