import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.augment.views import make_recipe
from jssl.inputs.image import pictures
from jssl.methods.parts.views import labelled_keys, random_views


def test_a_method_of_two_views_refuses_a_multi_crop():
    crops = pictures(make_recipe("multi_crop", size=16, local_views=2))
    with pytest.raises(ValueError, match=r"it compares 2 views, and config\.augment's recipe has 4"):
        random_views(crops, 2)
    random_views(crops)


def test_keys_of_labelled_examples_do_not_depend_on_the_device_count():
    keys = jax.random.split(jax.random.key(0), 12)
    whole = labelled_keys(keys, {"labelled": {"index": jnp.zeros(4)}})
    shares = [labelled_keys(keys[i : i + 6], {"labelled": {"index": jnp.zeros(2)}}) for i in (0, 6)]
    np.testing.assert_array_equal(jax.random.key_data(whole), jax.random.key_data(jnp.concatenate(shares)))
    everyone = jax.random.key_data(jnp.concatenate([keys, whole]))
    assert len(np.unique(everyone, axis=0)) == 16
