"""A folder of a user's own recordings."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import jax
import numpy as np

from jssl.data.folder_index import look_once
from jssl.data.listing import Listing, list_folder
from jssl.data.recordings import Clip, about, in_ram, length, make_clip, read_clip, read_whole
from jssl.data.source import Source, in_memory, labelled
from jssl.ranges import Count, Positive

EXTENSIONS = (".aif", ".aiff", ".flac", ".mp3", ".oga", ".ogg", ".opus", ".wav")


@dataclass(frozen=True)
class _Files:
    """The `read` of a folder that does not fit in RAM."""

    listing: Listing
    clip: Clip

    def __call__(self, rows: np.ndarray, draws: np.ndarray | None = None) -> dict[str, np.ndarray]:
        words = [None] * len(rows) if draws is None else draws.tolist()
        clips = [
            self.listing.read_alike(row, partial(_tried, read_clip, self.listing.root, self.clip, word))
            for row, word in zip(rows.tolist(), words, strict=True)
        ]
        sounds, lengths = zip(*clips, strict=True)
        return {"sound": np.stack(sounds), "length": np.array(lengths, np.int32)}


def open_sounds(
    path: str, split: str, size: int | None, route: str, *, rate: Count = 16_000, seconds: Positive = 1.0
) -> Source:
    """Open a folder of recordings of any rate, one channel or their mean; arguments as in `open_source`.

    Splits and labels are those of `list_folder`. A clip of a longer recording begins where `draws` say, or is its
    middle; a shorter one is followed by zeros. Recordings lie in RAM, whole and at the run's rate, up to 1 GiB; beyond
    that only what a batch needs is read, straight from the middle of the file. Files that cannot be read, or hold no
    sample, are left out and named, on both routes.

    Args:
        rate: Hz, to which every recording is resampled.
        seconds: of a clip.

    Raises:
        DataError: as `list_folder`; no file that can be read; no library to read sounds with.
    """
    del size  # of pictures
    name = f"sound:{path}"
    clip = make_clip(name, rate, seconds)
    listing = list_folder(name, path, split, EXTENSIONS, "sound")
    lengths = look_once(listing, lambda file: _tried(length, listing.root, rate, file), f"samples at {rate} Hz")
    total = sum(x for x in lengths if not isinstance(x, str))
    resident = in_memory(name, 1, {"sound": jax.ShapeDtypeStruct((total,), np.float32)}, route)
    found = lengths
    if resident:
        with ThreadPoolExecutor() as threads:
            found = list(threads.map(partial(_tried, read_whole, listing.root, rate), listing.files))
    reasons = [next((x for x in both if isinstance(x, str)), None) for both in zip(lengths, found, strict=True)]
    listing, skipped = listing.readable(reasons, "sounds")
    if resident:
        sounds, grids = zip(*(x for x, why in zip(found, reasons, strict=True) if why is None), strict=True)
        read = in_ram(sounds, grids, clip)
    else:
        read = _Files(listing, clip)
    targets = labelled(listing.labels, listing.classes)
    source = Source(name, len(listing.files), clip.spec, read, targets, listing.files, skipped, resident)
    return source._replace(about=about(source, rate))


def _tried(look: Callable, root: Path, *arguments: Any) -> Any:
    """What `look` makes of a file, the last argument, or why it cannot."""
    *options, file = arguments
    try:
        return look(root / file, *options)
    except (ValueError, OSError) as error:
        return str(error)
