import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.nets import NETS, make_net
from jssl.optim.layerwise import by_layer
from jssl.optim.optimizers import make_optimizer

LAYERS = ("stem", "block0", "block1")
BESIDE = {
    "wav2vec2": ("mask", "norm"),
    "wav2vec2_large": ("mask", "norm"),
    "wave_unet": ("up", "last"),
}
"""Of waves: what all layers share, and a decoder."""
OF_FRAMES = ("dynamic_image", "frame_differences", "per_frame")
WAVES = ("wav2vec2", "wav2vec2_large", "wave_gru", "wave_unet")


def params() -> dict:
    encoder = {"stem": {"kernel": 1.0}, "blocks": {"block0": {"norm": 1.0}, "block1": {"norm": 1.0}}, "token": 1.0}
    return jax.tree.map(jnp.asarray, {"encoder": encoder, "head": {"stem": 1.0}})


def scaled(**options):
    updates, _ = by_layer(LAYERS, **options).update(params(), (), params())
    return jax.tree.map(float, updates)


def test_each_layer_has_the_rate_of_the_next_times_the_decay():
    blocks = {"block0": {"norm": 0.25}, "block1": {"norm": 0.5}}
    expected = {"encoder": {"stem": {"kernel": 0.125}, "blocks": blocks, "token": 0.125}, "head": {"stem": 1.0}}
    assert scaled(decay=0.5, frozen=0) == expected


def test_frozen_layers_do_not_move():
    found = scaled(decay=1.0, frozen=2)
    blocks = {"block0": {"norm": 0.0}, "block1": {"norm": 1.0}}
    expected = {"encoder": {"stem": {"kernel": 0.0}, "blocks": blocks, "token": 0.0}, "head": {"stem": 1.0}}
    assert found == expected
    assert not any(jax.tree.leaves(scaled(decay=0.7, frozen=3)["encoder"]))


@pytest.mark.parametrize(
    ("layers", "options", "message"),
    [
        ((), {"decay": 0.5, "frozen": 0}, "names its layers"),
        (LAYERS, {"decay": 0.0, "frozen": 0}, r"layer_decay=0.0 is not in \(0, 1\]"),
        (LAYERS, {"decay": 1.0, "frozen": 4}, "frozen=4, but the encoder has 3 layers: stem, block0, block1"),
    ],
)
def test_what_does_not_fit_is_refused(layers, options, message):
    with pytest.raises(ValueError, match=message):
        by_layer(layers, **options)


def test_parameters_without_an_encoder_are_refused():
    with pytest.raises(ValueError, match=r"the parameters have .'generator'."):
        by_layer(LAYERS, decay=0.5, frozen=0).update({"generator": jnp.ones(2)}, ())


def test_an_optimiser_steps_each_layer_by_its_own_rate():
    """Adam's first step is the rate, whatever the gradient."""
    run = {"learning_rate": 0.1, "batch_size": 256, "steps": 10, "steps_per_epoch": 10, "eps": 1e-30}
    optimizer, _ = make_optimizer("adamw", **run, layers=LAYERS, layer_decay=0.5)
    tree = jax.tree.map(lambda x: x.reshape(1), params())
    updates, _ = optimizer.update(jax.tree.map(lambda x: 3 * x, tree), optimizer.init(tree), tree)
    np.testing.assert_allclose(updates["head"]["stem"], -0.1, rtol=1e-5)
    np.testing.assert_allclose(updates["encoder"]["blocks"]["block0"]["norm"], -0.025, rtol=1e-5)


SAME = ("resnet101", "resnet152", "vit_base", "vit_large", "wav2vec2_large")
"""Networks that are others with more layers, and take seconds to make."""


@pytest.mark.slow
@pytest.mark.parametrize("name", [pytest.param(x, marks=pytest.mark.long) if x in SAME else x for x in NETS])
def test_every_layer_a_network_names_has_parameters(name):
    small = {"dim": 8, "depth": 2, "heads": 2}
    needed = {
        "bert_base": {"vocabulary": 9},
        "domain_transformer": {**small, "patch": 8},
        "gpt2": {"vocabulary": 9},
        "lab_halves": {"half": {"name": "convnet"}},
        **{key: {"frame": {"name": "convnet"}} for key in OF_FRAMES},
        "per_patch": {"patch": 8, "stride": 8, "each": {"name": "convnet"}},
        "sequence_transformer": small,
        "text_transformer": {**small, "vocabulary": 9},
        "video_vit": {**small, "patch": 8},
        "vit": {**small, "patch": 8},
    }
    net = make_net(name, **needed.get(name, {}))
    of_time = jax.ShapeDtypeStruct((1, 4, 32, 32, 3), jnp.float32)
    examples = {
        **dict.fromkeys(("clip_convnet", "conv_lstm", *OF_FRAMES, "r2plus1d_18", "r3d_18"), of_time),
        **dict.fromkeys((name for name in NETS if name.startswith("video_vit")), of_time),
        **dict.fromkeys(("bert_base", "gpt2", "text_transformer"), jax.ShapeDtypeStruct((1, 7), jnp.int32)),
        "audio_cnn": jax.ShapeDtypeStruct((1, 64, 32, 1), jnp.float32),
        **dict.fromkeys(WAVES, jax.ShapeDtypeStruct((1, 2000, 2), jnp.float32)),
        "sequence_transformer": jax.ShapeDtypeStruct((1, 8, 3), jnp.float32),
    }
    example = examples.get(name, jax.ShapeDtypeStruct((1, 32, 32, 3), jnp.float32))
    shapes, _ = jax.eval_shape(net.init, jax.random.key(0), example)
    paths = [{part.key for part in path} for path, _ in jax.tree_util.tree_leaves_with_path(shapes)]
    assert net.layers and all(any(layer in path for path in paths) for layer in net.layers)
    of_none = [path for path in paths if not path & set(net.layers)]
    beside = {"token", "positions", *BESIDE.get(name, ())}
    assert all(path & beside for path in of_none)
