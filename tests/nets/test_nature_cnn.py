"""DQN's network."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.nets.frames import as_channels
from jssl.nets.nature_cnn import nature_cnn


@pytest.mark.slow
def test_shapes_and_places_of_84_pixels(rng):
    net = nature_cnn(widths=(4, 6, 5), features=7)
    clips = jnp.asarray(rng.normal(size=(2, 3, 84, 84, 1)), jnp.float32)
    params, stats = net.init(jax.random.key(0), clips)
    assert params["convs"]["layer0"]["kernel"].shape == (8 * 8 * 3, 4), "frames are channels"
    z, _ = net.tokens(params, stats, clips)
    h, _ = net.apply(params, stats, clips)
    assert z.shape == (2, 49, 5) and h.shape == (2, 7) and z.dtype == h.dtype == jnp.float32
    expected = z.reshape(2, -1) @ params["last"]["kernel"] + params["last"]["bias"][None]
    np.testing.assert_allclose(h, expected, rtol=1e-4, atol=1e-5)


def test_frames_become_channels_in_their_order(rng):
    clips = rng.normal(size=(2, 3, 4, 5, 2))
    stacked = np.asarray(as_channels(jnp.asarray(clips)))
    for t in range(3):
        np.testing.assert_allclose(stacked[..., 2 * t : 2 * t + 2], clips[:, t], rtol=1e-6)
    assert as_channels(pictures := jnp.ones((2, 4, 5, 3))) is pictures


def test_too_small_pictures_are_refused():
    with pytest.raises(ValueError, match="takes 36 pixels or more"):
        nature_cnn(size=32)
