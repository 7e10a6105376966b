"""What single patches know: segmentation from a frozen encoder's tokens, and objects found in them without labels."""

from pathlib import Path
from typing import Any

import jax
import numpy as np

from jssl.data.source import Source
from jssl.encoder import Encoder
from jssl.errors import ConfigError, DataError
from jssl.evaluate import segmentation
from jssl.evaluate.discovery import boxes_of, overlap, token_cut
from jssl.evaluate.linear import linear_classifier
from jssl.evaluate.segmentation import NOTHING
from jssl.protocols.kept import keep_rows, opened
from jssl.report.exhibits import save_exhibit
from jssl.report.patches import SHOWN, patches

TOKENS = 50_000
"""Of the train split, drawn at random, that are learnt from at most."""
FOUND = 0.5
"""Overlap of a found box with a true one from which the object counts as found (CorLoc)."""


def probe_patches(workdir: Path | str, data: str, *, checkpoint: str | int = "latest") -> list[dict[str, Any]]:
    """Mean intersection over union on the pixels of the test split, and how many of its objects are found.

    A patch is of the class that most of its pixels are of. Linear segmentation is logistic regression on patches, its
    penalty chosen on held-out ones, and that by kNN the vote of the 20 nearest; the scores of either are interpolated
    to every pixel. An object is found where TokenCut's box overlaps by half a box around a connected part of the
    foreground, which is whatever is not of class 0; of pictures that have one. Beside the untrained encoder and the
    patches' own pixels.

    Args:
        workdir: of a run on pictures, or weights of others, of which nothing is written.
        data: "masks:PATH", "masks:tfds:NAME", or any data set of "image" and "mask", see `jssl.data.masked_pictures`.
            Its splits are train and test; without the latter a fifth of the train split is held out. Folders are read
            as squares of the size that the encoder sees.
        checkpoint: "latest", "best" or a step.

    Returns:
        Rows like those of `results.json`, also written to `dense.json`; pictures of them to `dense.npz`.

    Raises:
        Refused: no run, no such data, an encoder without a grid of tokens, one class alone.
    """
    encoder, folder = opened(workdir, checkpoint)
    try:
        parts = [_opened(encoder, data, split) for split in ("train", "test")]
    except DataError:  # there is no test split; what else is wrong is said again
        parts = [_opened(encoder, data, split) for split in ("train[:80%]", "train[80%:]")]
    masks = [source.read(np.arange(source.length))["mask"] for source in parts]
    known = np.unique(masks[0][masks[0] != NOTHING])
    if len(known) < 2:
        raise DataError(f"{data}: the masks to learn from have no two classes: there is nothing to tell apart")
    classes = int(max(mask[mask != NOTHING].max(initial=0) for mask in masks)) + 1
    rows, shown = [], None
    said = {"labels": f"{parts[0].length} pictures", "std": None, "draws": 1}
    for name, maps in _features(encoder, parts):
        found, told = _segmented(*maps, *masks, classes, encoder.config.seed)
        vectors, boxes = zip(*map(token_cut, maps[1]), strict=True)
        found["objects found (CorLoc)"] = _found(boxes, masks[1], maps[1].shape[1])
        rows += [{"features": name, "task": task, "mean": value, **said} for task, value in found.items()]
        if shown is None:
            rows_shown = np.unique(np.linspace(0, len(told) - 1, SHOWN).astype(int))
            images = parts[1].read(rows_shown)["image"]
            seen = masks[1], told, maps[1], np.stack(vectors)
            shown = patches(images, *(x[rows_shown] for x in seen), classes)
    keep_rows(folder, "dense.json", rows, ("features", "task", "labels"))
    if folder is not None and jax.process_index() == 0:
        save_exhibit(folder / "dense.npz", shown)
    return rows


def _opened(encoder: Encoder, data: str, split: str) -> Source:
    """Pictures of which the network sees the whole, as their masks do."""
    if set(encoder.inputs) != {"image"}:
        raise ConfigError(f"the encoder sees {', '.join(encoder.inputs)}: patches are of pictures")
    size = encoder.inputs["image"].recipe.views[0].size
    source = encoder.open(data, split=split, size=size if data.startswith("masks:") else None)
    if not {"image", "mask"} <= set(source.spec):
        raise DataError(f'{data} has no masks: name a folder of images/ and masks/ as "masks:PATH"')
    height, width, _ = source.spec["image"].shape
    if height != width or height > size:
        raise DataError(
            f"{data} has pictures of {height}x{width}, of which the encoder would see the middle, {size} pixels wide,"
            ' and masks the whole: take a folder, "masks:PATH", or squares of at most that size'
        )
    return source


def _features(encoder: Encoder, parts: list[Source]) -> Any:
    """Of each encoder and of the pixels a name, and maps float32 [n, g, g, d] of both splits."""
    for name, each in (("pretrained", encoder), ("untrained", encoder.untrained())):
        try:
            maps = [segmentation.on_a_grid(each.tokens(source)) for source in parts]
        except ValueError as error:
            raise ConfigError(f"config.encoder={encoder.config.encoder.to_dict()}: {error}") from error
        yield name, maps
    yield "raw pixels", [_pixels(source, maps[0].shape[1]) for source in parts]


def _pixels(source: Source, side: int) -> np.ndarray:
    """Each cell's own pixels, from the picture made as large as the grid needs."""
    images = source.read(np.arange(source.length))["image"]
    n, size, _, channels = images.shape
    cell = max(size // side, 1)
    shape = (n, side * cell, side * cell, channels)
    small = np.asarray(jax.image.resize(images.astype(np.float32) / 255, shape, "linear"))
    cells = small.reshape(n, side, cell, side, cell, channels).transpose(0, 1, 3, 2, 4, 5)
    return cells.reshape(n, side, side, -1)


def _segmented(
    train: np.ndarray, test: np.ndarray, learnt: np.ndarray, asked: np.ndarray, classes: int, seed: int
) -> tuple[dict[str, float], np.ndarray]:
    """Mean IoU by each classifier, and what the linear one tells of every pixel."""
    labels = segmentation.classes_of_cells(learnt, train.shape[1], classes).reshape(-1)
    there = np.flatnonzero(labels >= 0)
    if len(there) > TOKENS:
        there = np.sort(np.random.default_rng(seed).choice(there, TOKENS, replace=False))
    bank, labels = train.reshape(-1, train.shape[-1])[there], labels[there]
    weights, bias = linear_classifier(bank, labels, classes=classes, seed=seed)
    scores = {
        "segmentation, linear (mean IoU)": test @ weights.T + bias,
        "segmentation, kNN (mean IoU)": segmentation.knn_scores(
            bank, labels, test, classes=classes, k=20, temperature=0.07
        ),
    }
    told = {task: segmentation.at_every_pixel(each, asked.shape[1]) for task, each in scores.items()}
    found = {task: segmentation.mean_iou(segmentation.confusion(asked, each, classes)) for task, each in told.items()}
    return found, told["segmentation, linear (mean IoU)"]


def _found(boxes: tuple, masks: np.ndarray, side: int) -> float:
    """Share of the pictures with an object in which it is found."""
    scale, right = masks.shape[1] / side, []
    for box, mask in zip(boxes, masks, strict=True):
        true = boxes_of((mask > 0) & (mask != NOTHING))
        if true:
            right.append(max(overlap(tuple(scale * edge for edge in box), each) for each in true) >= FOUND)
    return float(np.mean(right)) if right else float("nan")


def table(rows: list[dict[str, Any]]) -> str:
    """The rows as plain text, in percent."""
    tasks = list(dict.fromkeys(row["task"] for row in rows))
    lines = [f"patches, in %, after {rows[0]['labels']}"]
    for task in tasks:
        found = [f"{row['features']} {100 * row['mean']:.1f}" for row in rows if row["task"] == task]
        lines.append(f"  {task}: {', '.join(found)}")
    return "\n".join(lines)
