"""wav2vec 2.0 of transformers comes in as the network that equals it, and goes out to the bit."""

import chex
import jax
import numpy as np
import pytest

import jssl
from jssl.convert import hf_wav2vec2
from jssl.convert.names import give
from jssl.convert.origins import Weights, fit, hugging_face, read_weights, resolved
from jssl.convert.out import to_hugging_face, write_model
from jssl.errors import CheckpointError
from jssl.nets import make_net
from tests.methods.masked.test_wav2vec2_peers import ours, recorded  # noqa: F401

SHARED = {
    "model_type": "wav2vec2", "hidden_size": 12, "num_hidden_layers": 2, "num_attention_heads": 3,
    "intermediate_size": 48, "conv_dim": [8, 8, 8], "conv_kernel": [10, 3, 2], "conv_stride": [5, 2, 2],
    "num_conv_pos_embeddings": 6, "num_conv_pos_embedding_groups": 2, "hidden_act": "gelu",
}  # fmt: skip
FORMS = {"": "group", "large/": "layer"}


def weights_of(recorded, prefix: str, **changes: object) -> Weights:  # noqa: F811
    start = f"{prefix}weights/"
    tensors = {name.removeprefix(start): x for name, x in recorded.items() if name.startswith(start)}
    layered = prefix == "large/"
    form = {"feat_extract_norm": FORMS[prefix], "conv_bias": layered, "do_stable_layer_norm": layered}
    return hugging_face("hf:wav2vec2", SHARED | form | changes, tensors, None)


@pytest.mark.slow
@pytest.mark.parametrize("prefix", FORMS)
def test_comes_in_as_what_equals_transformers_and_goes_out_to_the_bit(prefix, recorded, tmp_path):  # noqa: F811
    weights = weights_of(recorded, prefix)
    net = make_net(**weights.encoder)
    x = jax.ShapeDtypeStruct((1, 400, 2), np.float32)
    taken = fit(weights, weights.encoder, *jax.eval_shape(net.init, jax.random.key(0), x))
    theirs = {f"{key}": x for key, x in recorded.items() if key.startswith(f"{prefix}weights/")}
    named = {key.removeprefix(f"{prefix}weights/"): x for key, x in theirs.items()}
    chex.assert_trees_all_equal(taken.params, jax.tree.map(np.float32, ours(named, FORMS[prefix])["encoder"]))
    assert all(name.split(".")[0] in ("quantizer", "project_q", "project_hid") for name in taken.left_out)
    options = resolved(weights.encoder)
    for name, x in give(hf_wav2vec2.names(options, {}), taken.params, taken.stats).items():
        np.testing.assert_array_equal(x, np.float32(named[f"wav2vec2.{name}"]))
    write_model(tmp_path / "out", to_hugging_face(options, taken.params, taken.stats, 16_000))
    assert read_weights(f"hf:{tmp_path}/out").encoder == weights.encoder
    sound = np.random.default_rng(0).standard_normal((2, 16_000)).astype(np.float32)
    features = jssl.load(f"hf:{tmp_path}/out")(sound)
    assert features.shape == (2, 12) and np.isfinite(features).all()


def test_another_network_is_refused(recorded):  # noqa: F811
    with pytest.raises(CheckpointError, match="do_stable_layer_norm=True: here this encoder has False"):
        weights_of(recorded, "", do_stable_layer_norm=True)
    with pytest.raises(CheckpointError, match="all convolutions are as wide"):
        weights_of(recorded, "", conv_dim=[8, 8, 4])
