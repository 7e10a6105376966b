"""Contrast across the senses, by hand; what it ranks."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.evaluate.retrieval import across
from jssl.methods.crossmodal.cmc import cmc
from jssl.nets.sequence import perceptron
from tests.methods.crossmodal.vectors import plain
from tests.methods.toys import run

SENSES = ("image", "sound")
RNG = np.random.default_rng(0)
BATCH = {key: jnp.asarray(RNG.standard_normal((8, 5)), jnp.float32) for key in SENSES}
METHOD = cmc({key: perceptron((4,)) for key in SENSES}, {key: plain(key) for key in SENSES}, projector=(3,))


@pytest.mark.slow
def test_the_loss_by_numpy_is_the_mean_of_both_directions() -> None:
    params, extra = METHOD.init(jax.random.key(0), BATCH)
    value, (_, metrics) = run(METHOD.loss, params, extra, BATCH, jax.random.key(1), jnp.int32(0))
    z = []
    for key in SENSES:
        layers = [params["towers"][key], params["projectors"][key]]
        x = np.asarray(BATCH[key])
        for layer in (jax.tree.map(np.asarray, each["layers"]["layer0"]) for each in layers):
            x = x @ layer["kernel"] + layer["bias"][None]
        z.append(x / np.linalg.norm(x, axis=1, keepdims=True))
    logits = z[0] @ z[1].T / 0.07
    own = np.diag(logits)
    expected = (np.log(np.exp(logits).sum(1)) - own).mean() / 2 + (np.log(np.exp(logits).sum(0)) - own).mean() / 2
    assert float(value) == pytest.approx(expected, rel=1e-4)
    assert float(metrics["accuracy_from_sound"]) == pytest.approx((logits.argmax(0) == np.arange(8)).mean())
    features = {key: METHOD.embed(params, extra, {key: BATCH[key]}) for key in SENSES}
    told = np.asarray(METHOD.together(params, extra, features))
    np.testing.assert_allclose(told - told[0, 0], logits - logits[0, 0], atol=1e-3)
    assert np.exp(told).mean() == pytest.approx(1, rel=1e-4)  # how many times more likely than by chance


@pytest.mark.slow
def test_pairs_that_are_alike_are_found_across_the_senses() -> None:
    same = perceptron((5,))
    method = cmc(dict.fromkeys(SENSES, same), {key: plain(key) for key in SENSES}, projector=(5,))
    params, extra = method.init(jax.random.key(0), BATCH)
    for part, identity in (("towers", jnp.eye(5)), ("projectors", jnp.eye(5))):
        for key in SENSES:
            params[part][key]["layers"]["layer0"] = {"kernel": identity, "bias": jnp.zeros(5)}
    features = {"image": BATCH["image"], "sound": BATCH["image"] + 0.01}
    rows = across(np.asarray(method.together(params, extra, features)), SENSES)
    assert [row["mean"] for row in rows if "R@1" in row["task"]] == [1.0, 1.0]
    assert next(row["mean"] for row in rows if row["task"] == "belong together") > 0.9
