"""Every method of pictures looks no further than their extent, in its views and in its features."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import pytest

from tests.methods.cases import CASES, batch, build

SIDE = 24


def whole(case: str) -> dict[str, Any]:
    """The batch of a case on larger images, of which the pictures are a part."""
    own = {**batch(case, 0)["labelled"], "extent": jnp.full((24, 2), 16, jnp.int32)}
    own["image"] = jnp.pad(own["image"], ((0, 0), (0, SIDE - 16), (0, SIDE - 16), (0, 0)))
    return {**own, "labelled": own}


def reads(function: Callable, *arguments: Any) -> set[str]:
    """The names of the leaves of arguments that a function's program reads."""
    paths = jax.tree_util.tree_flatten_with_path(arguments)[0]
    jaxpr = jax.make_jaxpr(function)(*arguments).jaxpr
    used = {id(variable) for equation in jaxpr.eqns for variable in equation.invars}
    named = zip(paths, jaxpr.invars, strict=True)
    return {jax.tree_util.keystr(path) for (path, _), variable in named if id(variable) in used}


@pytest.mark.parametrize("case", sorted(case for case in CASES if CASES[case][1] == "image"))
def test_the_extent_is_read(case: str) -> None:
    method, given = build(case), whole(case)
    keys = jax.random.split(jax.random.key(0), 24)
    seen = reads(method.views, keys, given)
    assert {name.replace("image", "extent") for name in seen if "image" in name} <= seen
    params, extra = jax.eval_shape(method.init, keys[0], given)
    assert "[2]['extent']" in reads(method.embed, params, extra, given)
