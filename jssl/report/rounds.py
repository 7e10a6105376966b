"""The report of self-training's rounds: `write_rounds(workdir)` makes one HTML file out of their manifests."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from jssl.errors import WorkdirError
from jssl.report.document import folded, folded_environment, header, headlines, read, write_page
from jssl.report.figures import Series, dot_plot, legend
from jssl.report.gallery import section
from jssl.report.markup import Markup, element, join
from jssl.report.page import method_name
from jssl.report.pseudo_labels import Taught, balance, confidence, examples, read_taught

SERIES = (("teacher", "untrained"), ("student", "pretrained"), ("pseudo-labels used", "pixels"))


def write_rounds(workdir: Path | str) -> Path:
    """Write `report.html` of the rounds that are finished, from what their folders hold.

    Returns:
        The path of the report.

    Raises:
        WorkdirError: no finished round in this folder, or a file of it that is not JSON.
    """
    workdir = Path(workdir).expanduser()
    manifests = []
    while manifest := read(workdir / f"round_{len(manifests)}" / "manifest.json"):
        manifests.append(manifest)
    if not manifests:
        raise WorkdirError(f"{workdir} holds no finished round (no round_0/manifest.json): launch.selftrain writes one")
    last = workdir / f"round_{len(manifests) - 1}"
    config, environment = manifests[-1]["config"], read(last / "student" / "environment.json")
    rounds = [read_taught(workdir, before, manifest) for before, manifest in pairwise(manifests)]
    facts = [
        f"{config['encoder']['name']} encoder",
        f"labels: {config['labels']['which']}",
        f"{len(rounds)} round{'' if len(rounds) == 1 else 's'}",
    ]
    body = [
        header("Self-training in rounds", method_name(config), config["data"]["name"], facts, environment),
        _tiles(manifests, config["labels"]["which"]),
    ]
    if rounds:
        body += [_accuracy(rounds), confidence(rounds), balance(rounds), examples(rounds)]
    configs = [
        folded("First teacher" if not number else f"Round {number}", f"round_{number}/manifest.json", one["config"])
        for number, one in enumerate(manifests)
    ]
    body.append(element("section", element("h2", "Configs"), *configs, folded_environment(environment)))
    title = f"{method_name(config)} on {config['data']['name']}"
    return write_page(workdir / "report.html", title, body, environment)


def _tiles(manifests: Sequence[dict[str, Any]], labels: str) -> Markup:
    first, last = manifests[0], manifests[-1]
    shown = [("first teacher", _percent(first["accuracy"]), f"labels: {labels}")]
    if last is not first:
        gained = 100 * (last["accuracy"] - first["accuracy"])
        said = f"{gained:+.1f} points against the first teacher".replace("-", "−")
        shown.append((f"student of round {last['round']}", _percent(last["accuracy"]), said))
        used = f"{100 * last['kept']:.0f} % of the pool was used"
        shown.append(("of its pseudo-labels right", _percent(last["pseudo_accuracy"]), used))
    return headlines(shown)


def _accuracy(rounds: Sequence[Taught]) -> Markup:
    values = [(100 * r.teacher, 100 * r.manifest["accuracy"], 100 * r.manifest["pseudo_accuracy"]) for r in rounds]
    series = [
        Series(name, style, means, [None] * len(rounds))
        for (name, style), means in zip(SERIES, zip(*values, strict=True), strict=True)
    ]
    low, high = (pick(map(pick, values)) for pick in (min, max))
    chart = dot_plot(
        [r.name for r in rounds], series,
        label="Accuracy of teacher, student and pseudo-labels by round", x_label="accuracy (%)", x=(low, high),
    )  # fmt: skip
    figure = element("figure", chart, legend(SERIES), class_="alone")
    lead = (
        "Teacher and student on the test split, which no round saw; the student of a round is the next one's teacher."
        " Pseudo-labels on the pictures of the pool that the student learns from."
    )
    return section("Accuracy, by round", lead, join(figure, element("div", _table(rounds), class_="scroll")))


def _table(rounds: Sequence[Taught]) -> Markup:
    facts = [_facts(r) for r in rounds]
    body = []
    for group, names in facts[0].items():
        body.append(element("tr", element("th", group, colspan=1 + len(rounds), scope="rowgroup"), class_="task"))
        for name in names:
            cells = [element("td", one[group][name]) for one in facts]
            body.append(element("tr", element("th", name, scope="row"), *cells))
    head = element("tr", element("th", ""), *(element("th", r.name, scope="col") for r in rounds))
    return element("table", element("thead", head), element("tbody", *body))


def _facts(r: Taught) -> dict[str, dict[str, str]]:
    manifest, chosen = r.manifest, r.selection
    counts = {kind: f"{sum(of_each):,}" for kind, of_each in manifest["counts"].items()}
    return {
        "Accuracy (%)": {
            "teacher": _percent(r.teacher),
            "student": element("b", _percent(manifest["accuracy"])),
        },
        "What the teacher labelled": {
            "pictures of the pool": counts["labelled"],
            "threshold": f"{chosen['threshold']:g}",
            "confident": counts["confident"],
        },
        "What the student is given": {
            "of each class": f"{chosen['per_class']:,}" if chosen["per_class"] else "all",
            "different pictures": counts["unique"],
            "with repetitions": counts["balanced"],
            "share of the pool (%)": _percent(manifest["kept"]),
            "labelled right (%)": _percent(manifest["pseudo_accuracy"]),
            "labels": "soft" if chosen["soft"] else "hard",
            "for each labelled picture": str(manifest["config"]["labels"]["ratio"]),
        },
        "The student": {
            "parameters of the encoder": f"{manifest['parameters']:,}",
            "epochs": str(manifest["config"]["epochs"]),
        },
    }


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"
