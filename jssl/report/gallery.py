"""The report's galleries: what a method shows, views, nearest neighbours, the map of the features."""

import numpy as np

from jssl.exhibit import Exhibit
from jssl.report.cells import cell, fitting, gallery
from jssl.report.collect import Pictures
from jssl.report.figures import class_colors, scatter
from jssl.report.markup import Markup, element, join
from jssl.report.player import player


def views(pictures: Pictures) -> Markup:
    """A row for each original, its views beside it."""
    columns = fitting(pictures.originals, 1 + len(pictures.views))
    cells = [element("span", "original"), element("span", "views"), *[element("span")] * (columns - 2)]
    for row, original in enumerate(pictures.originals):
        cells.append(cell(original, alt="original", class_="first"))
        cells += [cell(view[row], alt=f"view {i + 1}") for i, view in enumerate(pictures.views[: columns - 1])]
    lead = "Views are drawn from each example at random, anew at every step: no two passes see the same."
    return section("What the network is shown", lead, gallery(cells, columns, pictures.originals))


def exhibit(exhibit: Exhibit) -> Markup:
    """What a method shows of itself: a picture or words for each row and column, with what is said of it below."""
    following = [column.name for column in exhibit.columns[1:]] + ["the margin"]
    cells = [
        element("span", column.name, class_="narrow" if after else None)
        for column, after in zip(exhibit.columns, following, strict=True)
    ]
    for row in range(len(exhibit.columns[0].figures)):
        for column in exhibit.columns:
            caption = column.captions[row] if column.captions else ""
            kind = ("same" if column.right[row] else "other") if column.right else None
            drawn = cell(column.figures[row], alt=caption or column.name, class_=kind)
            if column.sounds is not None:
                drawn = join(drawn, player(column.sounds[row], column.rate, name=f"{column.name}, row {row + 1}"))
            said = element("figcaption", caption) if caption else Markup()
            cells.append(element("figure", drawn, said) if caption or column.sounds is not None else drawn)
    lead: tuple[str, ...] = (exhibit.lead,)
    if any(column.right for column in exhibit.columns):
        lead += (
            " ", element("i", class_="swatch same"), "right, ", element("i", class_="swatch other"), "wrong.",
        )  # fmt: skip
    return section(exhibit.title, lead, gallery(cells, len(exhibit.columns), _widest(exhibit)))


def neighbours(pictures: Pictures) -> Markup:
    """A row for each query, what is nearest to it beside it."""
    count = fitting(pictures.queries, 1 + pictures.neighbours.shape[1]) - 1
    labelled = pictures.query_labels is not None and pictures.neighbour_labels is not None
    cells = [element("span", "query"), element("span", "nearest first"), *[element("span")] * (count - 1)]
    for row, query in enumerate(pictures.queries):
        name = _name(pictures, pictures.query_labels[row]) if labelled else "query"
        cells.append(cell(query, alt=name, class_="first"))
        for column, image in enumerate(pictures.neighbours[row, :count]):
            kind, alt = None, f"neighbour {column + 1}"
            if labelled:
                label = pictures.neighbour_labels[row, column]
                kind, alt = "same" if label == pictures.query_labels[row] else "other", _name(pictures, label)
            cells.append(cell(image, alt=alt, class_=kind))
    lead: tuple[str, ...] = ("The examples whose features point the same way, by cosine similarity.",)
    if labelled:
        same = pictures.neighbour_labels[:, :count] == pictures.query_labels[:, None]
        lead += (
            f" {same.sum()} of {same.size} carry the query's label: ",
            element("i", class_="swatch same"), "same, ", element("i", class_="swatch other"), "another.",
        )  # fmt: skip
    return section("Nearest neighbours", lead, gallery(cells, 1 + count, pictures.queries))


def feature_map(pictures: Pictures) -> Markup:
    """The features in two dimensions, with a legend where there are classes."""
    how, m = pictures.projection, len(pictures.embeddings)
    lead = f"{m:,} examples, brought from feature space to the plane by {how}. "
    labels = pictures.labels
    if labels is not None:
        lead += "Colours are labels, which pretraining never saw. "
    if how == "t-SNE":
        lead += "Only closeness has a meaning; the axes have no unit."
    drawing = scatter(
        pictures.embeddings, labels, pictures.classes,
        label=f"Map of {m} examples by {how}", axes=(f"{how} 1", f"{how} 2"),
    )  # fmt: skip
    return section("Map of the features", lead, element("figure", drawing, _legend(pictures), class_="map"))


def section(title: str, lead: str | tuple[str, ...], body: Markup) -> Markup:
    """A part of a page: its title, a line or two that explain it, and what it shows."""
    parts = (lead,) if isinstance(lead, str) else lead
    return element("section", element("h2", title), element("p", *parts, class_="lead"), body)


def _legend(pictures: Pictures) -> Markup:
    if pictures.labels is None:
        return Markup()
    if len(pictures.classes) > 20:
        note = f"{len(pictures.classes)} classes, a colour each; point at a dot to read its name."
        return element("p", note, class_="note")
    items = [
        element("li", element("i", style=f"background:{color}"), f"{name} ({np.sum(pictures.labels == label)})")
        for label, (name, color) in enumerate(zip(pictures.classes, class_colors(len(pictures.classes)), strict=True))
    ]
    return element("ul", *items, class_="legend")


def _name(pictures: Pictures, label: int) -> str:
    return pictures.classes[label] if 0 <= label < len(pictures.classes) else str(label)


def _widest(exhibit: Exhibit) -> np.ndarray:
    """Of the columns' figures those that need most room: words, or else the widest pictures."""
    found = [column.figures for column in exhibit.columns]
    return max(found, key=lambda x: np.inf if x.dtype.kind == "U" else x.shape[-2] / x.shape[-3])
