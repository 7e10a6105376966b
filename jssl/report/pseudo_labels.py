"""What the report shows of pseudo-labels: how sure the teachers were, how the classes were balanced, and pictures."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from jssl.report.bars import class_chart, confidence_chart
from jssl.report.cells import cell
from jssl.report.document import read
from jssl.report.gallery import section
from jssl.report.markup import Markup, element, join


class Taught(NamedTuple):
    """One round, as its folder tells of it."""

    manifest: dict[str, Any]
    teacher: float
    """Its teacher's accuracy."""
    selection: dict[str, Any]
    """By what pseudo-labels were selected."""
    classes: tuple[str, ...]
    examples: dict[str, np.ndarray]
    """Confident labels in pictures, see `jssl.selftrain.evidence`."""

    @property
    def name(self) -> str:
        """How the page calls it."""
        return f"round {self.manifest['round']}"


def read_taught(workdir: Path, before: dict[str, Any], manifest: dict[str, Any]) -> Taught:
    """Read a round.

    Args:
        workdir: of all rounds.
        before, manifest: of the round before it and of its own.
    """
    name = f"round_{manifest['round']}"
    counts = manifest["counts"]["labelled"]
    classes = read(workdir / name / "student" / "data.json").get("classes") or map(str, range(len(counts)))
    path, examples = workdir / name / "labels" / "examples.npz", {}
    if path.exists():
        with np.load(path, allow_pickle=False) as arrays:
            examples = dict(arrays)
    return Taught(manifest, before["accuracy"], manifest["config"]["rounds"][name], tuple(classes), examples)


def confidence(rounds: Sequence[Taught]) -> Markup:
    """A histogram for each round's teacher, split in right and wrong."""
    figures = []
    for r in rounds:
        right, wrong = (r.manifest["confidence"][kind] for kind in ("right", "wrong"))
        said = f"{sum(right):,} right, {sum(wrong):,} wrong"
        chart = confidence_chart(
            right, wrong, r.selection["threshold"], label=f"Confidence of the teacher of {r.name}: {said}"
        )
        figures.append(_figure(r.name.capitalize(), said, chart))
    lead = (
        "The pictures whose label the student is not told, by how sure its teacher was of them; their true labels are"
        " known here, and nothing else reads them. The scale is logarithmic. What is left of the threshold is not used."
    )
    keys = _keys(("right", "bar right"), ("wrong", "bar wrong"))
    return section("How sure the teachers were", lead, join(element("div", *figures, class_="panels even"), keys))


def balance(rounds: Sequence[Taught]) -> Markup:
    """The size of each class, as the teacher labels the pool and as the student is given it."""
    parts = []
    for r in rounds:
        labelled, confident, unique, balanced = (
            r.manifest["counts"][kind] for kind in ("labelled", "confident", "unique", "balanced")
        )
        panels = []
        for title, part, whole, kinds in (
            ("before", confident, labelled, ("confident", "below the threshold")),
            ("after", unique, balanced, ("different pictures", "repetitions")),
        ):
            rest = [a - b for a, b in zip(whole, part, strict=True)]
            label = f"Examples of each class {title} balancing, {r.name}"
            chart = class_chart(r.classes, part, rest, kinds=kinds, most=max(*labelled, *balanced), label=label)
            keys = _keys((kinds[0], "bar"), (kinds[1], "bar pale"))
            panels.append(_figure(f"{r.name.capitalize()}, {title}", f"{sum(whole):,}", chart, keys))
        parts.append(element("div", *panels, class_="panels even"))
    lead = (
        "Before: what the teacher takes the pictures for. After: what the student is given, the surest of each class,"
        " some more than once where there are too few."
    )
    return section("Classes, before and after balancing", lead, join(*parts))


def examples(rounds: Sequence[Taught]) -> Markup:
    """Pictures that the teachers were sure of, wrongly and rightly."""
    parts = []
    for r in rounds:
        if not r.examples:
            continue
        wrong = r.examples["taken"] != r.examples["label"]
        for title, rows in (("wrong, the surest first", wrong), ("right, some of each class", ~wrong)):
            shown = [_example(r, row) for row in np.flatnonzero(rows)]
            none = element("p", "None: no confident label is wrong.", class_="note")
            parts.append(element("h3", f"{r.name.capitalize()}: {title}"))
            parts.append(element("div", *shown, class_="gallery flow") if shown else none)
    lead = "Pictures labelled with a confidence of at least the threshold."
    return section("Confident labels", lead, join(*parts)) if parts else Markup()


def _example(r: Taught, row: int) -> Markup:
    taken, label = (r.classes[r.examples[key][row]] for key in ("taken", "label"))
    caption = f"taken for {taken} ({r.examples['confidence'][row]:.2f})" + (f", is {label}" if taken != label else "")
    drawn = cell(r.examples["images"][row], alt=caption, class_="same" if taken == label else "other")
    return element("figure", drawn, element("figcaption", caption))


def _figure(title: str, beside: str, *drawn: Markup) -> Markup:
    return element("figure", element("figcaption", element("b", title, element("span", beside))), *drawn)


def _keys(*kinds: tuple[str, str]) -> Markup:
    """What bars of each style stand for."""
    swatches = (
        element("li", element("svg", element("rect", class_=style, width=16, height=16), viewBox="0 0 16 16"), name)
        for name, style in kinds
    )
    return element("ul", *swatches, class_="legend")
