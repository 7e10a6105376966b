"""Negatives of the same example at another time: what is seen and heard of a moment belongs to it."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl import parallel
from jssl.methods.crossmodal.correspondence import correspondence
from jssl.methods.crossmodal.moments import FIRST, MIDDLE, SECOND, both_halves, half, other_moment, together_in_rows
from jssl.nets.sequence import perceptron
from tests.methods.crossmodal.vectors import plain
from tests.methods.senses import image_sound
from tests.methods.toys import run

SENSES = {key: plain(key) for key in ("series", "sound")}
TIME = {
    "series": jnp.broadcast_to(jnp.arange(9.0)[None, :, None] / 9, (3, 9, 2)),
    "sound": jnp.broadcast_to(jnp.arange(90.0)[None] / 90, (3, 90)),
}
"""What is seen and what is heard is the time."""


@pytest.mark.parametrize("second", [False, True])
def test_what_goes_together_is_of_the_same_time(second: bool) -> None:
    """Positives overlap in time, which those of a well-known implementation did not have to."""
    cut = half(TIME, SENSES, SECOND if second else FIRST)
    seen, heard = cut["series"][0, :, 0], cut["sound"][0]
    assert len(seen) == 4 and len(heard) == 45
    step = 1 / 9
    assert heard[0] - step <= seen[0] <= heard[-1] and heard[0] <= seen[-1] + step <= heard[-1] + 2 * step
    other = half(TIME, SENSES, FIRST if second else SECOND)["sound"][0]
    assert not set(np.asarray(heard).tolist()) & set(np.asarray(other).tolist())


def test_a_sound_that_ends_in_one_half_is_as_long_there() -> None:
    batch = {**TIME, "length": jnp.array([90, 60, 20])}
    lengths = [half(batch, SENSES, place)["length"].tolist() for place in (FIRST, MIDDLE, SECOND)]
    assert lengths == [[45, 45, 20], [45, 38, 0], [45, 15, 0]]


@pytest.mark.slow
def test_both_halves_side_by_side_and_each_with_the_other() -> None:
    views = both_halves(lambda keys, batch: {key: batch[key] for key in SENSES}, SENSES)
    drawn = views(jax.random.split(jax.random.key(0), 3), TIME)
    assert drawn["sound"].shape == (3, 2, 45)
    rows = together_in_rows(drawn["sound"] + jnp.arange(3.0)[:, None, None])
    np.testing.assert_allclose(rows[:, 0], [0, 0.5, 1, 1.5, 2, 2.5])
    np.testing.assert_allclose(other_moment(rows)[:, 0], [0.5, 0, 1.5, 1, 2.5, 2])


@pytest.mark.slow
def test_the_loss_by_hand() -> None:
    """The sight of each half with its own sound, and with the other half's."""
    nets = {key: perceptron((3,)) for key in SENSES}
    method = correspondence(nets, SENSES, hidden=(), negatives="same")
    rng = np.random.default_rng(0)
    batch = {"series": rng.standard_normal((4, 6, 2)), "sound": rng.standard_normal((4, 10))}
    batch = jax.tree.map(lambda x: jnp.asarray(x, jnp.float32), batch)
    # Towers are as wide as half of an example.
    params, extra = method.init(jax.random.key(0), batch)
    views = method.views(jax.random.split(jax.random.key(1), 4), batch)
    value, _ = run(method.loss, params, extra, views, jax.random.key(2), jnp.int32(0))
    h = {}
    for key in SENSES:
        x = together_in_rows(views[key])
        h[key] = np.asarray(nets[key].apply(params["towers"][key], extra["stats"][key], x)[0])
    layer = jax.tree.map(np.asarray, params["head"]["layers"]["layer0"])

    def logit(seen: np.ndarray, heard: np.ndarray) -> np.ndarray:
        y = np.concatenate([seen, heard], 1) @ layer["kernel"] + layer["bias"][None]
        return y[:, 1] - y[:, 0]

    swapped = h["sound"].reshape(4, 2, 3)[:, ::-1].reshape(8, 3)
    together, apart = logit(h["series"], h["sound"]), logit(h["series"], swapped)
    expected = (np.log1p(np.exp(-together)).mean() + np.log1p(np.exp(apart)).mean()) / 2
    assert float(value) == pytest.approx(expected, rel=1e-4)


@pytest.mark.slow
def test_eight_devices_give_the_one_device_loss() -> None:
    nets = {key: perceptron((3,)) for key in SENSES}
    method = correspondence(nets, SENSES, hidden=(4,), negatives="same")
    rng = np.random.default_rng(0)
    batch = {"series": rng.standard_normal((8, 6, 2)), "sound": rng.standard_normal((8, 10))}
    batch = jax.tree.map(lambda x: jnp.asarray(x, jnp.float32), batch)
    params, extra = method.init(jax.random.key(0), batch)
    views, losses = method.views(jax.random.split(jax.random.key(1), 8), batch), []

    def loss(views: dict[str, jax.Array]) -> jax.Array:
        return parallel.pmean(method.loss(params, extra, views, jax.random.key(2), jnp.int32(0))[0])

    for devices in (1, 8):
        mesh = parallel.make_layout(devices=jax.devices()[:devices]).mesh
        spmd = jax.shard_map(loss, mesh=mesh, in_specs=jax.P("data"), out_specs=jax.P(), check_vma=False)
        losses.append(float(jax.jit(spmd)(views)))
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)


def test_clips_too_short_for_two_moments_are_refused() -> None:
    sense = image_sound.MOVING
    method = correspondence(sense.encoder("sync"), sense.inputs(), negatives="same")
    with pytest.raises(ValueError, match="cuts clips of 9 frames in two, and a view of one spans 7"):
        jax.eval_shape(method.init, jax.random.key(0), jax.tree.map(jnp.asarray, sense.batch(0)))


@pytest.mark.slow
def test_what_is_embedded_is_the_half_in_the_middle() -> None:
    nets = {key: perceptron((3,)) for key in SENSES}
    method = correspondence(nets, SENSES, hidden=(4,), negatives="same")
    batch = {"series": jnp.ones((4, 8, 2)), "sound": jnp.ones((4, 40))}
    params, extra = method.init(jax.random.key(0), batch)
    features = method.embed(params, extra, batch)
    assert features.shape == (4, 6)
    outside = {
        "series": batch["series"].at[:, jnp.array([0, 1, 6, 7])].set(5),
        "sound": batch["sound"].at[:, 30:].set(5),
    }
    np.testing.assert_array_equal(method.embed(params, extra, outside), features)
    inside = {**batch, "sound": batch["sound"].at[:, 29].set(5)}
    changed = np.abs(method.embed(params, extra, inside) - features).max(0) > 0
    assert not changed[:3].any() and changed[3:].any()
