"""What the tokens of patches tell, as pictures."""

import numpy as np

from jssl.exhibit import Column, Exhibit

SHOWN = 6
"""Pictures."""
PAIRS = 6
"""Patches of two pictures that are shown as matching."""


def patches(
    images: np.ndarray, masks: np.ndarray, told: np.ndarray, maps: np.ndarray, vectors: np.ndarray, classes: int
) -> Exhibit:
    """Pictures, what they hold, what is told, the tokens' first components as colours, and what was cut out.

    Args:
        images: uint8 [n, s, s, c].
        masks, told: the class of every pixel, int [n, s, s].
        maps: the encoder's tokens [n, g, g, d].
        vectors: how much each token is of the object, see `jssl.evaluate.discovery.token_cut`, [n, g, g].
    """
    size = masks.shape[1]
    images = images.repeat(3 // images.shape[-1], -1) if images.shape[-1] in (1, 3) else images[..., :1].repeat(3, -1)
    colours = _colours(classes)
    first, second = _matches(maps, images)
    columns = (
        Column("picture", images),
        Column("truth", colours[masks]),
        Column("told", colours[told]),
        Column("axes", _larger(_components(maps), size)),
        Column("object", _larger(_unit(vectors)[..., None], size)),
        Column("matches", first),
        Column("in the next", second),
    )
    lead = (
        "What the tokens of patches tell: classes by a linear classifier, the first three principal axes as red, green"
        " and blue, the object that TokenCut cuts out without labels, and the patches of two pictures that are each"
        " other's nearest, in one colour."
    )
    return Exhibit("Patches", lead, columns)


def _colours(classes: int) -> np.ndarray:
    """A colour for each class, float [256, 3]: black the background, white nothing."""
    hue = (np.arange(256)[:, None] * 0.618 + np.array([0.0, 1 / 3, 2 / 3])) % 1
    found = np.clip(np.abs(6 * hue - 3) - 1, 0, 1)
    found[0], found[classes:] = 0, 1
    return found


def _components(maps: np.ndarray) -> np.ndarray:
    flat = maps.reshape(-1, maps.shape[-1]).astype(np.float64)
    flat = flat - flat.mean(0)
    _, axes = np.linalg.eigh(flat.T @ flat)
    axes = axes[:, ::-1][:, :3]
    found = np.zeros((*maps.shape[:3], 3))
    found[..., : axes.shape[1]] = (flat @ axes).reshape(*maps.shape[:3], -1)
    return _unit(found)


def _unit(maps: np.ndarray) -> np.ndarray:
    """From the least to the greatest value of each channel, over all pictures, as 0 to 1."""
    axes = tuple(range(3))
    low, high = maps.min(axes, keepdims=True), maps.max(axes, keepdims=True)
    return (maps - low) / np.maximum(high - low, 1e-12)


def _larger(maps: np.ndarray, size: int) -> np.ndarray:
    place = (np.arange(size) * maps.shape[1]) // size
    return maps[:, place[:, None], place[None]]


def _matches(maps: np.ndarray, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each picture and the next one, patches that are each other's nearest in the same colours."""
    first, second = images.copy(), np.roll(images, -1, axis=0).copy()
    side, size = maps.shape[1], images.shape[1]
    flat = maps.reshape(len(maps), side * side, -1)
    flat = flat / np.maximum(np.linalg.norm(flat, axis=-1, keepdims=True), 1e-12)
    colours = (255 * _colours(256)[1:]).astype(np.uint8)
    edge = np.linspace(0, size, side + 1).astype(int)
    for i in range(len(maps)):
        alike = flat[i] @ flat[(i + 1) % len(maps)].T
        there, back = alike.argmax(1), alike.argmax(0)
        mutual = np.flatnonzero(back[there] == np.arange(side * side))
        best = mutual[np.argsort(-alike[mutual, there[mutual]])][:PAIRS]
        for colour, patch in zip(colours, best, strict=False):
            for picture, cell in ((first[i], patch), (second[i], there[patch])):
                row, column = divmod(int(cell), side)
                picture[edge[row] : edge[row + 1], edge[column] : edge[column + 1]] = colour
    return first, second
