"""A folder of films: clips of frames, with their sound where it is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from jssl.data.film_arrays import look_beside
from jssl.data.film_clip import Clips, read_clip
from jssl.data.film_index import DEFAULT_RATE, decoded, library, video_stream
from jssl.data.film_sound import audible
from jssl.data.folder_index import look_once
from jssl.data.listing import Listing, list_folder
from jssl.data.recordings import about
from jssl.data.source import Source, Spec, labelled
from jssl.data.split_lists import has_split_lists, list_split
from jssl.errors import DataError
from jssl.ranges import Count, NotNegative

EXTENSIONS = (".avi", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".webm")
DEFAULT_SIZE = 112


@dataclass(frozen=True)
class _Films:
    """The `read` of a folder of films."""

    listing: Listing
    clips: Clips

    def __call__(self, rows: np.ndarray, draws: np.ndarray | None = None) -> dict[str, np.ndarray]:
        words = [None] * len(rows) if draws is None else draws.tolist()
        clips = [
            self.listing.read_alike(row, partial(_clip, self.listing.root, self.clips, word))
            for row, word in zip(rows.tolist(), words, strict=True)
        ]
        return {name: np.stack([clip[name] for clip in clips]) for name in self.clips.spec}


def open_films(
    path: str,
    split: str,
    size: int | None,
    route: str,
    *,
    frames: Count = 16,
    stride: Count = 2,
    fps: NotNegative = 0.0,
    sound: bool = False,
    rate: Count = 16_000,
    silent: str = "keep",
    arrays: Sequence[str] = (),
    fold: Count = 1,
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
        arrays: names of arrays with a row for each frame, which lie beside a film, in FILM.npz beside FILM.mp4; clips
            then have the rows of their frames, [frames, ...]. Films without them are skipped.
        fold: which of the lists of UCF-101.

    Raises:
        DataError: no such folder or split, no film in it that can be read, or an option that is not as above.
    """
    name, heard = f"video:{path}", sound and silent == "drop"
    library()
    if route == "ram":
        raise DataError(f'{name}: films are too large for route="ram"; take "stream"')
    if min(frames, stride) < 1 or fps < 0 or (sound and rate < 1):
        raise DataError(
            f"{name}: frames={frames}, stride={stride}, fps={fps}, rate={rate} must be 1 or more; fps 0 or more"
        )
    if silent not in ("keep", "drop"):
        raise DataError(f'{name}: silent={silent!r} is neither "keep" nor "drop"')
    if has_split_lists(path):
        listing = list_split(name, path, split, fold)
    else:
        listing = list_folder(name, path, split, EXTENSIONS, "film")
    found = look_once(listing, lambda file: _wrong(listing.root, sound, heard, file) or 0, f"films {sound=} {heard=}")
    reasons = [x if isinstance(x, str) else None for x in found]
    beside: Spec = {}
    if arrays:
        beside, lacking = look_beside([listing.root / file for file in listing.files], arrays)
        reasons = [why or lack for why, lack in zip(reasons, lacking, strict=True)]
    listing, skipped = listing.readable(reasons, "films")
    if sound and not fps:
        fps = _rate(listing.root / listing.files[0])
    clips = Clips(frames, stride, size or DEFAULT_SIZE, fps, rate if sound else 0, heard, beside)
    targets, read = labelled(listing.labels, listing.classes), _Films(listing, clips)
    source = Source(name, len(listing.files), clips.spec, read, targets, listing.files, skipped, False)
    return source._replace(about=about(source, rate)) if sound else source


def _clip(root: Path, clips: Clips, word: int | float | None, file: str) -> dict[str, np.ndarray] | str:
    try:
        return read_clip(root / file, clips, word)
    except (library().error.FFmpegError, ValueError, OSError) as error:
        return _reason(error)


def _wrong(root: Path, sound: bool, heard: bool, file: str) -> str | None:
    """Why a file is left out; None of a film whose first frame can be decoded."""
    path = root / file
    try:
        if not path.stat().st_size:
            return "empty file"
        with library().open(path) as container:
            if sound and not container.streams.audio:
                return "no sound track"
            if next(decoded(container, video_stream(container)), None) is None:
                return "no frame can be decoded"
        return "silent" if heard and not audible(path).any() else None
    except (library().error.FFmpegError, ValueError, OSError) as error:
        return _reason(error)


def _reason(error: Exception) -> str:
    if isinstance(error, library().error.InvalidDataError):
        return "not a film, or cut short"
    return getattr(error, "strerror", None) or str(error)


def _rate(path: Path) -> float:
    with library().open(path) as container:
        return float(video_stream(container).average_rate or DEFAULT_RATE)
