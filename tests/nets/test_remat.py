"""Blocks that are computed again: the same gradients and statistics, and less memory."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.nets import make_net
from jssl.parallel import make_layout

CASES = {
    "resnet18": ({"width": 8, "stem": "cifar"}, (8, 16, 16, 3)),
    "vit": ({"dim": 16, "depth": 3, "heads": 2, "patch": 4, "image_size": 16, "drop_path": 0.3}, (8, 16, 16, 3)),
    "video_vit": ({"dim": 16, "depth": 2, "heads": 2, "patch": 4}, (4, 4, 16, 16, 3)),
    "text_transformer": ({"dim": 16, "depth": 3, "heads": 2, "vocabulary": 20, "dropout": 0.2}, (8, 12)),
}


def loss_of(name: str, *, remat: bool):
    """A function of parameters and statistics to a loss, and the new statistics; and what it takes."""
    options, shape = CASES[name]
    net, words = make_net(name, **options, remat=remat), name == "text_transformer"
    key = jax.random.key(1)
    x = jax.random.randint(key, shape, 0, 20) if words else jax.random.normal(key, shape)

    def loss(params, stats):
        y, moved = net.apply(params, stats, x, key=jax.random.key(2), train=True)
        return jnp.sum(jnp.sin(y)), moved

    return loss, net.init(jax.random.key(0), x)


def on_a_device(function):
    """Where the device axis is bound, as in a step."""
    return jax.jit(make_layout(devices=jax.devices()[:1]).spread(function, [False, False]))


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_gradients_and_statistics_stay_the_same(name) -> None:
    (plain, given), (again, _) = (loss_of(name, remat=remat) for remat in (False, True))
    found = [on_a_device(jax.value_and_grad(loss, has_aux=True))(*given) for loss in (again, plain)]
    jax.tree.map(partial(np.testing.assert_allclose, rtol=1e-4, atol=1e-5), *found)


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_less_is_kept_for_the_backward_pass(name) -> None:
    kept = {}
    for remat in (False, True):
        loss, given = loss_of(name, remat=remat)
        backward = partial(lambda loss, *given: jax.vjp(loss, *given, has_aux=True)[1], loss)
        residuals = jax.tree.leaves(jax.eval_shape(on_a_device(backward), *given))
        kept[remat] = sum(x.size * x.dtype.itemsize for x in residuals)
    assert kept[True] < 0.5 * kept[False]
