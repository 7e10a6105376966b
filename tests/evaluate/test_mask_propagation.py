"""Masks carried on by features: what can be known without learning."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.evaluate.mask_propagation import Propagation, propagate_masks

N, T, SIDE, CELL, DIM = 2, 6, 8, 4, 64
SIZE = SIDE * CELL


def noise(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(N, SIDE, SIDE, DIM)).astype(np.float32)


def blocks(seed: int = 1) -> np.ndarray:
    """Masks of whole cells: 0, 1 and 2 by chance, uint8 [n, size, size]."""
    cells = np.random.default_rng(seed).integers(0, 3, (N, SIDE, SIDE)).astype(np.uint8)
    return cells.repeat(CELL, axis=1).repeat(CELL, axis=2)


def carried(features, first, objects=2, **how):
    features = features.reshape(N, -1, SIDE * SIDE, DIM)
    return np.asarray(propagate_masks(features, first, objects, SIZE, Propagation(**how)))


def cells(masks: np.ndarray) -> np.ndarray:
    """By the middle of each cell, where nothing of its neighbours is mixed in."""
    return masks[..., CELL // 2 :: CELL, CELL // 2 :: CELL]


def test_a_constant_mask_stays_what_it_is() -> None:
    features = np.stack([noise(i) for i in range(T)], axis=1)
    for number in (0, 1, 2):
        first = np.full((N, SIZE, SIZE), number, np.uint8)
        assert (carried(features, first) == number).all()


def test_places_that_are_permuted_or_roll_are_found_again() -> None:
    still, order = noise(), np.random.default_rng(3).permutation(SIDE * SIDE)
    first = blocks()

    def permuted(x: np.ndarray) -> np.ndarray:
        return x.reshape(N, SIDE * SIDE, -1)[:, order].reshape(x.shape)

    films = [still]
    labels = [first[:, ::CELL, ::CELL][..., None]]
    for _ in range(T - 1):
        films.append(permuted(films[-1]))
        labels.append(permuted(labels[-1]))
    masks = carried(np.stack(films, axis=1), first, k=1)
    np.testing.assert_array_equal(cells(masks), np.stack(labels, axis=1)[..., 0])
    rolled = [np.roll(still, i, axis=2) for i in range(T)]
    near = carried(np.stack(rolled, axis=1), first, k=1, radius=1)[:, :, :, T * CELL :]  # what did not come round
    expected = np.stack([np.roll(first, CELL * i, axis=2) for i in range(T)], axis=1)[:, :, :, T * CELL :]
    np.testing.assert_array_equal(cells(near), cells(expected))


@pytest.mark.slow
def test_only_places_nearby_and_the_frames_asked_for_are_looked_at() -> None:
    still = noise()
    first = blocks()
    far = np.stack([still, *[np.roll(still, 3, axis=2)] * 2], axis=1)
    expected = np.roll(first, 3 * CELL, axis=2)[:, None]
    assert (cells(carried(far, first, k=1))[:, 1:] == cells(expected)).all()
    assert (cells(carried(far, first, k=1, radius=1))[:, 1:] != cells(expected)).mean() > 0.3
    # The second frame, of which half is like the first, alone leads from what is seen in the fifth back to that.
    other = noise(7)
    film = np.stack([still, still + np.roll(other, 1, axis=2), still, still, other], axis=1)
    short, long = (cells(carried(film, first, k=1, last=last))[:, 4] for last in (2, 3))
    expected = cells(np.roll(first, -CELL, axis=2))
    np.testing.assert_array_equal(long, expected)
    assert (short != expected).mean() > 0.3


@pytest.mark.slow
def test_equals_numpy() -> None:
    """Four frames with a memory of one, by loops."""
    rng, how = np.random.default_rng(5), {"k": 3, "radius": 2, "last": 1, "temperature": 0.2}
    features = rng.normal(size=(N, 4, SIDE, SIDE, DIM)).astype(np.float32)
    first = np.zeros((N, SIZE, SIZE), np.uint8)
    first[:, 5:17, 3:22] = 1
    first[:, 20:30, 10:25] = 2
    masks = carried(features, first, **how)
    unit = features / np.linalg.norm(features, axis=-1, keepdims=True)
    for n in range(N):
        shares = [np.eye(3)[first[n]].reshape(SIDE, CELL, SIDE, CELL, 3).mean((1, 3))]
        for t in range(1, 4):
            share = np.zeros((SIDE, SIDE, 3))
            for y, x in np.ndindex(SIDE, SIDE):
                seen = sorted(
                    (-(unit[n, t, y, x] @ unit[n, s, v, u]), s, v, u)
                    for s in {0, t - 1}
                    for v in range(max(0, y - 2), min(SIDE, y + 3))
                    for u in range(max(0, x - 2), min(SIDE, x + 3))
                )[:3]
                weight = np.exp([-each[0] / 0.2 for each in seen])
                share[y, x] = sum(w * shares[s][v, u] for w, (_, s, v, u) in zip(weight, seen, strict=True))
                share[y, x] /= weight.sum()
            shares.append(share)
            fine = np.asarray(jax.image.resize(jnp.asarray(share), (SIZE, SIZE, 3), "linear"))
            fine = (fine - fine.min((0, 1))) / (fine.max((0, 1)) - fine.min((0, 1)))
            top = np.sort(fine, axis=-1)
            sure = top[..., 2] - top[..., 1] > 1e-4
            assert sure.mean() > 0.95
            np.testing.assert_array_equal(masks[n, t][sure], fine.argmax(-1)[sure])
