"""BERT's loss, gradients and logits are those of transformers, on recorded weights and inputs."""

from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jssl.augment.text.hide import Hidden
from jssl.augment.text.recipes import make_text_recipe
from jssl.convert.hf_bert import NAMES
from jssl.convert.names import take
from jssl.inputs.text import prepare, texts
from jssl.methods.masked.bert import bert
from jssl.nets.text_transformer import text_transformer
from jssl.nets.word_head import follows_head, word_head
from tests.methods.senses.tokens import TOKENIZER
from tests.methods.toys import run


@pytest.fixture(scope="module")
def recorded() -> dict[str, np.ndarray]:
    with np.load(Path(__file__).parents[2] / "fixtures" / "bert.npz") as file:
        return dict(file)


def ours(weight: dict[str, np.ndarray]) -> dict[str, Any]:
    """Transformers' weights (or gradients), laid out as our parameters."""

    def linear(name: str) -> dict[str, np.ndarray]:
        return {"kernel": weight[f"{name}.weight"].T, "bias": weight[f"{name}.bias"]}

    def norm(name: str) -> dict[str, np.ndarray]:
        return {"scale": weight[f"{name}.weight"], "bias": weight[f"{name}.bias"]}

    net = text_transformer(12, 2, 3, vocabulary=37, positions=13)
    shapes = jax.eval_shape(net.init, jax.random.key(0), jnp.zeros((1, 11), jnp.int32))
    encoder = {name.removeprefix("bert."): x for name, x in weight.items() if name.startswith("bert.")}
    return {
        "encoder": take(NAMES, encoder, *shapes, "transformers").params,
        "words": {
            "transform": linear("cls.predictions.transform.dense"),
            "norm": norm("cls.predictions.transform.LayerNorm"),
            "bias": weight["cls.predictions.bias"],
        },
        "follows": {"pool": linear("bert.pooler.dense"), "classify": linear("cls.seq_relationship")},
    }


@pytest.mark.slow
def test_equals_transformers(recorded: dict[str, np.ndarray]):
    weights = {name.removeprefix("weights/"): x for name, x in recorded.items() if name.startswith("weights/")}
    encoder = text_transformer(12, 2, 3, vocabulary=37, positions=13)
    x = jnp.asarray(prepare({"tokens": recorded["tokens"], "length": recorded["length"]}))
    method = bert(
        encoder, texts(make_text_recipe("plain"), TOKENIZER, 11), vocabulary=37, mask_token=3, separator_token=2,
        special_tokens=(0, 1, 2, 3),
    )  # fmt: skip
    params, extra = method.init(jax.random.key(0), {"tokens": recorded["tokens"], "length": recorded["length"]})
    theirs = ours(weights)
    jax.tree.map(lambda a, b: np.testing.assert_equal(a.shape, b.shape), params, {k: theirs[k] for k in params})
    places = jnp.broadcast_to(jnp.arange(11)[None], x.shape)
    hidden = Hidden(x, places, jnp.where(recorded["labels"] >= 0, recorded["labels"], -1))

    def loss(params):
        return method.loss(params, extra, hidden, jax.random.key(0), jnp.int32(0))[0]

    value, gradient = run(jax.value_and_grad(loss), {k: theirs[k] for k in params})
    np.testing.assert_allclose(value, recorded["loss"], rtol=1e-5)
    expected = ours(
        {**weights, **{n.removeprefix("gradient/"): x for n, x in recorded.items() if n.startswith("gradient/")}}
    )
    for path in (("encoder", "embed", "words", "embedding"), ("words", "transform", "kernel"), ("words", "bias")):
        mine, other = gradient, expected
        for key in path:
            mine, other = mine[key], other[key]
        np.testing.assert_allclose(mine, other, atol=2e-6, rtol=1e-4, err_msg=str(path))


@pytest.mark.slow
def test_logits_equal_transformers(recorded: dict[str, np.ndarray]):
    theirs = ours({name.removeprefix("weights/"): x for name, x in recorded.items() if name.startswith("weights/")})
    encoder = text_transformer(12, 2, 3, vocabulary=37, positions=13)
    x = prepare({"tokens": recorded["tokens"], "length": recorded["length"]})
    there = np.asarray(x) >= 0
    tokens = jax.jit(encoder.tokens)(theirs["encoder"], {}, x)[0]
    logits = jax.jit(word_head(37).apply)(theirs["words"], {}, tokens, table=encoder.words(theirs["encoder"]))[0]
    np.testing.assert_allclose(np.asarray(logits)[there], recorded["logits"][there], atol=2e-5)
    segments = jnp.asarray(recorded["segments"])
    tokens = jax.jit(encoder.tokens)(theirs["encoder"], {}, x, segments=segments)[0]
    follows = follows_head().apply(theirs["follows"], {}, tokens)[0]
    np.testing.assert_allclose(follows, recorded["next/logits"], atol=2e-5)
    logits = jax.jit(word_head(37).apply)(theirs["words"], {}, tokens, table=encoder.words(theirs["encoder"]))[0]
    labels, cross = recorded["labels"], optax.softmax_cross_entropy_with_integer_labels
    masked = cross(logits, np.maximum(labels, 0))[labels >= 0].mean()
    np.testing.assert_allclose(masked + cross(follows, recorded["follows"]).mean(), recorded["next/loss"], rtol=1e-5)
