"""What jigsaw shows: puzzles, as they are given and as they are solved."""

import numpy as np

from jssl.augment.patches import join
from jssl.exhibit import Column, Exhibit


def puzzles(tiles: np.ndarray, orders: np.ndarray, labels: np.ndarray, guesses: np.ndarray) -> Exhibit:
    """A row for each picture.

    Args:
        tiles: in their places, standardised, [n, 9, p, p, c].
        orders: all that there are, int [permutations, 9]; a puzzle's place i has tile order[i].
        labels: which orders the puzzles are in, int [n].
        guesses: which the network takes them for, int [n].
    """

    def arranged(tiles: np.ndarray, order: np.ndarray) -> np.ndarray:
        return np.take_along_axis(tiles, order[..., None, None, None], axis=1)

    def look(tiles: np.ndarray) -> np.ndarray:
        return np.asarray(join(tiles)) / 4 + 0.5

    given = arranged(tiles, orders[labels])
    solved, solution = (arranged(given, np.argsort(orders[order], axis=-1)) for order in (guesses, labels))
    columns = (
        Column("the puzzle", look(given), [f"order {label}" for label in labels]),
        Column("as solved", look(solved), [f"as order {guess}" for guess in guesses], list(guesses == labels)),
        Column("the solution", look(solution)),
    )
    lead = f"Nine patches in one of {len(orders)} orders, and put back in the order the network takes it for."
    return Exhibit("The puzzle, solved", lead, columns)
