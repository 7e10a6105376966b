"""Doom: first-person walks through the levels of Freedoom, with its sound, where the walker went and what it saw.

ViZDoom (Kempka et al. 2016, arXiv:1605.02097) runs without a screen. These are a game's pictures, not a camera's.
"""

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from jssl.data.games.play import Play
from jssl.errors import DataError

LEVELS = (
    *("MAP01", "MAP02", "MAP04", "MAP05", "MAP11", "MAP12", "E1M1", "E1M2", "E2M1", "E3M1"),
    *("defend_the_center", "deathmatch"),
)
"""Where there is something to hear in a third of the time and more. MAP01 is of Freedoom 2, E1M1 of Freedoom 1, what
is written in lower case is a scenario of ViZDoom's."""
TICS = 2
"""Of 35 a second, from frame to frame."""
RATE = 22_050
HEIGHT, WIDTH = 120, 160


def play_doom(level: str, seed: int, frames: int) -> Play:
    """Walk through a level until it ends or there are as many frames: the same for the same seed.

    Arrays: `pose` float32 [n, 3], east and north in units of the game and the angle in degrees; `motion` float32
    [n, 3], what became of it until the next frame, in the walker's own frame: forward, left, and turned to the left in
    degrees; `action` float32 [n, 4], how far it was told to walk, to turn to the right, whether to shoot and to open
    doors; `mask` uint8 [n, 120, 160], the objects in sight, each with its own number from frame to frame.

    Args:
        level: one of `LEVELS`.
        seed: of the game and of the walker.
        frames: at most.

    Raises:
        DataError: ViZDoom is not installed.
    """
    rng, rows, sounds = np.random.default_rng(seed), [], []
    with tempfile.TemporaryDirectory() as scratch, _without_litter():
        game = _game(level, seed, Path(scratch))
        state, walker = game.get_state(), _Walker(rng)
        while state is not None and len(rows) <= frames:
            pose = np.array(state.game_variables, np.float32)
            action = walker(pose, state.depth_buffer)
            rows.append((state.screen_buffer.copy(), pose, np.array(action, np.float32), _mask(state)))
            sounds.append(np.zeros((0, 2)) if state.audio_buffer is None else state.audio_buffer.copy())
            game.make_action(action, TICS)
            state = None if game.is_episode_finished() else game.get_state()
        game.close()
    screens, poses, actions, masks = (np.stack(column) for column in zip(*rows, strict=True))
    arrays = {"pose": poses[:-1], "motion": _motion(poses), "action": actions[:-1], "mask": masks[:-1]}
    # What a state lets hear is the time before it: the sound of a frame comes with the next.
    sound = np.concatenate(sounds[1:]).mean(1).astype(np.float32) / 32768
    return Play(screens[:-1], Fraction(35, TICS), sound, RATE, arrays)


def _game(level: str, seed: int, scratch: Path) -> Any:
    try:
        import vizdoom
    except ImportError as error:
        raise DataError('games:doom needs ViZDoom: pip install "jssl[games]"') from error
    game, variables, buttons = vizdoom.DoomGame(), vizdoom.GameVariable, vizdoom.Button
    root = Path(vizdoom.__file__).parent
    if level[0].isupper():
        game.set_doom_game_path(str(root / f"freedoom{1 if level[0] == 'E' else 2}.wad"))
        game.set_doom_map(level)
    else:
        game.load_config(str(root / "scenarios" / f"{level}.cfg"))
    game.set_doom_config_path(str(scratch / "vizdoom.ini"))  # else one is left where the program runs
    game.set_mode(vizdoom.Mode.PLAYER)
    game.set_seed(seed % (1 << 31))
    game.set_window_visible(False)
    game.set_screen_resolution(vizdoom.ScreenResolution.RES_160X120)
    game.set_screen_format(vizdoom.ScreenFormat.RGB24)
    for show in (game.set_render_hud, game.set_render_weapon, game.set_render_crosshair):
        show(False)
    game.set_episode_timeout(10**6)
    game.set_labels_buffer_enabled(True)
    game.set_depth_buffer_enabled(True)
    game.set_sound_enabled(True)
    game.set_audio_buffer_enabled(True)
    game.set_audio_sampling_rate(vizdoom.SamplingRate.SR_22050)
    game.set_audio_buffer_size(TICS)
    game.add_game_args("+snd_efx 0")  # OpenAL 1.19 ends the program in the echo of some levels
    game.set_available_game_variables([variables.POSITION_X, variables.POSITION_Y, variables.ANGLE])
    game.set_available_buttons(
        [buttons.MOVE_FORWARD_BACKWARD_DELTA, buttons.TURN_LEFT_RIGHT_DELTA, buttons.ATTACK, buttons.USE]
    )
    game.init()
    game.new_episode()
    game.send_game_command("god")  # a walker that dies lies on the floor
    return game


@contextlib.contextmanager
def _without_litter() -> Iterator[None]:
    """The engine makes a folder where the program runs, and saves games in it at the end of a level."""
    litter = Path("_vizdoom")
    there = litter.exists()
    yield
    if not there:
        shutil.rmtree(litter, ignore_errors=True)


class _Walker:
    """Walks where there is room ahead; one that walks at random sticks to walls."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng, self.turn, self.last = rng, 0.0, None

    def __call__(self, pose: np.ndarray, depth: np.ndarray) -> list[float]:
        ahead = depth[HEIGHT * 5 // 12 : HEIGHT * 7 // 12].mean(0)
        left, middle, right = (part.mean() for part in np.split(ahead, [WIDTH // 3, WIDTH * 2 // 3]))
        stuck = self.last is not None and np.hypot(*(pose[:2] - self.last)) < 1
        self.last = pose[:2]
        if stuck and middle < 12:
            self.turn = 5 if self.turn > 0 else -5
        elif middle < 6:
            self.turn = 3 if left < right else -3
        else:
            self.turn = 0.8 * self.turn + self.rng.normal(0, 0.5)
        forward = -10.0 if stuck else float(self.rng.uniform(15, 30))
        return [forward, float(self.turn), float(self.rng.random() < 0.04 * TICS), float(self.rng.random() < 0.1)]


def _mask(state: Any) -> np.ndarray:
    """An object's value in ViZDoom's mask changes from frame to frame, its id does not."""
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    for label in state.labels:
        mask[state.labels_buffer == label.value] = 1 + label.object_id % 255
    return mask


def _motion(poses: np.ndarray) -> np.ndarray:
    """How poses [n + 1, 3] change, as whoever walks sees it, float32 [n, 3]."""
    east, north = np.diff(poses[:, :2], axis=0).T
    angle = np.deg2rad(poses[:-1, 2])
    turned = (np.diff(poses[:, 2]) + 180) % 360 - 180
    forward = east * np.cos(angle) + north * np.sin(angle)
    left = -east * np.sin(angle) + north * np.cos(angle)
    return np.stack([forward, left, turned], axis=1).astype(np.float32)
