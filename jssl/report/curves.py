"""The report's curves: what was written to `metrics.jsonl`, over epochs."""

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from jssl.cost.units import duration
from jssl.report.lines import line_chart
from jssl.report.markup import Markup, element, join

EXPLAINED = {
    "train/loss": ("Loss", "On the batches being trained on. Lower is better."),
    "train/learning_rate": ("Learning rate", "What the optimiser was given, after batch scaling."),
    "train/gradient_norm": ("Gradient norm", "Over all parameters, before clipping."),
    "train/view_distance": ("View distance", "Squared distance of an example's two views in the loss's space."),
    "train/masked_loss": ("Hidden words: loss", "Nats that a hidden word costs. Lower is better."),
    "train/masked_accuracy": ("Hidden words: told", "Of the batch's hidden words."),
    "train/follows_accuracy": ("Next sentence: told", "Of the batch's pairs; chance is 50 %."),
    "train/accuracy": ("Own task: right", "Share of the batch's questions, or labels, answered rightly."),
    "train/tag_accuracy": ("Tags: right", "Share of the batch's words."),
    "train/stability": ("Stability", "How much the last clusters share with those before; 1 if they are the same."),
    "train/information": ("Information", "How much codes or features tell, in nats. Higher is better."),
    "train/supervised_loss": ("Loss of labels", "On the labelled part of the batch."),
    "train/unsupervised_loss": ("Loss without labels", "On the unlabelled part of the batch, before its weight."),
    "train/believed": ("Believed", "Share of unlabelled examples whose guess is sure enough to be learnt from."),
    "train/consistency": ("Consistency", "How far student and teacher are apart on the same example."),
    "train/adversarial_loss": ("Loss when attacked", "How far the distortion that moves a guess most moves it."),
    "train/student_loss": ("Loss of the student", "On what its teacher says of examples without labels."),
    "train/reward": ("Reward", "Of the teacher: how much a step by its labels helps the student with true ones."),
    "train/entropy": ("Entropy", "Of the guesses without labels, in nats. Lower is surer."),
    "train/spread": ("Spread", "Of each feature over the batch. Near 0 is collapse."),
    "train/psnr": ("PSNR", "Of what is restored, in decibels. Higher is better."),
    "train/bicubic_psnr": ("PSNR of bicubic", "The same of plain resizing."),
    "train/examples_per_second": ("Speed", "Examples per second; monitors and saves do not count."),
    "monitor/knn": ("kNN accuracy", "On a held-out fifth of the training examples."),
    "monitor/perplexity": ("Perplexity", "Of the task, on held-out examples. Lower is better; 1 is no doubt."),
    "monitor/validation": ("Held-out labels", "Accuracy of the classifier on labelled examples it did not learn from."),
    "monitor/discrepancy": ("Distance of domains", "Of their mean features. Lower is nearer; no label is looked at."),
    "monitor/rankme": ("RankMe", "Effective rank of the features: how many directions are in use."),
    "monitor/alpha_req": ("α-ReQ", "How fast the features' spectrum decays. Near 1 is best."),
    "monitor/alignment": ("Alignment", "Squared distance of two views of one example. Lower is closer."),
    "monitor/uniformity": ("Uniformity", "Evenness over the sphere. Lower is more even; 0 is collapse."),
    "monitor/lidar": ("LiDAR", "Effective rank of what tells examples apart, beyond how their views scatter."),
    "monitor/feature_std": ("Feature std", "Spread of each feature, on the unit sphere. Near 0 is collapse."),
}
SHARES = {"monitor/knn", "monitor/validation", "train/masked_accuracy", "train/follows_accuracy"}
"""Metrics in [0, 1] that are shown in %."""
FROM_ZERO = {"train/learning_rate", "train/examples_per_second"}
"""Metrics whose axis starts at 0: their noise would else fill the chart."""


def curves(rows: Sequence[dict[str, Any]]) -> Markup:
    """A small chart for each metric of the run: training first, then the monitors."""
    order = in_order(name for row in rows for name in row)
    end = max((row["epoch"] for row in rows if "epoch" in row), default=0.0)
    parts = []
    for prefix, title in (("train/", "Training"), ("monitor/", "Representation, watched while it forms")):
        charts = [_chart(name, rows, end) for name in order if name.startswith(prefix)]
        if any(charts):
            parts += [element("h3", title), element("div", *charts, class_="charts")]
    if not parts:
        return element("p", "No metrics were written yet.", class_="lead")
    return join(*parts)


def in_order(names: Iterable[str]) -> list[str]:
    """The metrics among these names, each once, in the order they are shown in."""
    metrics = dict.fromkeys(name for name in names if name.startswith(("train/", "monitor/")))
    metrics.pop("train/chance", None)  # a line in the loss's chart
    return sorted(metrics, key=lambda name: list(EXPLAINED).index(name) if name in EXPLAINED else len(EXPLAINED))


def explained(name: str) -> tuple[str, str, bool]:
    """A metric's title, what it says, and whether its axis starts at 0."""
    ours = (name.partition("/")[2].replace("_", " ").capitalize(), "Reported by the method's loss.")
    return (*EXPLAINED.get(name, ours), name in FROM_ZERO)


def speed(rows: Sequence[dict[str, Any]]) -> list[tuple[str, str]]:
    """(name, value) of throughput and time. An interrupted run's clock starts again; its parts are added up."""
    facts = []
    if rates := [row["train/examples_per_second"] for row in rows if finite(row.get("train/examples_per_second"))]:
        facts.append(("throughput", f"{np.median(rates):,.0f} examples/s (median)"))
    times = [row["time"] for row in rows if finite(row.get("time"))]
    if times:
        ends = [time for time, later in zip(times, [*times[1:], -1], strict=True) if later < time]
        facts.append(("time", duration(sum(ends))))
    if rows:
        facts.append(("steps", f"{rows[-1]['step']:,}"))
    return facts


def number(value: float) -> str:
    """Three digits, with thousands marked."""
    return (f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}").replace("-", "−")


def _chart(name: str, rows: Sequence[dict[str, Any]], end: float) -> Markup:
    points = [(row["epoch"], row[name]) for row in rows if finite(row.get(name)) and "epoch" in row]
    if not points:
        return Markup()
    x, y = np.array(points, float).T
    title, note, from_zero = explained(name)
    last, level = number(y[-1]), None
    if name == "train/loss":
        level = next((row["train/chance"] for row in reversed(rows) if finite(row.get("train/chance"))), None)
    if level is not None:
        note = f"{note} Dashed is chance, {number(level)}: what a network has that says the same of everything."
    if name in SHARES:
        y, title, last = 100 * y, f"{title} (%)", f"{100 * y[-1]:.1f}"
    caption = element("figcaption", element("b", title, element("span", last)), note)
    label = f"{title} over epochs, {last} at the end"
    chart = line_chart(x, y, label=label, x_max=end, from_zero=from_zero, level=level)
    return element("figure", caption, chart)


def finite(value: Any) -> bool:
    """Whether it is a number that can be drawn."""
    return isinstance(value, int | float) and math.isfinite(value)
