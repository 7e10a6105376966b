"""Two domains of one data set, and the labels of one."""

import numpy as np
import pytest

from jssl.data.labelled import draw_labels
from jssl.data.sources import open_source
from jssl.errors import DataError


@pytest.fixture(scope="module")
def splits():
    return {split: open_source("shifted_digits", split=split) for split in ("train", "test")}


@pytest.mark.slow
def test_half_of_the_train_split_is_shifted_and_all_of_the_test_split(splits):
    plain = open_source("mnist_5k", split="train")
    domain = splits["train"].targets["domain"].labels
    assert domain.mean() == 0.5 and splits["test"].targets["domain"].labels.all()
    seen, digits = (source.read(np.arange(40))["image"] for source in (splits["train"], plain))
    source = domain[:40] == 0
    np.testing.assert_array_equal(seen[source], digits[source])
    assert np.abs(seen[~source].astype(int) - digits[~source]).mean() > 40
    np.testing.assert_array_equal(splits["train"].labels, plain.labels)


@pytest.mark.slow
def test_it_is_the_same_for_ever_and_a_part_is_of_the_whole(splits):
    again = open_source("shifted_digits", split="train[:10%]")
    whole = splits["train"].read(np.arange(splits["train"].length))["image"]
    assert all((whole == image).all((1, 2, 3)).any() for image in again.read(np.arange(5))["image"])


@pytest.mark.slow
def test_labels_of_one_domain_alone_are_seen(splits):
    drawn = draw_labels(splits["train"], "domain=source", 0)
    assert len(drawn.indices) == 2000
    assert not splits["train"].targets["domain"].labels[drawn.indices].any()
    with pytest.raises(DataError, match="'domain=moon' is not understood"):
        draw_labels(splits["train"], "domain=moon", 0)
