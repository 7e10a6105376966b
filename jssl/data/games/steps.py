"""Steps of one game that was recorded alone: a frame, what was done, what came of it, and the frame after that."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import jax
import numpy as np

from jssl.data.film_arrays import rows_beside
from jssl.data.film_index import decoded, library, video_stream
from jssl.data.games.recorded import games_folder
from jssl.data.source import Source, parse_split, part
from jssl.errors import DataError
from jssl.ranges import Count

DEFAULT_SIZE = 84


@dataclass(frozen=True)
class _Steps:
    """The `read`: windows of frames that lie one after the other, of which RAM holds each once."""

    frames: np.ndarray
    """uint8 [all frames, size, size, 3]."""
    arrays: dict[str, np.ndarray]
    """[all frames, ...] each."""
    windows: np.ndarray
    """int [examples, frames of a window]."""

    def __call__(self, rows: np.ndarray, draws: np.ndarray | None = None) -> dict[str, np.ndarray]:
        del draws
        chosen = self.windows[rows]
        return {"clip": self.frames[chosen], **{name: array[chosen] for name, array in self.arrays.items()}}


def open_steps(
    game: str,
    split: str,
    size: int | None,
    route: str,
    data_dir: Path,
    *,
    frames: Count = 2,
    stride: Count = 1,
    arrays: Sequence[str] = ("action", "reward"),
) -> Source:
    """Open "train" or "test" of a game that was recorded alone; arguments as in `open_source`.

    Every frame of the recording begins an example, unless the game ends before the example does: "clip" uint8 [frames,
    size, size, 3], the whole screen squeezed into a square, and the rows of the arrays that belong to its frames:
    "action" int32 [frames], taken after seeing each, "reward" float32 [frames], what it brought until the next, and
    "ram" uint8 [frames, 128], the state itself. All is kept in RAM, whatever the route.

    Args:
        game: and its level, "atari/pong".
        frames: of an example; 2 are a step.
        stride: from each of them to the next, in frames of the recording, 15 a second.
        arrays: which ones.

    Returns:
        A source whose `files` name the film of each example, so that splits by film can be made; in `about`, of
        arrays with "action", how many "actions" the game has.

    Raises:
        DataError: it is not recorded, has no such split or arrays, or games shorter than an example.
    """
    del route
    name, folder = f"games:{game}", games_folder(game, data_dir)
    base, chosen = parse_split(name, split)
    films = sorted((folder / base).glob("*/[!.]*.mp4"), key=lambda path: (len(path.stem), path.stem))
    if not folder.is_dir():
        raise DataError(f"{name} is not in {data_dir}: record it with python -m launch.prepare --data={name}")
    if not films:
        raise DataError(f"{name} has no split {base!r}; it has {', '.join(sorted(x.name for x in folder.iterdir()))}")
    size = size or DEFAULT_SIZE
    try:
        beside = [rows_beside(film, (*arrays, "start")) for film in films]
        shown = [_screens(film, size) for film in films]
    except (ValueError, OSError, library().error.FFmpegError) as error:
        raise DataError(f"{name} in {folder} is damaged ({error}): move it away, and record it again") from error
    lengths = [len(screens) for screens in shown]
    if wrong := [film.name for film, n, rows in zip(films, lengths, beside, strict=True) if len(rows["start"]) != n]:
        raise DataError(f"{name} in {folder}: {', '.join(wrong)} are not as long as what lies beside them")
    joined = {key: np.concatenate([rows[key] for rows in beside]) for key in (*arrays, "start")}
    start = joined.pop("start")
    film = np.repeat(np.arange(len(films)), lengths)
    start[np.flatnonzero(np.diff(film, prepend=-1))] = True
    windows = _within_games(start, (frames - 1) * stride + 1)[:, ::stride]
    if not len(windows):
        raise DataError(f"{name}: no game of it is as long as {frames} frames at stride {stride}")
    spec = {"clip": jax.ShapeDtypeStruct((frames, size, size, 3), np.uint8)}
    spec |= {key: jax.ShapeDtypeStruct((frames, *rows.shape[1:]), rows.dtype) for key, rows in joined.items()}
    files = tuple(films[i].relative_to(folder).as_posix() for i in film[windows[:, 0]])
    about = {"actions": int(joined["action"].max()) + 1} if "action" in joined else {}
    read = _Steps(np.concatenate(shown), joined, windows)
    return part(Source(name, len(windows), spec, read, files=files, about=about), chosen(len(windows)))


def _within_games(start: np.ndarray, span: int) -> np.ndarray:
    """Numbers of the frames of every window that one game is as long as, int [m, span].

    Args:
        start: bool [n], whether a game begins with this frame.
        span: of a window.
    """
    game = np.cumsum(start)
    first = np.arange(len(start) - span + 1)
    first = first[game[first] == game[first + span - 1]]
    return first[:, None] + np.arange(span)[None]


def _screens(film: Path, size: int) -> np.ndarray:
    """All frames of a film, uint8 [n, size, size, 3]."""
    from av.video.reformatter import Interpolation, VideoReformatter

    scaler = VideoReformatter()
    with library().open(film) as container:
        return np.stack(
            [
                scaler.reformat(frame, size, size, "rgb24", interpolation=Interpolation.AREA, threads=1).to_ndarray()
                for frame in decoded(container, video_stream(container))
            ]
        )
