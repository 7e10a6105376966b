from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.nets.mae_decoder import mae_decoder
from jssl.nets.positions import sincos

SIDE, DIM = 3, 8
positions = partial(sincos, SIDE, SIDE, side=SIDE)
KEEP = jnp.array([[7, 0, 4], [2, 8, 1]])


@pytest.mark.slow
@pytest.mark.parametrize("class_tokens", [0, 1])
def test_tokens_go_back_to_their_places_and_the_mask_token_to_the_others(
    class_tokens: int, rng: np.random.Generator
) -> None:
    # Without blocks and with maps that change nothing, every place shows the norm of what was put there.
    net = mae_decoder(DIM, 0, 2, positions=positions, pixels=DIM)
    tokens = rng.normal(size=(2, class_tokens + 3, DIM)).astype(np.float32)
    params, stats = net.init(jax.random.key(0), tokens)
    mask = np.asarray(params["mask"])
    for name in ("embed", "predict"):
        params[name] = {"kernel": jnp.eye(DIM), "bias": jnp.zeros(DIM)}
    placed = np.tile(mask, (2, SIDE**2, 1))
    for i in range(2):
        for j in range(3):
            placed[i, KEEP[i, j]] = tokens[i, class_tokens + j]
    placed = placed + np.asarray(positions(DIM))
    normed = (placed - placed.mean(-1, keepdims=True)) / np.sqrt(placed.var(-1, keepdims=True) + 1e-6)
    np.testing.assert_allclose(net.apply(params, stats, tokens, keep=KEEP)[0], normed, atol=1e-5)


@pytest.mark.slow
def test_the_order_of_the_kept_patches_says_nothing_but_their_places_do(rng: np.random.Generator) -> None:
    net = mae_decoder(DIM, 1, 2, positions=positions, pixels=5)
    tokens = jnp.asarray(rng.normal(size=(2, 4, DIM)), jnp.float32)
    params, stats = net.init(jax.random.key(0), tokens)
    apply = jax.jit(net.apply)
    painted, _ = apply(params, stats, tokens, keep=KEEP)
    assert painted.shape == (2, 9, 5)
    shuffled = tokens[:, jnp.array([0, 3, 1, 2])]
    np.testing.assert_allclose(
        apply(params, stats, shuffled, keep=KEEP[:, jnp.array([2, 0, 1])])[0], painted, atol=1e-5
    )
    assert np.abs(apply(params, stats, shuffled, keep=KEEP)[0] - painted).max() > 1e-3


@pytest.mark.parametrize(("dim", "heads"), [(12, 5), (6, 2)])
def test_a_width_that_does_not_divide_is_refused(dim: int, heads: int) -> None:
    with pytest.raises(ValueError, match=f"a decoder's dim={dim} must divide by its {heads} heads and by 4"):
        mae_decoder(dim, 1, heads, positions=positions, pixels=5)
