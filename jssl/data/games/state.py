"""Which byte of an Atari game's RAM says what, as AtariARI lists them (Anand et al. 2019, arXiv:1906.08226)."""

from collections.abc import Mapping

BYTES: dict[str, dict[str, dict[str, int]]] = {
    "pong": {
        "small objects": {"ball x": 49, "ball y": 54},
        "agent": {"player x": 46, "player y": 51},
        "others": {"enemy x": 45, "enemy y": 50},
        "score, clock, lives": {"enemy score": 13, "player score": 14},
    },
    "breakout": {
        "small objects": {"ball x": 99, "ball y": 101},
        "agent": {"player x": 72},
        "score, clock, lives": {"score": 84},
        "counts and others": {"blocks hit": 77, **{f"blocks {i}": i for i in range(30)}},
    },
    "ms_pacman": {
        "agent": {"player x": 10, "player y": 16},
        "others": {
            "Sue x": 6, "Inky x": 7, "Pinky x": 8, "Blinky x": 9, "Sue y": 12, "Inky y": 13, "Pinky y": 14,
            "Blinky y": 15, "fruit x": 11, "fruit y": 17,
        },
        "score, clock, lives": {"score": 120, "lives": 123},
        "counts and others": {"ghosts": 19, "player direction": 56, "dots eaten": 119},
    },
}  # fmt: skip
"""Game -> category -> variable -> address. The categories are AtariARI's; of games that are not here, no byte has a
name, and all are as good as another."""

NAMELESS = "every byte"
"""The category of all bytes, whether they have a name or not."""


def categories(game: str, there: Mapping[int, object]) -> dict[str, list[int]]:
    """Addresses by category, of those that are `there`: the game's named ones, and last of all every byte.

    Args:
        game: by its name in the Arcade Learning Environment; any.
        there: the addresses to choose from.
    """
    named = {kind: [a for a in own.values() if a in there] for kind, own in BYTES.get(game, {}).items()}
    return {**{kind: own for kind, own in named.items() if own}, NAMELESS: sorted(there)}
