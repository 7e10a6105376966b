"""ShED's oracles."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.data.measurements import about
from jssl.data.source import Facts
from jssl.inputs.series import series
from jssl.methods.pretext.shed import cycle, shed
from jssl.nets.convnet import convnet
from jssl.nets.domain_transformer import domain_transformer
from tests.methods.toys import run

NET = domain_transformer(8, 1, 2, patch=2, hidden=16)
WALKS = np.random.default_rng(0).standard_normal((6, 40, 2)).cumsum(1).astype(np.float32)
INPUT = series(Facts(6, {"series": jax.ShapeDtypeStruct((40, 2), np.float32)}, about=about("series", WALKS)))
BATCH = {"series": jnp.asarray(WALKS)}


@pytest.mark.parametrize("length", [1, 2, 5, 7, 20, 40, 61, 100])
def test_so_many_move_and_each_to_another_place(length: int) -> None:
    keys = jax.random.split(jax.random.key(0), 20)
    taken = np.asarray(jax.vmap(lambda key: cycle(key, jnp.arange(64 if length < 60 else length) < length, 0.15))(keys))
    moved = taken != np.arange(taken.shape[1])[None]
    expected = 0 if length == 1 else max(-(-15 * length // 100), 2)
    np.testing.assert_array_equal(moved.sum(1), expected)  # ceil(0.15 length), none of which has stayed
    np.testing.assert_array_equal(np.sort(taken, axis=1), np.broadcast_to(np.arange(taken.shape[1]), taken.shape))
    assert not moved[:, length:].any()
    if expected:  # everywhere, and one cycle
        assert moved[:, :length].any(0).sum() > min(length, 4) - 1
        place = start = int(np.flatnonzero(moved[0])[0])
        for step in range(1, expected + 1):
            place = int(taken[0, place])
            assert (place == start) == (step == expected)


@pytest.fixture(scope="module")
def started() -> tuple:
    method = shed(NET, INPUT)
    params, extra = jax.jit(method.init)(jax.random.key(0), BATCH)
    return method, params, extra, method.views(jax.random.split(jax.random.key(1), 6), BATCH)


@pytest.mark.slow
def test_a_constant_says_the_entropy_of_its_share(started: tuple) -> None:
    """0.4227 nats; right for 85 % of the tokens, and for half of each kind."""
    method, params, extra, views = started
    constant = jax.tree.map(jnp.zeros_like, params["head"])
    constant["layers"]["layer0"]["bias"] = jnp.array([math.log(0.15 / 0.85)])
    said = {**params, "head": constant}
    value, (_, metrics) = run(method.loss, said, extra, views, jax.random.key(2), jnp.int32(0))
    assert float(value) == pytest.approx(0.4227, abs=1e-4) == float(metrics["constant"])
    assert float(metrics["accuracy"]) == pytest.approx(0.5)


@pytest.mark.slow
def test_the_loss_by_numpy(started: tuple) -> None:
    """Tokens are shuffled before places are told, and each is asked whether it has moved."""
    method, params, extra, views = started
    value, (_, metrics) = run(method.loss, params, extra, views, jax.random.key(2), jnp.int32(0))
    halves, stats = params["encoder"], extra["stats"]["encoder"]
    embedded = NET.parts["embed"].apply(halves["embed"], stats["embed"], views.x)[0]
    taken = [np.asarray(cycle(jax.random.wrap_key_data(seed), jnp.ones(20, bool), 0.15)) for seed in views.seed]
    shuffled = np.stack([tokens[order] for tokens, order in zip(np.asarray(embedded.tokens), taken, strict=True)])
    shuffled = embedded._replace(tokens=jnp.asarray(shuffled))
    y = NET.parts["encode"].tokens(halves["encode"], stats["encode"], shuffled)[0]
    layer = jax.tree.map(np.asarray, params["head"]["layers"]["layer0"])
    logits = (np.asarray(y) @ layer["kernel"] + layer["bias"][None, None])[..., 0]
    moved = np.stack(taken) != np.arange(20)[None]
    right = 1 / (1 + np.exp(np.where(moved, -logits, logits)))
    assert float(value) == pytest.approx(-np.log(right).mean(), rel=1e-4)
    told = (logits > 0) == moved
    assert float(metrics["accuracy"]) == pytest.approx((told[moved].mean() + told[~moved].mean()) / 2, rel=1e-5)


@pytest.mark.slow
def test_shows_what_was_found(started: tuple) -> None:
    method, params, extra, _ = started
    (column,) = method.show(params, extra, jax.random.split(jax.random.key(1), 6), BATCH).columns
    np.testing.assert_array_equal(column.figures, INPUT.figure({"series": WALKS}))
    assert all(" of 3 moved ones found" in said and " of 17 others" in said for said in column.captions)


def test_an_encoder_of_one_piece_is_refused() -> None:
    with pytest.raises(ValueError, match="between embedding and encoding"):
        shed(convnet(width=4, depth=2), INPUT)
