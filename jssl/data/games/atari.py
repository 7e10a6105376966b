"""Atari: arcade games played at random, with their sound and the 128 bytes that are their whole state.

The Arcade Learning Environment (Bellemare et al. 2013, arXiv:1207.4708); which byte is what, Anand et al. 2019
(arXiv:1906.08226) list.
"""

from fractions import Fraction
from typing import Any

import numpy as np

from jssl.data.games.play import Play
from jssl.errors import DataError

LEVELS = (
    *("asteroids", "beam_rider", "boxing", "breakout", "enduro", "freeway", "ms_pacman", "pong", "qbert"),
    *("riverraid", "seaquest", "space_invaders"),
)
SKIP = 4
"""Frames of 60 a second, from frame to frame."""
SAMPLES = 512
"""Of sound, a frame of 60 a second."""
RATE = 60 * SAMPLES
HOLD = 0.2
"""How often the player takes another action, drawn anew."""
STICKY = 0.25
"""How often the game repeats the last action instead (Machado et al. 2018, arXiv:1709.06009)."""


def play_atari(level: str, seed: int, frames: int) -> Play:
    """Play a game at random, beginning again when it is over: the same for the same seed.

    Arrays: `ram` uint8 [n, 128]; `action` int32 [n], of the game's own; `reward` float32 [n]; `start` bool [n], whether
    the game has begun again with this frame.

    Args:
        level: one of `roms()`.
        seed: of the game and of the player.
        frames: of the film.

    Raises:
        DataError: ale-py is not installed.
    """
    ale = _library()
    ale.ALEInterface.setLoggerMode(ale.LoggerMode.Error)
    game, rng = ale.ALEInterface(), np.random.default_rng(seed)
    game.setInt("random_seed", seed % (1 << 31))
    game.setFloat("repeat_action_probability", STICKY)
    game.setBool("sound_obs", True)
    game.loadROM(ale.roms.get_rom_path(level))
    actions, action, start, screen = game.getMinimalActionSet(), 0, True, game.getScreenRGB()
    rows, sounds = [], []
    for _ in range(frames):
        if game.game_over():
            game.reset_game()
            start, screen = True, game.getScreenRGB()
        ram = game.getRAM().copy()
        if rng.random() < HOLD:
            action = int(rng.integers(len(actions)))
        reward, shown = 0, screen
        for _ in range(SKIP):
            before = game.getScreenRGB()
            reward += game.act(actions[action])
            sounds.append(game.getAudio().copy())
        rows.append((shown, ram, np.int32(action), np.float32(reward), start))
        # The games draw some things in every second frame only.
        screen, start = np.maximum(before, game.getScreenRGB()), False
    screens, *arrays = (np.stack(column) for column in zip(*rows, strict=True))
    names = ("ram", "action", "reward", "start")
    return Play(
        screens, Fraction(60, SKIP), _centred(np.concatenate(sounds)), RATE, dict(zip(names, arrays, strict=True))
    )


def roms() -> tuple[str, ...]:
    """The names of all games that can be played, some hundred.

    Raises:
        DataError: ale-py is not installed.
    """
    return tuple(_library().roms.get_all_rom_ids())


def _library() -> Any:
    try:
        import ale_py
        import ale_py.roms
    except ImportError as error:
        raise DataError('games:atari needs ale-py, which is under the GPL: pip install "jssl[games]"') from error
    return ale_py


def _centred(sound: np.ndarray) -> np.ndarray:
    """Sound uint8 [samples] about zero, float32: without its mean over a twentieth of a second, which is not heard."""
    window = RATE // 20
    sums = np.cumsum(np.pad(sound.astype(np.float64) / 128, (window // 2 + 1, window - window // 2 - 1), mode="edge"))
    return (sound / 128 - (sums[window:] - sums[:-window])[: len(sound)] / window).astype(np.float32)
