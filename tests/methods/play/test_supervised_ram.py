"""Oracles of what is supervised by RAM."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.methods.play.supervised_ram import supervised_ram
from tests.methods.play.tabular import NEXT, RECIPE, batch, table
from tests.methods.toys import loss_of


@pytest.mark.slow
def test_the_bits_are_those_of_the_frame_that_is_seen():
    """A head that gives the bits of 3 and 128 for the state whose RAM has them, and the opposite for others."""
    method = supervised_ram(table(dim=1), RECIPE)
    example = jax.tree.map(jnp.asarray, batch(np.array([0, 1])))
    example["ram"] = jnp.array([[[3, 128], [7, 7]], [[252, 127], [7, 7]]], jnp.uint8)
    params, extra = method.init(jax.random.key(0), example)
    views = method.views(jax.random.split(jax.random.key(1), 2), example)
    np.testing.assert_array_equal(views.beside["ram"], [[3, 128], [252, 127]])
    blank = {**params, "head": jax.tree.map(jnp.zeros_like, params["head"])}
    np.testing.assert_allclose(loss_of(method, blank, extra, views)[0], np.log(2), rtol=1e-6)
    params["encoder"]["rows"] = jnp.zeros((len(NEXT), 1)).at[0].set(1).at[1].set(-1)
    signs = 20.0 * np.array([1, 1, -1, -1, -1, -1, -1, -1, *[-1] * 7, 1], np.float32)
    params["head"]["layers"]["layer0"]["kernel"] = jnp.asarray(signs)[None]
    loss, (_, metrics) = loss_of(method, params, extra, views)
    assert loss < 1e-6 and metrics["accuracy"] == 1
