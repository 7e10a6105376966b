"""`record`: a folder of films of a game, made once. `open_games`: its clips."""

import difflib
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from jssl.data.film_index import library
from jssl.data.film_write import write_film
from jssl.data.films import open_films
from jssl.data.games import atari, doom
from jssl.data.games.play import Play
from jssl.data.source import Source
from jssl.errors import DataError
from jssl.ranges import Count

log = logging.getLogger(__name__)


class Game(NamedTuple):
    """A game that can be recorded."""

    levels: tuple[str, ...]
    """The classes of its films."""
    play: Callable[[str, int, int], Play]
    """(level, seed, frames) -> Play"""
    silence: str = ""
    """Why it may be that nothing is heard, and what to do."""
    named: Callable[[], tuple[str, ...]] | None = None
    """() -> all levels that may be recorded alone, step by step, see `jssl.data.games.steps`; None is none."""


GAMES = {
    "doom": Game(doom.LEVELS, doom.play_doom, "ViZDoom is silent without OpenAL (Debian: apt-get install libopenal1)"),
    "atari": Game(atari.LEVELS, atari.play_atari, named=atari.roms),
}
FRAMES = 400
FILMS = {"train": 6, "test": 2}
"""Of each level, each with a seed of its own."""
ALONE = (1000, {"train": 10, "test": 4})
"""Both, of a level that is recorded alone."""


def games_folder(game: str, data_dir: Path) -> Path:
    """Where the films of a game, or of one level of it, "atari/pong", lie."""
    return data_dir / "games" / game.replace("/", "_")


def record(game: str, folder: Path, *, frames: Count | None = None, films: dict[str, int] | None = None) -> Path:
    """Play every level of a game some times, and keep it as folder/train/LEVEL/0.mp4 with its arrays in 0.npz.

    The films are nearly without loss, their sound entirely. What has been recorded before stays, so that this can be
    broken off and gone on with; whoever does it gets the same films.

    Args:
        game: one of `GAMES`; or one level alone, longer: "atari/pong", of any game that there is of Atari.
        folder: to be made.
        frames: of a film, at most; by default `FRAMES`, or those of `ALONE`.
        films: split -> how many of each level; by default `FILMS`, or those of `ALONE`.

    Raises:
        DataError: no such game or level, or one that is not installed.
    """
    name, _, level = game.partition("/")
    if name not in GAMES:
        raise DataError(f"games:{name} is not known; it is one of {', '.join(f'games:{known}' for known in GAMES)}")
    library()
    levels, play, silence, named = GAMES[name]
    usual = (FRAMES, FILMS)
    if level:
        known = named() if named else ()
        if level not in known:
            near = difflib.get_close_matches(level, known, 3, 0.4) or known[:3]
            said = f"it has {len(known)}, such as {', '.join(near)}" if known else "none of it is recorded alone"
            raise DataError(f"games:{game} is no level of {name}: {said}")
        levels, usual = (level,), ALONE
    frames, films = frames or usual[0], films or usual[1]
    number, silent = 0, []
    for split, count in films.items():
        for seed in range(number, number + count):
            for level in levels:
                film = folder / split / level / f"{seed}.mp4"
                if not film.exists():
                    played = play(level, seed, frames)
                    _save(film, played)
                    silent += [] if played.sound.any() else [f"{split}/{level}/{seed}.mp4"]
        number += count
    if silent:
        log.warning("games:%s: nothing is heard in %d films (%s, ...): %s", game, len(silent), silent[0], silence)
    return folder


def _save(film: Path, played: Play) -> None:
    """The film last, and under its name when it is whole. Without any sound it gets no track, which tells."""
    film.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(film.with_suffix(".npz"), **played.arrays)
    part = film.with_name(f".part_{film.name}")
    sound = {"sound": played.sound, "rate": played.rate} if played.sound.any() else {}
    write_film(part, played.frames, played.fps, **sound)
    part.replace(film)


def open_games(
    game: str,
    split: str,
    size: int | None,
    route: str,
    data_dir: Path,
    *,
    frames: Count = 16,
    stride: Count = 2,
    sound: bool = False,
    rate: Count = 16_000,
    silent: str = "keep",
    arrays: Sequence[str] = (),
) -> Source:
    """Open the films of a game that was recorded, labelled by level: "train" and "test"; arguments as `open_films`.

    Args:
        arrays: of those that were recorded: ("pose",) of Doom gives clips "pose" float32 [frames, 3], where the player
            stood at each of their frames and by what angle it looked.

    Raises:
        DataError: as `open_films`, or it is not recorded.
    """
    folder = games_folder(game, data_dir)
    if not folder.is_dir():
        known = game if game in GAMES else f"{{{','.join(GAMES)}}}"
        raise DataError(
            f"games:{game} is not in {data_dir}: record it with python -m launch.prepare --data=games:{known}"
        )
    options = {"frames": frames, "stride": stride, "sound": sound, "rate": rate, "silent": silent, "arrays": arrays}
    return open_films(str(folder), split, size, route, **options)._replace(name=f"games:{game}")
