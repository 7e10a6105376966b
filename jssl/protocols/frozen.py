"""What a run is worth: evaluated beside its baselines, in a table and in a report."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import jax
import numpy as np
from scipy.sparse import csr_array, issparse

from jssl.data.senses import only
from jssl.data.source import Source, part
from jssl.encoder import Encoder, load
from jssl.errors import DataError
from jssl.evaluate.classical import classical
from jssl.evaluate.protocol import evaluate, table
from jssl.features import Split, mean_over_clips
from jssl.protocols.across import evaluate_across
from jssl.protocols.across import table as across_table
from jssl.report.collect import collect, save_pictures
from jssl.report.exhibits import draw_exhibit, save_exhibit, views_of
from jssl.report.page import write_report
from jssl.run.config import open_split
from jssl.run.lock import only_one
from jssl.run.workdir import check_run, write_json

Features = tuple[Split, Split | None]
LOOKED_UP = 100_000
"""Examples among which the report looks for neighbours."""


def assess(workdir: Path | str, checkpoint: str | int = "latest", *, clips: int = 1) -> Path:
    """Evaluate a run, print its table, and write `results.json`, `pictures.npz`, `exhibit.npz` and `report.html`.

    kNN and linear probes, for each named target of the data, of the pretrained encoder, of the same encoder untrained,
    and without a network: of its input's baselines, such as raw pixels, and of principal components and k-means of
    these; of several inputs, of all together and of each alone; and, of a method that sees labels, its classifier.
    They need labels on both splits: without, what is missing is said. Of a method of two senses, whether it tells pairs
    of the test split, and finds one sense by the other.

    Args:
        clips: of films, recordings and texts that are longer than an example, features are the mean over so many clips
            at even distances, those of the baselines too; one is the middle.

    Returns:
        The path of the report.

    Raises:
        WorkdirError, CheckpointError, DataError: no run, no checkpoint, or its data is gone; a folder that is in use.
    """
    check_run(workdir)
    with only_one(workdir):
        return _assess(Path(workdir).expanduser(), checkpoint, clips)


def _assess(workdir: Path, checkpoint: str | int, clips: int) -> Path:
    main = jax.process_index() == 0  # every process helps to embed, one tells
    encoder = load(workdir, checkpoint)
    config = encoder.config
    train, test = (
        open_split(config, split, encoder.facts.assets) if split else None
        for split in (config.data.train, config.data.test)
    )
    embed = partial(encoder.embed, split=True, clips=clips)
    features = embed(train), embed(test) if test else None

    results: dict[str, Any] = {}
    if test and train.targets and test.targets:
        results = _evaluate(encoder, train, test, features, clips)
    elif main:
        missing = "test split (config.data.test is empty)" if test is None else "labels"
        print(f"no kNN or linear probe: {config.data.name} has no {missing}")
    if test and encoder.method.together is not None:
        both = {"pretrained": encoder, "untrained": encoder.untrained()}
        results["across"] = evaluate_across(both, test, seed=config.seed)
    if main and results:
        write_json(workdir / "results.json", results)
        print("\n".join(_told(results)))

    looked_up, found = _some(train, features[0], config.seed)
    mapped = features[1].gather() if test else None
    if not main:
        return workdir / "report.html"
    first, *others = encoder.inputs.values()
    save_pictures(workdir / "pictures.npz", collect(first, looked_up, test, found, mapped, seed=config.seed))
    for each in others:
        views = views_of(each, train, seed=config.seed)
        save_exhibit(workdir / f"views_{each.keys[0]}.npz", views)
    shown = draw_exhibit(encoder.method, encoder.params, encoder.extra, test or train, seed=config.seed)
    if shown is not None:
        save_exhibit(workdir / "exhibit.npz", shown)
    report = write_report(workdir)
    print(f"report: {report}")
    return report


def compare(encoder: Encoder, data: str, *, train: str = "train", test: str = "test") -> dict[str, Any]:
    """Evaluate an encoder without a run, such as weights of others, as `assess` does; prints the table.

    Args:
        data: a data set with labels, by name.
        train: the split whose labels are learnt from.
        test: the split that is scored.

    Raises:
        DataError: no such data, or no labels on both splits.
    """
    splits = [encoder.open(data, split=split) for split in (train, test)]
    if not all(split.targets for split in splits):
        raise DataError(f"{data} has no labels on both {train} and {test}, which kNN and linear probes need")
    results = _evaluate(encoder, *splits, tuple(encoder.embed(split, split=True) for split in splits))
    if jax.process_index() == 0:
        print("\n".join(_told(results)))
    return results


def _told(results: dict[str, Any]) -> list[str]:
    lines = [table(results)] if "rows" in results else []
    return [*lines, across_table(results["across"])] if "across" in results else lines


def _some(source: Source, features: Split, seed: int) -> tuple[Source, np.ndarray]:
    """At most `LOOKED_UP` examples of a source and their features, which all processes get."""
    if source.length > LOOKED_UP:
        rows = np.sort(np.random.default_rng(seed).permutation(source.length)[:LOOKED_UP])
        source, features = part(source, rows), features[rows]
    return source, features.gather()


def _share(source: Source, features: Callable[[Source], np.ndarray | csr_array]) -> Split | csr_array:
    """Features of a source, of which each process makes a share; all of them, if they are sparse and so small."""
    rows = np.array_split(np.arange(source.length), jax.process_count())[jax.process_index()]
    found = features(source if len(rows) == source.length else part(source, rows))
    if issparse(found):
        return found if len(rows) == source.length else features(source)
    return Split(found, rows, source.length)


def _evaluate(encoder: Encoder, train: Source, test: Source, features: Features, clips: int) -> dict[str, Any]:
    """`results.json`: the rows of every target that both splits have, the first of which the protocol describes."""
    config, untrained, layout = encoder.config, encoder.untrained(), encoder.layout
    compared = {
        "pretrained": features,
        "untrained": tuple(untrained.embed(x, split=True, clips=clips) for x in (train, test)),
    }
    several = len(encoder.inputs) > 1
    for key, each in encoder.inputs.items():
        alone = only(train, each), only(test, each)
        if several:
            for name, whose in {"pretrained": encoder, "untrained": untrained}.items():
                compared[f"{name}, {key} alone"] = tuple(whose.embed(x, split=True, clips=clips) for x in alone)
        for i, (name, fit) in enumerate(each.baselines):
            apply = partial(mean_over_clips, fit(train), clips=clips)
            compared[name] = plain = _share(train, apply), _share(test, apply)
            if i == 0:
                for fitted, transform in classical(plain[0], seed=config.seed, layout=layout).items():
                    compared[f"{fitted}, {key}" if several else fitted] = tuple(transform(x) for x in plain)
    found: dict[str, Any] = {}
    disjoint: list[str] = []
    for target in (name for name in train.targets if name in test.targets):
        if not np.intersect1d(train.targets[target].labels, test.targets[target].labels).size:
            disjoint.append(target)  # a split by speakers: no probe names a speaker that it has never heard
            continue
        results = evaluate(
            compared,
            train.targets[target].labels,
            test.targets[target].labels,
            classes=len(train.targets[target].classes),
            k=config.evaluate.k,
            temperature=config.evaluate.temperature,
            per_class=config.evaluate.per_class,
            draws=config.evaluate.draws,
            seed=config.seed,
            layout=layout,
        )
        rows = [{**row, "target": target} for row in results["rows"]]
        found = {**found, "rows": found["rows"] + rows} if found else {**results, "rows": rows}
    if disjoint and jax.process_index() == 0:
        print(f"no kNN or linear probe of {', '.join(disjoint)}: the splits have none of the same in them")
    if not found:
        return {}
    found["protocol"] |= {"checkpoint": encoder.step, "data": config.data.name, "clips": clips}
    if encoder.method.predict is not None:
        row = {"features": "pretrained", "task": "its own classifier", "labels": config.labels.which}
        row |= {"mean": encoder.accuracy(test), "std": None, "draws": 1, "target": next(iter(train.targets))}
        found["rows"].append(row)
    return found
