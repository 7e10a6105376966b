"""A data set that is not the one a run began with is told from it."""

import json

import numpy as np
import pytest

from jssl.data.fingerprint import fingerprint
from jssl.data.source import Facts, from_arrays, labelled
from jssl.errors import DataError
from jssl.run.workdir import keep_facts, read_facts

IMAGES = np.random.default_rng(0).integers(0, 256, (40, 6, 6, 3), np.uint8)
LABELS = np.arange(40, dtype=np.int32) % 4


def source(images=IMAGES, labels=LABELS, classes=("a", "b", "c", "d"), **changes):
    return from_arrays("ours", image=images)._replace(targets=labelled(labels, classes), **changes)


@pytest.mark.parametrize("in_memory", [True, False])
@pytest.mark.parametrize(
    ("part", "other"),
    [
        ("examples", {"images": IMAGES // 2}),
        ("labels", {"labels": LABELS[::-1]}),
        ("labels", {"classes": ("a", "b", "c", "e")}),
        ("files", {"files": tuple("other")}),
    ],
)
def test_what_has_changed_is_told(part, other, in_memory):
    before, now = fingerprint(source(in_memory=in_memory)), fingerprint(source(in_memory=in_memory, **other))
    assert before == fingerprint(source(in_memory=in_memory))
    assert [key for key in before if before[key] != now[key]] == [part]


def test_one_pixel_of_what_is_in_memory_is_seen():
    images = IMAGES.copy()
    images[17, 3, 3, 0] ^= 1
    assert fingerprint(source(images))["examples"] != fingerprint(source())["examples"]


def test_a_run_does_not_go_on_with_other_data(tmp_path):
    facts = Facts(40, source().spec, ("a", "b", "c", "d"))
    keep_facts(tmp_path, facts, source())
    keep_facts(tmp_path, facts, source())
    with pytest.raises(DataError, match=r"the examples and labels of ours are not those .* \"fingerprint\" out of"):
        keep_facts(tmp_path, facts, source(np.zeros_like(IMAGES), LABELS[::-1]))
    path = tmp_path / "data.json"
    earlier = json.loads(path.read_text())
    del earlier["fingerprint"]
    path.write_text(json.dumps(earlier))
    keep_facts(tmp_path, facts, source(np.zeros_like(IMAGES)))
    assert read_facts(tmp_path).examples == 40
