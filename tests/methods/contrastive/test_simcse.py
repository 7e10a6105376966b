"""SimCSE (arXiv:2104.08821): SimCLR on copies of a text, which dropout alone tells apart."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.augment.text.recipes import make_text_recipe
from jssl.inputs.text import texts
from jssl.methods.contrastive.simclr import simclr
from tests.methods.senses.tokens import LENGTH, TOKENIZER, batch, encoder
from tests.methods.toys import run


def distance(dropout: float) -> float:
    """Between the two views' embeddings."""
    copies = texts(make_text_recipe("copies"), TOKENIZER, LENGTH)
    method = simclr(encoder(dropout=dropout), copies, projector=(8,))
    toys = jax.tree.map(jnp.asarray, batch(0))
    params, extra = jax.jit(method.init)(jax.random.key(0), toys)
    first, second = views = method.views(jax.random.split(jax.random.key(1), len(toys["index"])), toys)
    np.testing.assert_array_equal(first, second)
    metrics = run(method.loss, params, extra, views, jax.random.key(2), jnp.int32(0))[1][1]
    return float(metrics["view_distance"])


@pytest.mark.slow
def test_dropout_tells_the_two_views_apart_and_nothing_else_does():
    assert distance(0.1) > 1e-3
    assert distance(0.0) < 1e-9
