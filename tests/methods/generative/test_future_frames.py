"""Future frames: what can be known is learnt, what cannot is the mean of what may come."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jssl.augment.clip.recipe import ClipRecipe
from jssl.augment.recipes import make_recipe
from jssl.losses.reconstruction import gradient_difference
from jssl.methods.generative.future_frames import future_frames
from jssl.nets.conv_lstm import conv_lstm
from jssl.nets.frames import as_channels, each_frame
from jssl.parallel import make_layout
from jssl.run.step import create_state, make_step
from tests.methods.toys import flat, loss_of

N, SEEN, HORIZON, SIDE = 8, 2, 2, 8
SMALL = make_recipe("plain", size=SIDE, crop=None, flip=0.0, mean=(0.0,), std=(1.0,))


def make(encoder=None, **options):
    encoder = encoder or conv_lstm(width=8, depth=1)
    return future_frames(encoder, ClipRecipe(SMALL, SEEN), horizon=HORIZON, width=8, **options)


def noise(n=N, t=SEEN + HORIZON):
    return np.random.default_rng(0).integers(0, 256, (n, t, SIDE, SIDE, 1), np.uint8)


def rolling():
    """A bar that goes on by a pixel from frame to frame, round and round."""
    clips = np.zeros((N, SEEN + HORIZON, SIDE, SIDE, 1), np.uint8)
    for i in range(N):
        for t in range(SEEN + HORIZON):
            clips[i, t, :, (i + t) % SIDE] = 255
    return clips


def start(method, clips=None):
    batch = {"clip": jnp.asarray(noise() if clips is None else clips)}
    params, extra = method.init(jax.random.key(0), batch)
    return params, extra, method.views(jax.random.split(jax.random.key(1), len(batch["clip"])), batch)


def trained(method, clips, steps, rate=2e-2):
    """The state after so many steps on the same clips, and the metrics of the last."""
    tx, layout = optax.adam(rate), make_layout(devices=jax.devices()[:1])
    batch = {"clip": clips, "index": np.arange(len(clips), dtype=np.int32)}
    state = create_state(method, tx, 0, jax.tree.map(lambda x: jax.ShapeDtypeStruct(x.shape, x.dtype), batch), layout)
    step = layout.compile(make_step(method, tx), state)
    for _ in range(steps):
        state, metrics = step(state, layout.feed(batch))
    return state, {name: float(x) for name, x in metrics.items()}


@pytest.mark.slow
def test_it_begins_at_a_copy_of_the_last_frame():
    params, extra, views = start(method := make(gradient=0.5))
    past, future = np.split(np.asarray(views), [SEEN], axis=1)
    copied = np.broadcast_to(past[:, -1:], future.shape)
    loss, (_, metrics) = loss_of(method, params, extra, views)
    errors = ((copied - future) ** 2).mean((0, 2, 3, 4))
    for k in range(HORIZON):
        np.testing.assert_allclose([metrics[f"error_{k + 1}"], metrics[f"copied_{k + 1}"]], [errors[k]] * 2, rtol=1e-5)
    expected = errors.mean() + 0.5 * gradient_difference(jnp.asarray(copied), jnp.asarray(future))
    np.testing.assert_allclose(loss, expected, rtol=1e-5)


@pytest.mark.slow
def test_nothing_to_come_is_seen():
    """With other futures the same is predicted: the errors differ by what the futures do, and by nothing else."""
    params, extra, views = start(method := make(gradient=0.0))
    params["forecaster"]["last"]["kernel"] += 0.3
    black = views.at[:, SEEN:].set(0.0)
    errors = [loss_of(method, params, extra, x)[1][1]["error_1"] for x in (views, black)]
    guess_squared, future = errors[1], views[:, SEEN]
    cross = (guess_squared + jnp.mean(future**2) - errors[0]) / 2
    again = loss_of(method, params, extra, views.at[:, SEEN:].multiply(-1.0))[1][1]["error_1"]
    np.testing.assert_allclose(again, guess_squared + jnp.mean(future**2) + 2 * cross, rtol=1e-4)


@pytest.mark.slow
def test_still_clips_cost_nothing_and_stay_so():
    still = np.repeat(noise()[:, :1], SEEN + HORIZON, axis=1)
    loss, _ = loss_of(method := make(), *start(method, still))
    np.testing.assert_allclose(loss, 0, atol=1e-12)


@pytest.mark.long
def test_even_motion_is_predicted():
    _, metrics = trained(make(gradient=0.0), rolling(), 150)
    assert metrics["copied_1"] > 0.2
    assert metrics["error_1"] < 0.02 * metrics["copied_1"] and metrics["error_2"] < 0.05 * metrics["copied_2"]


@pytest.mark.slow
def test_of_two_futures_the_mean_is_predicted():
    """The same past, and after it white or black: squared errors are least at grey, where they are 1/4."""
    clips = np.full((N, SEEN + HORIZON, SIDE, SIDE, 1), 51, np.uint8)
    clips[: N // 2, SEEN:], clips[N // 2 :, SEEN:] = 0, 255
    _, metrics = trained(make(gradient=0.0), clips, 80)
    np.testing.assert_allclose([metrics["error_1"], metrics["error_2"]], 0.25, atol=2e-3)
    np.testing.assert_allclose(metrics["copied_1"], (0.2**2 + 0.8**2) / 2, rtol=1e-5)


@pytest.mark.slow
def test_each_player_moves_by_its_own_loss():
    method = make(adversarial=0.1, gradient=0.0)
    params, extra, views = start(method)
    loss, (_, metrics) = loss_of(method, params, extra, views)
    errors = np.mean([metrics[f"error_{k + 1}"] for k in range(HORIZON)])
    np.testing.assert_allclose(loss, errors + 0.1 * metrics["generator"] + metrics["discriminator"], rtol=1e-5)
    alone = make(gradient=0.0)
    kept = {key: params[key] for key in ("encoder", "forecaster")}
    np.testing.assert_allclose(loss_of(alone, kept, extra, views)[0], errors, rtol=1e-5)


def test_a_discriminator_sees_frames_as_channels():
    film = jnp.asarray(noise(), jnp.float32)
    np.testing.assert_array_equal(as_channels(film)[..., 2], film[:, 2, ..., 0])
    with_colours = jnp.concatenate([film, film + 1, film + 2], axis=-1)
    np.testing.assert_array_equal(as_channels(with_colours)[..., 3:6], with_colours[:, 1])


@pytest.mark.slow
def test_shows_what_was_seen_what_came_and_what_was_predicted():
    method, clips = make(), rolling()
    params, extra, _ = start(method, clips)
    seen, came, predicted = method.show(params, extra, jax.random.split(jax.random.key(0), N), {"clip": clips}).columns
    assert seen.figures.shape == came.figures.shape == predicted.figures.shape == (N, SIDE, 2 * SIDE + 1, 1)
    last = seen.figures[:, :, SIDE + 1 :]
    for k in (0, SIDE + 1):  # nothing is painted yet
        np.testing.assert_allclose(predicted.figures[:, :, k : k + SIDE], last, atol=1e-6)
    assert came.captions[0].startswith("the last frame again 6.0 to 6.0 dB")  # a quarter of the pixels is wrong
    assert predicted.captions[0] == "PSNR 6.0 to 6.0 dB"


@pytest.mark.slow
def test_what_cannot_be_painted_is_refused():
    with pytest.raises(ValueError, match="this encoder has none: conv_lstm has"):
        make(each_frame(flat()))
    with pytest.raises(ValueError, match="a map of 9 places cannot be doubled to frames of 8 x 8 pixels"):
        start(make(conv_lstm(width=8, depth=1)._replace(tokens=_nine_places)))


def _nine_places(params, stats, x, **mode):
    return jnp.zeros((len(x), 9, 4)), stats
