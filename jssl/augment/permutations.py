"""Sets of permutations that differ in as many places as possible, for jigsaw puzzles (arXiv:1603.09246)."""

import math
from functools import lru_cache
from itertools import permutations

import numpy as np


@lru_cache
def distant_permutations(count: int, pieces: int = 9) -> np.ndarray:
    """The first `count` permutations of a greedy search, the identity first.

    Each next one has, of all there are, the largest minimum Hamming distance to those before it, and of these the
    largest sum of distances; what is still equal is settled by lexicographic order, so that the set is always the
    same and a shorter one is the beginning of a longer one. (A search for the largest mean alone leaves pairs that
    differ in two places only.)

    Args:
        count: at most pieces! = 362,880 for 9.

    Returns:
        Read-only int32 [count, pieces], all different. With 9 pieces and count 9 they are a Latin square.

    Raises:
        ValueError: a count below 1 or above pieces!.
    """
    total = math.factorial(pieces)
    if not 1 <= count <= total:
        raise ValueError(f"count={count} permutations of {pieces} pieces: there are 1 to {total}")
    places = np.fromiter(permutations(range(pieces)), np.dtype((np.uint8, pieces)), total).T.copy()
    nearest = np.full(total, pieces, np.uint8)
    summed = np.zeros(total, np.int32)
    chosen = [0]
    while len(chosen) < count:
        distance = np.zeros(total, np.uint8)
        for place in places:
            distance += place != place[chosen[-1]]
        np.minimum(nearest, distance, out=nearest)
        summed += distance
        furthest = np.flatnonzero(nearest == nearest.max())
        chosen.append(int(furthest[np.argmax(summed[furthest])]))
    result = places[:, chosen].T.astype(np.int32)
    result.setflags(write=False)
    return result
