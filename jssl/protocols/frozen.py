"""What a run is worth: evaluated beside its baselines, in a table and in a report."""

from pathlib import Path

import jax

from jssl.encoder import load
from jssl.evaluate.baselines import raw_pixels
from jssl.evaluate.protocol import evaluate, table
from jssl.report.collect import collect, save_pictures
from jssl.report.exhibits import draw_exhibit, save_exhibit
from jssl.report.page import write_report
from jssl.run.config import open_split
from jssl.run.workdir import write_json


def assess(workdir: Path | str, checkpoint: str | int = "latest") -> Path:
    """Evaluate a run, print its table, and write `results.json`, `pictures.npz`, `exhibit.npz` and `report.html`.

    kNN and linear probes of the pretrained encoder, of the same encoder untrained, and of raw pixels; and, of a method
    that sees labels, its classifier. They need labels on both splits: without, only the report is written, and what is
    missing is said.

    Returns:
        The path of the report.

    Raises:
        WorkdirError, CheckpointError, DataError: no run, no checkpoint, or its data is gone.
    """
    workdir = Path(workdir).expanduser()
    main = jax.process_index() == 0  # every process helps to embed, one tells
    encoder = load(workdir, checkpoint)
    config = encoder.config
    train = open_split(config, config.data.train)
    test = open_split(config, config.data.test) if config.data.test else None
    features = encoder.embed(train), encoder.embed(test) if test else None

    if test and train.labels is not None and test.labels is not None:
        untrained = encoder.untrained()
        results = evaluate(
            {
                "pretrained": features,
                "untrained": (untrained.embed(train), untrained.embed(test)),
                "raw pixels": (raw_pixels(train), raw_pixels(test)),
            },
            train.labels,
            test.labels,
            classes=len(train.classes),
            k=config.evaluate.k,
            temperature=config.evaluate.temperature,
            per_class=config.evaluate.per_class,
            draws=config.evaluate.draws,
            seed=config.seed,
        )
        results["protocol"] |= {"checkpoint": encoder.step, "data": config.data.name}
        if encoder.method.predict is not None:
            row = {"features": "pretrained", "task": "its own classifier", "labels": config.labels.which}
            results["rows"].append({**row, "mean": encoder.accuracy(test), "std": None, "draws": 1})
        if main:
            write_json(workdir / "results.json", results)
            print(table(results))
    elif main:
        missing = "test split (config.data.test is empty)" if test is None else "labels"
        print(f"no kNN or linear probe: {config.data.name} has no {missing}")

    if not main:
        return workdir / "report.html"
    save_pictures(workdir / "pictures.npz", collect(encoder.recipe, train, test, *features, seed=config.seed))
    shown = draw_exhibit(encoder.method, encoder.params, encoder.extra, test or train, seed=config.seed)
    if shown is not None:
        save_exhibit(workdir / "exhibit.npz", shown)
    report = write_report(workdir)
    print(f"report: {report}")
    return report
