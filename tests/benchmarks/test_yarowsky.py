import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from benchmarks import senseval
from benchmarks import yarowsky as benchmark
from jssl.errors import DataError

ORDERS = ("first", "second", "third")


def instance(name: str, sense: str, before: str, after: str) -> str:
    words = ["\n".join(f'<wf pos="NN">{word}</wf>' for word in text.split()) for text in (before, after)]
    return f"""
<instance id="line-n.{name}">
<answer instance="line-n.{name}" senseid="{sense}"/>
<context>
 {words[0]} <head> <wf pos="NNS">lines</wf></head> FRASL {words[1]}
</context>
</instance>
"""


def write(folder: Path, *instances: str) -> Path:
    path = folder / "senseval.zip"
    text = f'<corpus lang="en">\n<lexelt item="line-n">{"".join(instances)}</lexelt>\n</corpus>'
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("senseval/line.pos", text)
    return path


def test_reads_the_corpus(tmp_path):
    """A bare "&", an escaped one and words outside of tags are in the corpus."""
    path = write(tmp_path, instance("w7_010:888:", "phone", "at & t 's", "r&amp;d ."))
    (example,) = senseval.read_senseval(path, "line")
    assert example.sense == "phone" and example.words[example.place] == "lines"
    assert example.found == {
        ("-1", "'s"), ("+1", "r&d"), ("-2 -1", "t", "'s"), ("-1 +1", "'s", "r&d"), ("+1 +2", "r&d", "."),
        ("near", "at"), ("near", "t"), ("near", "'s"), ("near", "r&d"),
    }  # fmt: skip


def test_sentences_of_a_file_that_are_near_are_one_discourse(tmp_path):
    names = ["w7_010:888:", "w7_010:905:", "w7_010:921:", "w7_010:990:", "w8_010:889:", "art} aphb 45706802:", "x3"]
    path = write(tmp_path, *(instance(name, "cord", "a", "b") for name in names))
    first, *rest = [example.discourse for example in senseval.read_senseval(path, "line")]
    assert rest[:2] == [first, first] and len({first, *rest}) == 5 and rest[-1] is None
    places = senseval._discourses(["aphb_51905969_4083", "aphb_51905980_4084", "W7_0195969_1", "sjm-274_1:", "int12"])
    assert places == ["aphb_519:5969", "aphb_519:5969", "w7_019:5969", None, None]


def test_what_cannot_be_read_is_refused(tmp_path):
    path = write(tmp_path, instance("a", "cord", "a", "b").replace("<head>", ""))
    with pytest.raises(DataError, match=r"instance line-n\.a of line has no senseid or no <head>"):
        senseval.read_senseval(path, "line")
    with pytest.raises(DataError, match=r"no senseval/hard\.pos"):
        senseval.read_senseval(path, "hard")
    with pytest.raises(DataError, match=r"name NLTK's senseval\.zip"):
        senseval.read_senseval(tmp_path / "none.zip", "line")


def examples(n: int = 240) -> list[senseval.Example]:
    """Three senses, of n / 2, n / 3 and n / 6, in discourses of two."""
    senses = np.repeat(ORDERS, [n // 2, n // 3, n // 6])
    return [senseval.Example(str(sense), str(row // 2), frozenset()) for row, sense in enumerate(senses)]


def test_splits_by_discourse_and_sense():
    train, test = senseval.split(examples(), seed=0)
    assert len(train) + len(test) == 240
    assert not {example.discourse for example in train} & {example.discourse for example in test}
    assert [sum(example.sense == sense for example in test) for sense in ORDERS] == [30, 20, 10]
    assert test == senseval.split(examples(), seed=0)[1] != senseval.split(examples(), seed=1)[1]


def test_hand_seeds_name_each_sense_once():
    for word, senses in benchmark.HAND.items():
        seeds = [seed for found in benchmark.by_hand(word, list(senses)).values() for seed in found]
        assert len(seeds) == len(set(seeds)) >= len(senses)


def test_the_mean_is_of_runs_that_have_the_value():
    assert benchmark.percent([0.5, np.nan, 0.7]) == "60.0 ± 10.0"
    assert benchmark.percent([np.nan]) == "-"


def test_prints_tables(tmp_path, monkeypatch, capsys):
    told = {"product": "products car computer models", "phone": "telephone phone call ring"}
    rng = np.random.default_rng(0)
    instances = []
    for row in range(120):
        sense = ("product", "product", "phone")[row % 3]
        words = rng.choice(told[sense].split(), 2, replace=False).tolist()
        instances.append(instance(f"w7_{row:03}:1:", sense, f"the {words[0]}", f"of {words[1]}"))
    path = write(tmp_path, *instances)
    monkeypatch.setattr(sys, "argv", ["yarowsky", str(path), "--words", "line", "--seeds", "2", "--labels", "3"])
    benchmark.main()
    _, accuracy, _, sure, _, rounds, cost = capsys.readouterr().out.strip().split("\n\n")
    header, _, row = [[cell.strip() for cell in line.strip("|").split("|")] for line in accuracy.splitlines()]
    of = dict(zip(header, row, strict=True))
    assert of["most frequent sense"] == "66.7 ± 0.0"
    assert of["supervised list"] == of["seeds by hand"] == of["seeds by hand, discourses"] == "100.0 ± 0.0"
    assert "100.0 ± 0.0: 100.0 ± 0.0" in sure
    assert "/ 100.0 / 100.0 |" in rounds and cost.startswith("2 seeds, ")
