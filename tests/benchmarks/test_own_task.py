"""What the controls of a run's own task take away."""

import numpy as np
import pytest

from benchmarks.own_task import controlled, reencoded
from jssl.errors import ConfigError


def test_controls(rng):
    clip, sound = rng.integers(0, 256, (3, 5, 8, 8, 1), np.uint8), rng.normal(size=(3, 50)).astype(np.float32)
    batch = {"clip": clip, "sound": sound}
    assert controlled(batch, "none", rng) is batch
    still = controlled(batch, "constant", rng)
    assert (still["clip"] == clip[:, :1]).all() and still["clip"].shape == clip.shape and still["sound"] is sound
    noise = controlled(batch, "noise", rng)
    for name, x in batch.items():
        assert noise[name].shape == x.shape and noise[name].dtype == x.dtype
        assert abs(np.corrcoef(noise[name].ravel(), x.ravel())[0, 1]) < 0.2
    assert noise["clip"].min() < 8 and noise["clip"].max() > 247
    with pytest.raises(ConfigError, match="constant is of clips, and the data has sound"):
        controlled({"sound": sound}, "constant", rng)


@pytest.mark.parametrize("channels", [1, 3])
def test_a_codec_writes_clips_from_their_end(channels, rng):
    """Frames keep their places, and the one that is written whole, and best, is the last."""
    clip = rng.integers(60, 120, (2, 6, 32, 32, channels)).astype(np.uint8)
    clip[:, 3:] += 100
    read = reencoded(clip)
    assert read.shape == clip.shape and read.dtype == np.uint8
    levels = read.astype(int).mean((0, 2, 3, 4))
    np.testing.assert_allclose(levels, clip.astype(int).mean((0, 2, 3, 4)), atol=12)
    error = np.abs(read.astype(int) - clip).mean((0, 2, 3, 4))
    assert error[-1] < error[:-1].min()
