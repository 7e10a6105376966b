"""Exact frames of a film by their number, without decoding it from the start.

A film is indexed once, by its packets; a seek goes to the key frame at or before the first frame that is wanted, and
decoding goes on from there. Three things make that less simple than it sounds. An AVI stores no presentation times:
what FFmpeg guesses is not monotonic where frames are stored out of order (B-frames), so that an AVI is indexed by
decoding it once, and its frames are counted from the key frame that a seek lands on. A seek may land one key frame
late. And the number of frames that a file states may be wrong.
"""

import os
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from jssl.errors import DataError

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

EARLIER = 3
"""Key frames that are tried, each before the last, until a seek lands where it should; then the start of the film."""
DEFAULT_RATE = 25.0
"""Frames a second of a film that does not say."""
UNKNOWN = -(1 << 62)
"""The stamp of a frame without one."""


class Index(NamedTuple):
    """The frames of a film, in the order in which they are shown."""

    stamps: np.ndarray
    """int64 [frames], as the decoder tells them; not monotonic in an AVI."""
    keys: np.ndarray
    """int64, numbers of the frames where decoding can begin."""
    times: np.ndarray
    """float64 [frames], seconds at which they are shown, on the clock that the sound track is on too."""
    counted: bool
    """Whether frames must be counted, their stamps being no guide."""
    aspect: float
    """Width of a pixel by its height."""


def library() -> Any:
    """PyAV, which brings FFmpeg.

    Raises:
        DataError: it is not installed.
    """
    try:
        import av
    except ImportError as error:
        raise DataError('films need PyAV: pip install "jssl[video]"') from error
    av.logging.set_level(None)  # FFmpeg would print a line for every frame that it mends
    return av


def film_index(path: Path) -> Index:
    """The index of a film, kept for when it is read again.

    Raises:
        ValueError, OSError: no film, or one without frames.
    """
    status = path.stat()
    return _kept(os.fspath(path), status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=1 << 14)  # 16 bytes a frame: some 100 MB, of films of 400 frames
def _kept(path: str, changed: int, size: int) -> Index:
    del changed, size  # they tell an older film of that name
    with library().open(path) as container:
        stream = video_stream(container)
        packets = (p for p in container.demux(stream) if p.size and not p.is_discard)
        stamps, keys = _columns((p.pts, p.is_keyframe) for p in packets)
        counted = "avi" in container.format.name.split(",") or UNKNOWN in stamps
        rate, tick = float(stream.average_rate or DEFAULT_RATE), float(stream.time_base)
        aspect = float(stream.sample_aspect_ratio or 1)
    if counted:
        with library().open(path) as container:
            frames = decoded(container, video_stream(container))
            stamps, keys = _columns((f.pts, f.key_frame) for f in frames)
    if not len(stamps):
        raise ValueError("no frames")
    values, first, counts = np.unique(stamps, return_index=True, return_counts=True)
    if not counted:
        return Index(values, np.flatnonzero(keys[first]), values * tick, counted, aspect)
    alone = np.isin(stamps, values[counts == 1])  # a stamp that comes twice does not tell where a seek has landed
    return Index(stamps, np.flatnonzero(keys & alone), np.arange(len(stamps)) / rate, counted, aspect)


def _columns(frames: Iterable[tuple[int | None, bool]]) -> tuple[np.ndarray, np.ndarray]:
    table = np.array([(UNKNOWN if stamp is None else stamp, key) for stamp, key in frames], np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1].astype(bool)


def video_stream(container: "InputContainer") -> "VideoStream":
    """The film in a file, to be decoded in this thread alone.

    Raises:
        ValueError: there is none; a cover picture is not one.
    """
    for stream in container.streams.video:
        if not stream.disposition & type(stream.disposition).attached_pic:
            stream.codec_context.thread_count = 1  # many films are read at a time, each by a thread of its own
            return stream
    raise ValueError("no video track")


def decoded(container: "InputContainer", stream: Any) -> Iterator[Any]:
    """Frames of a track from where the file stands; packets that cannot be decoded are passed over."""
    broken = library().error.FFmpegError
    for packet in container.demux(stream):
        try:
            yield from packet.decode()
        except broken:
            continue


def frames_at(path: Path, index: Index, wanted: np.ndarray) -> Iterator["VideoFrame"]:
    """The frames with these numbers, int [m], ascending, which may repeat.

    A frame that the file has lost gives way to the one before it.

    Raises:
        ValueError, OSError: the file cannot be decoded there.
    """
    before = index.keys[index.keys <= wanted[0]]
    for key in [*before[::-1][:EARLIER].tolist(), None]:
        with library().open(path) as container:
            stream = video_stream(container)
            if key is not None:
                container.seek(int(index.stamps[key]), stream=stream)
            frames = _numbered(decoded(container, stream), index, -1 if key is None else None)
            first = next(frames, None)
            if first is not None and (key is None or first[0] <= wanted[0]):
                yield from _held(first, frames, wanted)
                return
    raise ValueError("no frame can be decoded")


def _numbered(frames: Iterator["VideoFrame"], index: Index, number: int | None) -> Iterator[tuple[int, "VideoFrame"]]:
    """Frames with their numbers: told by their stamps, or counted from the one before, of the first frame None."""
    for frame in frames:
        if not index.counted:
            number = int(np.searchsorted(index.stamps, frame.pts, side="right")) - 1
        elif number is None:
            places = np.flatnonzero(index.stamps == frame.pts)
            if len(places) != 1:
                return
            number = int(places[0])
        else:
            number += 1
        yield number, frame


def _held(
    first: tuple[int, "VideoFrame"], rest: Iterator[tuple[int, "VideoFrame"]], wanted: np.ndarray
) -> Iterator["VideoFrame"]:
    now, ahead = first, None
    for number in wanted.tolist():
        while now[0] < number:
            ahead = ahead or next(rest, None)
            if ahead is None or ahead[0] > number:
                break
            now, ahead = ahead, None
        yield now[1]
