"""What the report shows of a run's examples: views, nearest neighbours, a map of the features."""

from pathlib import Path
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jssl.data.source import Source
from jssl.inputs.image import to_uint8
from jssl.inputs.input import Input
from jssl.report.document import whole

EXAMPLES = 5
VIEWS = 8
QUERIES = 10
NEIGHBOURS = 8
MAP_POINTS = 1000
THUMBNAIL, LONGEST = 64, 512
"""Pixels of a picture's shorter and longer side at most."""


class Pictures(NamedTuple):
    """Arrays behind the report's pictures: as `Input.figure` has them, uint8 [n, h, w, c] of at most `THUMBNAIL` pixels
    on the shorter side, or words str [n].
    """

    originals: np.ndarray
    """[n, ...]."""
    views: tuple[np.ndarray, ...]
    """[n, ...] each: what the network sees, as people can look at it."""
    queries: np.ndarray
    """[q, ...]."""
    query_labels: np.ndarray | None
    """int32 [q]."""
    neighbours: np.ndarray
    """[q, k, ...], the nearest first."""
    neighbour_labels: np.ndarray | None
    """int32 [q, k]."""
    embeddings: np.ndarray
    """float32 [m, 2]."""
    labels: np.ndarray | None
    """int32 [m], of the embeddings."""
    classes: tuple[str, ...]
    projection: str
    """How the embeddings were brought to two dimensions: "t-SNE" or "PCA"."""


def collect(
    input: Input,
    train: Source,
    test: Source | None,
    features_train: np.ndarray,
    features_test: np.ndarray | None,
    *,
    seed: int = 0,
) -> Pictures:
    """Draw views of train examples, find the train neighbours of test examples and map the test features.

    Without a test split, train examples are looked up among the others.

    Args:
        input: what the views are drawn by, and how examples are looked at.
        train: the examples that were pretrained on.
        test: examples that were not, or None.
        features_train: float [train.length, d], in the source's order.
        features_test: float [test.length, d]; None without a test split.
        seed: chooses the examples and the views.

    Raises:
        ValueError: features that are not one row per example.
    """
    _check("train", train, features_train)
    if test is not None:
        _check("test", test, features_test)
    rng = np.random.default_rng(seed)
    shown, features = (train, features_train) if test is None else (test, features_test)

    rows = np.sort(rng.choice(train.length, min(EXAMPLES, train.length), replace=False))
    shown_batch = train.read(rows)

    asked = _one_of_each_class(rng, shown)
    closest = nearest(features[asked], features_train, NEIGHBOURS, own=asked if test is None else None)
    neighbours = thumbnails(input.figure(train.read(closest.reshape(-1))))
    mapped = np.sort(rng.choice(shown.length, min(MAP_POINTS, shown.length), replace=False))
    embeddings, projection = project(features[mapped], seed)
    labelled = shown.labels is not None and train.labels is not None
    return Pictures(
        originals=thumbnails(input.figure(shown_batch)),
        views=draw_views(input, with_past(input, train, rows, shown_batch), seed),
        queries=thumbnails(input.figure(shown.read(asked))),
        query_labels=shown.labels[asked] if labelled else None,
        neighbours=neighbours.reshape(*closest.shape, *neighbours.shape[1:]),
        neighbour_labels=train.labels[closest] if labelled else None,
        embeddings=embeddings,
        labels=shown.labels[mapped] if labelled else None,
        classes=shown.classes if labelled else (),
        projection=projection,
    )


def nearest(queries: np.ndarray, bank: np.ndarray, k: int, own: np.ndarray | None = None) -> np.ndarray:
    """Rows of the bank by falling cosine similarity.

    Args:
        queries: float [q, d].
        bank: float [n, d].
        k: how many; fewer come back from a smaller bank.
        own: int [q], each query's own row of the bank, which is not its neighbour.

    Returns:
        int [q, min(k, what there is)].
    """
    similarity = _unit(queries) @ _unit(bank).T
    available = len(bank)
    if own is not None:
        similarity[np.arange(len(own)), own] = -np.inf
        available -= 1
    return np.argsort(-similarity, axis=1, kind="stable")[:, : min(k, available)]


def project(features: np.ndarray, seed: int) -> tuple[np.ndarray, str]:
    """The directions of features [m, d] in two dimensions, float32 [m, 2], and the name of the method.

    PCA to 50 dimensions and then t-SNE; PCA alone without scikit-learn, with under 10 points, or of collapsed features.
    """
    centred = _unit(features)
    centred = centred - centred.mean(axis=0)
    u, s, vt = np.linalg.svd(centred, full_matrices=False)
    # The sign of a singular vector is free: fixed here, so that a map does not depend on the LAPACK at hand.
    components = u * s * np.where(vt[np.arange(len(s)), np.abs(vt).argmax(axis=1)] < 0, -1, 1)
    plane = np.zeros((len(features), 2), np.float32)
    plane[:, : components.shape[1]] = components[:, :2]
    try:
        from sklearn.manifold import TSNE
        from threadpoolctl import threadpool_limits
    except ImportError:
        return plane, "PCA"
    if len(features) < 10 or plane[:, 0].std() < 1e-6:
        return plane, "PCA"
    tsne = TSNE(2, init=plane / plane[:, 0].std() * 1e-4, perplexity=min(30.0, len(features) / 4), random_state=seed)
    with threadpool_limits(1):  # its threads spin at barriers: several times slower on a busy machine
        return tsne.fit_transform(components[:, :50].astype(np.float32)), "t-SNE"


def thumbnails(figures: np.ndarray) -> np.ndarray:
    """Pictures uint8 [n, h, w, c] scaled down, where larger, to thumbnails; words as they are."""
    if figures.dtype.kind == "U":
        return figures
    n, h, w, c = figures.shape
    scale = min(THUMBNAIL / min(h, w), LONGEST / max(h, w))
    if scale >= 1:
        return figures
    shape = (n, max(round(h * scale), 1), max(round(w * scale), 1), c)
    return to_uint8(jax.image.resize(jnp.asarray(figures, jnp.float32), shape, "linear"))


def save_pictures(path: Path, pictures: Pictures) -> None:
    """Write an .npz; fields that are None are left out."""
    arrays = {name: value for name, value in pictures._asdict().items() if value is not None and name != "views"}
    arrays |= {f"view_{i}": view for i, view in enumerate(pictures.views)}
    arrays["classes"] = np.array(pictures.classes, dtype=np.str_)
    save_arrays(path, arrays)


def save_arrays(path: Path, arrays: dict[str, np.ndarray], *, compress: bool = True) -> None:
    """Write an .npz that appears whole; where it cannot, what was there stays."""
    partial = path.with_name(path.name + ".partial")
    try:
        with partial.open("wb") as file:
            (np.savez_compressed if compress else np.savez)(file, **arrays)
        partial.replace(path)
    except OSError:
        partial.unlink(missing_ok=True)
        raise


def load_pictures(path: Path) -> Pictures:
    """Read what `save_pictures` wrote. Nothing is unpickled.

    Raises:
        WorkdirError: a damaged file.
    """
    with whole(path), np.load(path, allow_pickle=False) as arrays:
        fields = {name: arrays.get(name) for name in Pictures._fields}
        count = sum(name.startswith("view_") for name in arrays)
        fields["views"] = tuple(arrays[f"view_{i}"] for i in range(count))
    fields["classes"] = tuple(map(str, fields["classes"]))
    fields["projection"] = str(fields["projection"])
    return Pictures(**fields)


def _check(split: str, source: Source, features: np.ndarray | None) -> None:
    if features is None or len(features) != source.length:
        given = "none" if features is None else str(len(features))
        raise ValueError(f"the {split} split holds {source.length} examples, but {given} rows of features came with it")


def draw_views(input: Input, batch: dict[str, np.ndarray], seed: int) -> tuple[np.ndarray, ...]:
    """Whole draws of the recipe, as many as fill a row, as people look at them."""
    shown: list[np.ndarray] = []
    n = len(next(iter(batch.values())))
    draw = jax.jit(lambda keys: input.views(keys, batch))
    for key in jax.random.split(jax.random.key(seed), max(VIEWS // input.count, 1)):
        shown += [thumbnails(input.look(view)) for view in draw(jax.random.split(key, n))]
    return tuple(shown)


def with_past(
    input: Input, source: Source, rows: np.ndarray, batch: dict[str, np.ndarray]
) -> dict[str, np.ndarray | dict[str, np.ndarray]]:
    """A batch of the examples at `rows` with others of the source to mix with, where the input does that."""
    if not input.past:
        return batch
    others = np.random.default_rng(0).integers(1, source.length, (len(rows), input.count)) + rows[:, None]
    read = source.read(others.reshape(-1) % source.length)
    return {**batch, "past": {name: x.reshape(len(rows), input.count, *x.shape[1:]) for name, x in read.items()}}


def _one_of_each_class(rng: np.random.Generator, source: Source) -> np.ndarray:
    """Rows to ask about: of different classes while there are any, in the order of their labels."""
    order = rng.permutation(source.length)
    if source.labels is None:
        return order[:QUERIES]
    first = np.unique(source.labels[order], return_index=True)[1]
    rest = np.setdiff1d(np.arange(len(order)), first)
    chosen = order[np.concatenate([rng.permutation(first), rest])[:QUERIES]]
    return chosen[np.argsort(source.labels[chosen], kind="stable")]


def _unit(x: np.ndarray) -> np.ndarray:
    x = np.asarray(x, np.float32)
    return x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-12)
