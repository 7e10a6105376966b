"""One transformer for every kind of input: what is embedded, and where places are told."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.nets import make_net
from jssl.nets.domain_transformer import Embedded, domain_transformer, pieces
from jssl.nets.vit import patchify

SMALL = {"dim": 8, "depth": 1, "heads": 2, "hidden": 16}
WORDS = jnp.array([[3, 1, 4, 1, -1, -1], [2, 7, 1, 8, 2, 8]])


def given(kind: str) -> jax.Array:
    shapes = {"picture": (2, 8, 12, 3), "spectrogram": (2, 16, 8, 1), "series": (2, 20, 3), "table": (2, 5)}
    return WORDS if kind == "text" else jax.random.normal(jax.random.key(3), shapes[kind])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "count"), [("picture", 6), ("spectrogram", 8), ("series", 5), ("table", 5), ("text", 6)]
)
def test_every_domain_becomes_tokens_and_then_all_is_the_same(kind: str, count: int) -> None:
    net, x = domain_transformer(**SMALL, vocabulary=9), given(kind)
    params, stats = net.init(jax.random.key(0), x)
    features, tokens = net.apply(params, stats, x)[0], net.tokens(params, stats, x)[0]
    assert features.shape == (2, 8) and features.dtype == jnp.float32 and tokens.shape == (2, count, 8)
    there = np.asarray(x) >= 0 if kind == "text" else np.ones((2, count), bool)
    mean = (np.asarray(tokens) * there[:, :, None]).sum(1) / there.sum(1, keepdims=True)
    np.testing.assert_allclose(features, mean, atol=1e-5)
    of_blocks = jax.tree.map(jnp.shape, params["encode"]["blocks"])
    other = domain_transformer(**SMALL).init(jax.random.key(0), given("table"))[0]
    assert of_blocks == jax.tree.map(jnp.shape, other["encode"]["blocks"])


@pytest.mark.slow
def test_embeddings_by_hand() -> None:
    net = domain_transformer(**SMALL, vocabulary=9)
    for kind in ("picture", "series", "table", "text"):
        x = given(kind)
        params, stats = net.init(jax.random.key(0), x)
        embedded = net.parts["embed"].apply(params["embed"], stats["embed"], x)[0]
        own = jax.tree.map(np.asarray, params["embed"]["embed"])
        if kind == "text":
            expected = np.where(np.asarray(x)[:, :, None] >= 0, own["embedding"][np.asarray(x)], 0)
        elif kind == "table":
            expected = np.asarray(x)[:, :, None] * own["kernel"][None] + own["bias"][None]
        else:
            cut = patchify(x, 4) if kind == "picture" else x.reshape(2, 5, 12)
            expected = np.asarray(cut) @ own["kernel"] + own["bias"][None, None]
        np.testing.assert_allclose(embedded.tokens, expected, atol=1e-5)
        assert (np.asarray(embedded.there) == (np.asarray(x) >= 0 if kind == "text" else True)).all()


@pytest.mark.slow
def test_places_are_told_after_the_embedding() -> None:
    """So that what mixes or shuffles embeddings moves no place."""
    net, x = domain_transformer(**SMALL), given("series")
    params, stats = net.init(jax.random.key(0), x)
    embed, encode = net.parts["embed"], net.parts["encode"]
    embedded = embed.apply(params["embed"], stats["embed"], x)[0]
    assert "positions" not in params["embed"] and params["encode"]["positions"].shape == (5, 8)
    turned = Embedded(embedded.tokens[:, ::-1], embedded.there)
    nowhere = {**params["encode"], "positions": jnp.zeros((5, 8))}
    first, second = (encode.apply(nowhere, stats["encode"], y)[0] for y in (embedded, turned))
    np.testing.assert_allclose(first, second, atol=1e-5)  # a set of tokens has no order
    first, second = (encode.apply(params["encode"], stats["encode"], y)[0] for y in (embedded, turned))
    assert np.abs(first - second).max() > 1e-4
    placed = Embedded(embedded.tokens + params["encode"]["positions"][None], embedded.there)
    np.testing.assert_allclose(encode.apply(nowhere, stats["encode"], placed)[0], first, atol=1e-5)


@pytest.mark.slow
def test_what_is_not_there_changes_nothing() -> None:
    net = domain_transformer(**SMALL, vocabulary=9)
    params, stats = net.init(jax.random.key(0), WORDS)
    short = net.apply(params, stats, WORDS[:1, :4])[0]
    np.testing.assert_allclose(net.apply(params, stats, WORDS)[0][:1], short, atol=1e-5)
    assert np.isfinite(net.apply(params, stats, jnp.full((1, 6), -1))[0]).all()


@pytest.mark.slow
def test_dropout_needs_a_key_and_training() -> None:
    net, x = domain_transformer(**SMALL, dropout=0.5), given("table")
    params, stats = net.init(jax.random.key(0), x)
    np.testing.assert_array_equal(net.apply(params, stats, x)[0], net.apply(params, stats, x, key=jax.random.key(1))[0])


def test_refusals() -> None:
    with pytest.raises(ValueError, match="20 steps do not divide into segments of 3"):
        pieces(given("series"), 3)
    with pytest.raises(ValueError, match="neither a picture"):
        pieces(jnp.zeros((2, 3, 4, 4, 1)), 2)
    with pytest.raises(ValueError, match="vocabulary"):
        domain_transformer(**SMALL).init(jax.random.key(0), WORDS)
    with pytest.raises(ValueError, match="over 3 heads"):
        make_net("domain_transformer", dim=8, depth=1, heads=3)
    net = domain_transformer(**SMALL)
    params, stats = net.init(jax.random.key(0), given("series")[:, :8])
    with pytest.raises(ValueError, match="5 tokens are more than the 2"):
        net.apply(params, stats, given("series"))
