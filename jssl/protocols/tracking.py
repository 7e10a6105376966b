"""Tracking: the masks of a clip's first frame carried on through it by a run's features, scored as DAVIS does."""

import importlib.util
import math
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from ml_collections import ConfigDict

from jssl.augment.recipe import Recipe
from jssl.augment.views import prepare
from jssl.data.film_clip import MASK
from jssl.data.source import Source, some
from jssl.encoder import Encoder
from jssl.errors import ConfigError, DataError
from jssl.evaluate.mask_propagation import DINO, Propagation, propagate_masks
from jssl.evaluate.mask_scores import score
from jssl.evaluate.optical_flow import flow_masks
from jssl.inputs.image import match_channels
from jssl.method import Method, PyTree
from jssl.protocols.kept import keep_rows, opened

BATCH = 16
SCORES = ("J", "F")


def track(
    workdir: Path | str,
    data: str = "",
    *,
    checkpoint: str | int = "latest",
    split: str = "test",
    clips: int = 100,
    objects: int = 5,
    smallest: float = 0.005,
    how: Propagation = DINO,
) -> list[dict[str, Any]]:
    """How well a run's features carry masks through clips, beside the same encoder untrained and what learns nothing.

    That is to leave the first mask where it is and, where OpenCV is installed, optical flow. The features are those of
    the encoder's map, or its tokens, of each frame alone; a transformer of tubes sees it stand still for one tube.

    Args:
        workdir: of a run on clips or pictures, with an encoder that has a map; or weights of others, of which nothing
            is written.
        data: a data set whose clips have "mask", read by `config.data` of the run; by default the run's own.
        checkpoint: "latest", "best" or a step.
        split: of it.
        clips: at most so many, drawn at random.
        objects: of each clip at most so many are followed, the largest of the first frame.
        smallest: share of the first frame's pixels that an object has at least.
        how: see `Propagation`.

    Returns:
        Rows like those of `results.json`, with the tasks "tracking, J" and "tracking, F"; also written to
        `tracking.json`.

    Raises:
        Refused: no run, no masks, an encoder without a map, clips of fewer than 3 frames or without any object.
    """
    encoder, folder = opened(workdir, checkpoint)
    seeing = _seeing(encoder)
    source = some(_with_masks(encoder, data, split, seeing.recipe.views[0].size), clips)
    batch = source.read(np.arange(source.length))
    truth = np.stack([_largest(mask, objects, smallest) for mask in batch[MASK]])
    there = np.flatnonzero(truth[:, 0].any((1, 2)))
    if not len(there) or truth.shape[1] < 3:
        raise DataError(
            f"{source.name}: {len(there)} of {source.length} clips of {truth.shape[1]} frames begin with an object of"
            f" {smallest:.1%} of the frame: there must be some, of 3 frames or more"
        )
    clip, truth = batch["clip"][there], truth[there]
    found = {
        name: _by_features(each, seeing, clip, truth[:, 0], objects, how)
        for name, each in (("pretrained", encoder), ("untrained", encoder.untrained()))
    }
    found["first mask kept"] = np.repeat(truth[:, :1], truth.shape[1], axis=1)
    if importlib.util.find_spec("cv2"):
        found["optical flow"] = np.stack([flow_masks(*each) for each in zip(clip, truth[:, 0], strict=True)])
    rows = [row for name, masks in found.items() for row in _rows(name, masks, truth)]
    keep_rows(folder, "tracking.json", rows, ("features", "task", "labels"))
    return rows


def _rows(name: str, masks: np.ndarray, truth: np.ndarray) -> list[dict[str, Any]]:
    scored = [score(*each) for each in zip(masks, truth, strict=True)]
    by_object = np.concatenate([np.stack(each, axis=1) for each in scored])
    labels = f"{len(by_object)} objects of {len(truth)} clips"
    shared = {"features": name, "labels": labels, "std": None, "draws": 1}
    return [
        {**shared, "task": f"tracking, {which}", "mean": float(mean)}
        for which, mean in zip(SCORES, by_object.mean(0), strict=True)
    ]


class Seeing(NamedTuple):
    """How an encoder sees single frames."""

    recipe: Recipe
    """What they are prepared by."""
    tokens: Callable
    """`Net.tokens`."""
    window: int
    """Frames of a clip that the network takes; 0 if it takes pictures."""
    tubelet: int
    """Frames that one of its tokens stands for."""
    class_tokens: int
    """That come before a picture's places."""


def _seeing(encoder: Encoder) -> Seeing:
    (key, net), *others = encoder.encoders.items()
    recipe = encoder.inputs[key].recipe
    if others or key not in ("clip", "image") or net.tokens is None:
        name = encoder.config.encoder.get("name", "several")
        raise ConfigError(f"config.encoder.name={name!r}: tracking takes an encoder of pictures or clips with a map")
    if key == "image":
        return Seeing(recipe, net.tokens, 0, 1, int(net.class_token))
    return Seeing(recipe.frame, net.tokens, recipe.frames if net.tubelet else 1, net.tubelet or 1, 0)


def _with_masks(encoder: Encoder, data: str, split: str, size: int) -> Source:
    """Clips of as many pixels as the network sees, with masks."""
    config = ConfigDict(encoder.config.to_dict(), convert_dict=True)
    config.data.arrays = (MASK,)
    source = encoder._replace(config=config).open(data or config.data.name, split=split, size=size)
    if not {"clip", MASK} <= set(source.spec):
        raise DataError(f"{source.name} has no clips with masks: name data that has some by --data")
    return source


def _largest(mask: np.ndarray, objects: int, smallest: float) -> np.ndarray:
    """Masks [t, h, w] of the objects that are followed, numbered from 1 on; whatever else is in sight is background."""
    numbers, counts = np.unique(mask[0], return_counts=True)
    large = (numbers > 0) & (counts >= smallest * mask[0].size)
    chosen = numbers[large][np.argsort(-counts[large], kind="stable")][:objects]
    new = np.zeros(256, np.uint8)
    new[chosen] = np.arange(1, len(chosen) + 1)
    return new[mask]


def _by_features(
    encoder: Encoder, seeing: Seeing, clip: np.ndarray, first: np.ndarray, objects: int, how: Propagation
) -> np.ndarray:
    """Masks uint8 [n, t, size, size]."""
    masks = []
    for at in range(0, len(clip), BATCH):
        features = _maps(encoder.method, seeing, encoder.params, encoder.extra, clip[at : at + BATCH])
        side, size = math.isqrt(features.shape[2]), first.shape[1]
        if side == 1:
            raise ConfigError(f"tracking takes a map of places, and the encoder has one for all of {size} pixels")
        if side**2 != features.shape[2] or size % side:
            raise ConfigError(
                f"tracking takes a square map that divides the frame: {features.shape[2]} places of {size} pixels"
            )
        masks.append(np.asarray(propagate_masks(features, first[at : at + BATCH], objects, size, how)))
    return np.concatenate(masks)


@partial(jax.jit, static_argnums=(0, 1))
def _maps(method: Method, seeing: Seeing, params: PyTree, extra: dict[str, PyTree], clip: jax.Array) -> jax.Array:
    """Features of each frame's places, [n, t, places, d], of clips uint8 [n, t, size, size, c]."""
    n, t = clip.shape[:2]
    recipe, tubelet, weights = seeing.recipe, seeing.tubelet, method.weights(params, extra)
    frames = prepare(recipe, match_channels(clip.reshape(n * t, *clip.shape[2:]), len(recipe.mean)))
    if not seeing.window:
        tokens, _ = seeing.tokens(*weights, frames)
        return tokens[:, seeing.class_tokens :].reshape(n, t, -1, tokens.shape[-1])
    still = jnp.repeat(frames.reshape(n, t, *frames.shape[1:]), tubelet, axis=1)
    missing = -t % (seeing.window // tubelet) * tubelet
    still = jnp.concatenate([still, jnp.repeat(still[:, -1:], missing, axis=1)], axis=1)
    tokens, _ = seeing.tokens(*weights, still.reshape(-1, seeing.window, *still.shape[2:]))
    return tokens.reshape(n, t + missing // tubelet, -1, tokens.shape[-1])[:, :t]


def table(rows: list[dict[str, Any]]) -> str:
    """The rows as plain text, in percent."""
    names = list(dict.fromkeys(row["features"] for row in rows))
    lines = [f"masks of the first frame carried on, {rows[0]['labels']}: J, F and their mean"]
    for name in names:
        j, f = (100 * row["mean"] for row in rows if row["features"] == name)
        lines.append(f"  {name}: {j:.1f}  {f:.1f}  {(j + f) / 2:.1f}")
    return "\n".join(lines)
