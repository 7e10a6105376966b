"""GPT-2's loss, gradients and logits are those of transformers, on recorded weights and inputs."""

from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.augment.text.recipes import make_text_recipe
from jssl.inputs.text import prepare, texts
from jssl.methods.generative.next_word import next_word
from jssl.nets.text_transformer import text_transformer
from tests.methods.senses.tokens import TOKENIZER
from tests.methods.toys import run


@pytest.fixture(scope="module")
def recorded() -> dict[str, np.ndarray]:
    with np.load(Path(__file__).parents[2] / "fixtures" / "gpt2.npz") as file:
        return dict(file)


def named(recorded: dict[str, np.ndarray], kind: str) -> dict[str, np.ndarray]:
    return {name.removeprefix(f"{kind}/"): x for name, x in recorded.items() if name.startswith(f"{kind}/")}


def ours(weight: dict[str, np.ndarray]) -> dict[str, Any]:
    """Transformers' weights (or gradients), laid out as our parameters: its "Conv1D" are linear maps as ours."""

    def linear(name: str) -> dict[str, np.ndarray]:
        return {"kernel": weight[f"{name}.weight"], "bias": weight[f"{name}.bias"]}

    def norm(name: str) -> dict[str, np.ndarray]:
        return {"scale": weight[f"{name}.weight"], "bias": weight[f"{name}.bias"]}

    def block(name: str) -> dict[str, Any]:
        return {
            "norm1": norm(f"{name}.ln_1"),
            "norm2": norm(f"{name}.ln_2"),
            "qkv": linear(f"{name}.attn.c_attn"),
            "proj": linear(f"{name}.attn.c_proj"),
            "fc1": linear(f"{name}.mlp.c_fc"),
            "fc2": linear(f"{name}.mlp.c_proj"),
        }

    tables = {"words": "wte", "positions": "wpe"}
    return {
        "embed": {ours: {"embedding": weight[f"transformer.{name}.weight"]} for ours, name in tables.items()},
        "blocks": {f"block{i}": block(f"transformer.h.{i}") for i in range(2)},
        "norm": norm("transformer.ln_f"),
    }


@pytest.mark.slow
def test_equals_transformers(recorded: dict[str, np.ndarray]):
    weights = ours(named(recorded, "weights"))
    encoder = text_transformer(12, 2, 3, vocabulary=37, positions=13, causal=True)
    tokens = texts(make_text_recipe("plain"), TOKENIZER, 11)
    method = next_word(encoder, tokens, vocabulary=37, separator_token=2, special_tokens=(0, 1, 2, 3))
    batch = {"tokens": recorded["tokens"], "length": recorded["length"]}
    params, extra = method.init(jax.random.key(0), batch)
    jax.tree.map(lambda a, b: np.testing.assert_equal(a.shape, b.shape), params["encoder"], weights)
    x = jnp.asarray(prepare(batch))

    def loss(params):
        return method.loss(params, extra, x, jax.random.key(0), jnp.int32(0))[0]

    value, gradient = run(jax.value_and_grad(loss), {"encoder": weights})
    np.testing.assert_allclose(value, recorded["loss"], rtol=1e-5)
    theirs = named(recorded, "gradient")
    for mine, name in (
        (gradient["encoder"]["embed"]["words"]["embedding"], "transformer.wte.weight"),
        (gradient["encoder"]["blocks"]["block0"]["qkv"]["kernel"], "transformer.h.0.attn.c_attn.weight"),
        (gradient["encoder"]["norm"]["scale"], "transformer.ln_f.weight"),
    ):
        np.testing.assert_allclose(mine, theirs[name], atol=2e-6, rtol=1e-4, err_msg=name)
    there = np.asarray(x) >= 0
    logits = encoder.tokens(weights, {}, x)[0] @ encoder.words(weights).T
    np.testing.assert_allclose(np.asarray(logits)[there], recorded["logits"][there], atol=2e-5)
