"""GPT-2 of transformers comes in, says the same, and goes out to the bit."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.convert import hf_gpt2
from jssl.convert.names import give
from jssl.convert.origins import Weights, fit, hugging_face, read_weights, resolved
from jssl.convert.out import to_hugging_face, write_model
from jssl.errors import CheckpointError
from jssl.nets import make_net

CONFIG = {
    "model_type": "gpt2", "n_embd": 12, "n_layer": 2, "n_head": 3, "vocab_size": 37, "n_positions": 13,
    "activation_function": "gelu_new", "layer_norm_epsilon": 1e-5,
}  # fmt: skip


@pytest.fixture(scope="module")
def recorded() -> dict[str, np.ndarray]:
    with np.load(Path(__file__).parents[1] / "fixtures" / "gpt2.npz") as file:
        return dict(file)


def weights_of(recorded: dict[str, np.ndarray], **changes: object) -> Weights:
    tensors = {name.removeprefix("weights/"): x for name, x in recorded.items() if name.startswith("weights/")}
    return hugging_face("hf:gpt2", CONFIG | changes, tensors, Path())


def test_says_what_transformers_gpt2_says_and_goes_back_to_the_bit(recorded, tmp_path):
    weights, tokens, length = weights_of(recorded), recorded["tokens"], recorded["length"]
    there = np.arange(tokens.shape[1])[None] < length[:, None]
    x = jnp.asarray(np.where(there, tokens, -1))
    net = make_net(**weights.encoder)
    taken = fit(weights, weights.encoder, *jax.eval_shape(net.init, jax.random.key(0), x))
    hidden, _ = jax.jit(net.tokens)(taken.params, taken.stats, x)
    logits = np.asarray(hidden) @ taken.params["embed"]["words"]["embedding"].T
    np.testing.assert_allclose(logits[there], recorded["logits"][there], atol=1e-5)
    options = resolved(weights.encoder)
    back = give(hf_gpt2.NAMES, taken.params, taken.stats)
    for name, x in back.items():
        np.testing.assert_array_equal(x, np.float32(weights.tensors[name]))
    model = to_hugging_face(options, taken.params, taken.stats, "{}")
    assert "AutoModel" in write_model(tmp_path / "out", model) and "pooling" not in model.how
    assert read_weights(f"hf:{tmp_path}/out").encoder == weights.encoder


@pytest.mark.parametrize("changes", [{"activation_function": "relu"}, {"n_inner": 5}])
def test_another_network_is_refused(recorded, changes):
    with pytest.raises(CheckpointError, match="here GPT-2 has"):
        weights_of(recorded, **changes)
