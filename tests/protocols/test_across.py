"""An encoder of two senses: what it takes of data with both or one, and what it is worth across them."""

import jax
import numpy as np
import pytest

from jssl.data.senses import only
from jssl.data.source import Labels, from_arrays
from jssl.encoder import Encoder
from jssl.errors import DataError
from jssl.parallel import make_layout
from jssl.protocols.across import evaluate_across, table
from jssl.report.scores import across
from tests.methods.cases import build, sense

CASE = "correspondence"


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    method, inputs, facts, nets = build(CASE), sense(CASE).inputs(), sense(CASE).facts, sense(CASE).encoder("sync")
    batch = {key: x for key, x in sense(CASE).batch(0).items() if key in facts.spec}
    params, extra = jax.jit(method.init)(jax.random.key(0), batch)
    return Encoder(None, method, inputs, nets, make_layout(devices=jax.devices()[:1]), facts, params, extra, 0)


@pytest.fixture(scope="module")
def source():
    batch = sense(CASE).batch(0)
    return from_arrays(
        "toys", {"kind": Labels(batch["label"], ("a", "b", "c"))}, image=batch["image"], sound=batch["sound"]
    )


@pytest.mark.slow
def test_data_with_one_sense_is_embedded_by_its_tower(encoder, source) -> None:
    both = encoder.embed(source)
    seen, heard = (encoder.embed(only(source, encoder.inputs[key])) for key in ("image", "sound"))
    np.testing.assert_allclose(both, np.concatenate([seen, heard], axis=1), atol=1e-5)
    batch = source.read(np.arange(source.length))
    np.testing.assert_allclose(encoder(sound=batch["sound"]), heard, atol=1e-5)
    np.testing.assert_allclose(encoder(batch["image"], batch["sound"]), both, atol=1e-5)


@pytest.mark.slow
def test_what_it_cannot_take_is_said(encoder) -> None:
    with pytest.raises(DataError, match="toys has clip, and the encoder takes image, sound"):
        encoder.embed(from_arrays("toys", clip=np.zeros((2, 3), np.uint8)))
    with pytest.raises(ValueError, match="image and sound"):
        encoder(np.zeros((2, 3)))
    with pytest.raises(ValueError, match="text"):
        encoder(text=["a"])


@pytest.mark.slow
def test_rows_across_the_senses(encoder, source) -> None:
    rows = evaluate_across({"pretrained": encoder}, source)
    tasks = [row["task"] for row in rows]
    assert len(tasks) == 9 and tasks[0] == "belong together" and tasks[-1] == "sound → image, same kind, R@5"
    assert {row["features"] for row in rows} == {"pretrained"}
    assert f"belong together: pretrained {100 * rows[0]['mean']:.1f} (chance 50.0)" in table(rows)
    drawn = str(across(rows))
    assert all(task in drawn for task in tasks) and not str(across([]))
