"""Sets of permutations for puzzles."""

import numpy as np
import pytest

from jssl.augment.permutations import distant_permutations


def distances(orders):
    pairs = np.triu_indices(len(orders), 1)
    return (orders[:, None] != orders[None])[pairs].sum(-1)


def test_nine_are_a_latin_square():
    orders = distant_permutations(9)
    np.testing.assert_array_equal(orders[0], np.arange(9))
    np.testing.assert_array_equal(distances(orders), 9)
    np.testing.assert_array_equal(np.sort(orders, axis=0), np.tile(np.arange(9).reshape(-1, 1), (1, 9)))


@pytest.mark.parametrize(("count", "minimum", "mean"), [(100, 6, 800 / 99), (300, 6, 2400 / 299)])
def test_any_two_differ_in_many_places(count, minimum, mean):
    """A search for the largest mean reaches the same mean, the bound 8n / (n - 1), with a minimum of 2 for 100."""
    orders = distant_permutations(count)
    assert orders.shape == (count, 9) and orders.dtype == np.int32
    np.testing.assert_array_equal(np.sort(orders, axis=1), np.tile(np.arange(9), (count, 1)))
    assert distances(orders).min() == minimum
    np.testing.assert_allclose(distances(orders).mean(), mean, atol=0.01)


def test_is_greedy_and_always_the_same():
    """Against the definition, word for word, on 4 pieces."""
    rest = [(a, b, c, d) for a in range(4) for b in range(4) for c in range(4) for d in range(4)]
    rest = [p for p in rest if len(set(p)) == 4]
    chosen = [rest.pop(0)]
    while rest:
        far = [[sum(x != y for x, y in zip(p, q, strict=True)) for q in chosen] for p in rest]
        chosen.append(rest.pop(max(range(len(rest)), key=lambda i: (min(far[i]), sum(far[i]), -i))))
    np.testing.assert_array_equal(distant_permutations(24, 4), chosen)
    np.testing.assert_array_equal(distant_permutations(10, 4), chosen[:10])


def test_is_computed_once_and_not_to_be_written():
    assert distant_permutations(9) is distant_permutations(9)
    with pytest.raises(ValueError, match="read-only"):
        distant_permutations(9)[0] = 0


@pytest.mark.parametrize("count", [0, 7])
def test_too_many_are_refused(count):
    with pytest.raises(ValueError, match=rf"count={count} permutations of 3 pieces: there are 1 to 6"):
        distant_permutations(count, 3)
