"""Weights of torchvision, timm and transformers give the same features here, and go back to the bit."""

import json
from functools import partial
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.convert import timm_vit
from jssl.convert.names import give
from jssl.convert.origins import Weights, fit, hugging_face, resolved
from jssl.nets import make_net

FIXTURES = Path(__file__).parents[1] / "fixtures"
ABOUT = json.loads((FIXTURES / "weights.json").read_text())


def script(name: str) -> Any:
    spec = spec_from_file_location(name, FIXTURES / f"{name}.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def recorded() -> dict[str, np.ndarray]:
    with np.load(FIXTURES / "weights.npz") as file:
        return dict(file)


def weights_of(name: str) -> Weights:
    seeded = script("record_peer_nets").seeded
    about = ABOUT[name]
    tensors = {key: seeded(key, tuple(shape)) for key, shape in about["shapes"].items()}
    if "config" in about:
        return hugging_face(name, about["config"], tensors, Path())
    config = {"architecture": about["architecture"], "model_args": about["arguments"]}
    config["pretrained_cfg"] = {"input_size": [3, 16, 16]}
    return Weights(
        name, tensors, timm_vit.encoder(tensors, config), partial(timm_vit.names, tensors=tensors), {}, Path()
    )


def network(weights: Weights, x: jax.Array) -> tuple[Any, Any, Any]:
    net = make_net(**weights.encoder)
    taken = fit(weights, weights.encoder, *jax.eval_shape(net.init, jax.random.key(0), x))
    return net, taken.params, taken.stats


@pytest.mark.parametrize("name", ABOUT)
def test_features_equal_the_origin_s_and_weights_go_back_to_the_bit(name, recorded) -> None:
    weights, made = weights_of(name), script("record_weights")
    x = jnp.asarray(made.words() if name == "hf bert" else made.pictures())
    net, params, stats = network(weights, x)
    apply = jax.jit(net.apply)
    np.testing.assert_allclose(apply(params, stats, x)[0], recorded[f"{name}/y"], atol=1e-5, rtol=1e-4)
    if f"{name}/wide" in recorded:
        wide = jnp.asarray(made.pictures(24, 12))
        np.testing.assert_allclose(apply(params, stats, wide)[0], recorded[f"{name}/wide"], atol=1e-5, rtol=1e-4)
    names = weights.names(resolved(weights.encoder))
    back = give(names, params, stats)
    left = {key for key in weights.tensors if key.split(".")[0] == "pooler" or key.endswith("mask_token")}
    assert set(back) == {key for key, value in weights.tensors.items() if value.size} - left
    for key, value in back.items():
        np.testing.assert_array_equal(value, weights.tensors[key], err_msg=key)
