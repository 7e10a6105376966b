"""What class every pixel is of, told from the tokens of a frozen encoder, and how well."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from jssl.data.masked_pictures import NOTHING
from jssl.evaluate.knn import votes
from jssl.losses.contrastive import l2_normalize


def on_a_grid(tokens: np.ndarray) -> np.ndarray:
    """Tokens [n, t, d] of pictures as maps [n, g, g, d], without a class token.

    Raises:
        ValueError: neither t nor t - 1 is a square.
    """
    n, t, d = tokens.shape
    for there in (t, t - 1):
        side = round(there**0.5)
        if side and side * side == there:
            return tokens[:, t - there :].reshape(n, side, side, d)
    raise ValueError(f"{t} tokens lie on no square grid")


def classes_of_cells(masks: np.ndarray, side: int, classes: int) -> np.ndarray:
    """The commonest class in each cell of a grid laid over masks uint8 [n, s, s]: int [n, side, side], -1 of nothing.

    A pixel belongs to the cell that its centre lies in; of equally common classes the lowest is taken.
    """
    n, s = masks.shape[:2]
    place = (np.arange(s) + 0.5) * side // s
    cell = (place[:, None] * side + place[None]).astype(int).reshape(-1)
    flat = masks.reshape(n, -1).astype(int)
    counts = np.zeros((n, side * side, classes), int)
    picture, pixel = np.nonzero(flat != NOTHING)
    np.add.at(counts, (picture, cell[pixel], flat[picture, pixel]), 1)
    found = np.where(counts.any(-1), counts.argmax(-1), -1)
    return found.reshape(n, side, side)


def at_every_pixel(scores: np.ndarray, size: int) -> np.ndarray:
    """The class of the highest score, scores [n, g, g, classes] being interpolated to [n, size, size] (bilinear)."""
    shape = (len(scores), size, size, scores.shape[-1])
    return np.asarray(jnp.argmax(jax.image.resize(jnp.asarray(scores), shape, "bilinear", antialias=False), -1))


def knn_scores(
    bank: np.ndarray, labels: np.ndarray, tokens: np.ndarray, *, classes: int, k: int, temperature: float
) -> np.ndarray:
    """Shares of the votes of the k nearest of labelled tokens [m, d], float32 [..., classes], for tokens [..., d]."""
    flat = tokens.reshape(-1, tokens.shape[-1])
    known = l2_normalize(jnp.asarray(bank)), jnp.asarray(labels)
    parts = [
        _vote(*known, part, k=min(k, len(bank)), temperature=temperature, classes=classes)
        for part in np.array_split(flat, -(-len(flat) // 1024))
    ]
    return np.concatenate(parts).reshape(*tokens.shape[:-1], classes)


@partial(jax.jit, static_argnames=("k", "classes"))
def _vote(
    bank: jax.Array, labels: jax.Array, queries: jax.Array, *, k: int, temperature: float, classes: int
) -> jax.Array:
    scores = jnp.matmul(l2_normalize(queries), bank.T, precision="highest")
    similarity, nearest = jax.lax.top_k(scores, k)
    won = jax.vmap(partial(votes, temperature=temperature, classes=classes))(similarity, labels[nearest])
    return won / won.sum(-1, keepdims=True)


def confusion(truth: np.ndarray, told: np.ndarray, classes: int) -> np.ndarray:
    """How many pixels of class i are told to be j, int [classes, classes]; those of nothing do not count."""
    there = truth != NOTHING
    return np.bincount(classes * truth[there].astype(int) + told[there], minlength=classes**2).reshape(classes, classes)


def mean_iou(matrix: np.ndarray) -> float:
    """Intersection over union, over all pictures together, the mean of the classes that the truth has."""
    right, there = np.diag(matrix), matrix.sum(1)
    union = there + matrix.sum(0) - right
    return float(np.mean(right[there > 0] / union[there > 0]))
