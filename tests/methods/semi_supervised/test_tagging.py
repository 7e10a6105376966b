"""Tags of words: what is asked, and of which tokens."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.augment.text.recipes import make_text_recipe
from jssl.inputs.text import texts
from jssl.methods.semi_supervised.tagging import tagging
from tests.methods.senses.tokens import LENGTH, TOKENIZER, batch, encoder
from tests.methods.toys import flat, run


@pytest.mark.slow
def test_only_tokens_with_a_tag_count_and_at_first_all_tags_are_alike():
    tokens = texts(make_text_recipe("plain"), TOKENIZER, LENGTH)
    method = tagging(encoder(), tokens, tags=("a", "b", "c", "d"))
    toys = jax.tree.map(jnp.asarray, batch(0))
    params, extra = jax.jit(method.init)(jax.random.key(0), toys)
    params["head"] = jax.tree.map(jnp.zeros_like, params["head"])
    x, tag = method.views(jax.random.split(jax.random.key(1), len(toys["index"])), toys)
    value, (_, metrics) = run(method.loss, params, extra, (x, tag), jax.random.key(2), jnp.int32(0))
    np.testing.assert_allclose(value, np.log(4), rtol=1e-5)
    np.testing.assert_allclose(metrics["tag_accuracy"], (tag[tag >= 0] == 0).mean(), rtol=1e-6)
    few = jnp.where(jnp.arange(LENGTH)[None] == 2, tag, -1)
    (_, (_, metrics)) = run(method.loss, params, extra, (x, few), jax.random.key(2), jnp.int32(0))
    np.testing.assert_allclose(metrics["tag_accuracy"], (few[few >= 0] == 0).mean(), rtol=1e-6)
    nats, count = jax.jit(method.score)(params, extra, jax.random.split(jax.random.key(0), len(x)), toys)
    np.testing.assert_array_equal(count, (tag >= 0).sum(1))
    assert np.isfinite(nats).all() and method.predict(params, extra, toys).shape == (len(x), LENGTH, 4)
    assert method.embed(params, extra, toys).shape == (len(x), 16)


def test_an_encoder_of_pictures_is_refused():
    with pytest.raises(ValueError, match="must be text_transformer"):
        tagging(flat(), None, tags=("a", "b"))
