"""Oracles of the context encoder."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from configs.context_encoder_mnist5k import get_config
from jssl.data.source import Facts, picture_spec
from jssl.losses.adversarial import discriminator_loss, generator_loss
from jssl.methods.generative.context_encoder import context_encoder
from jssl.nets.decoder import decoder
from jssl.nets.discriminator import discriminator
from jssl.nets.net import chain
from jssl.optim.optimizers import make_optimizer
from jssl.parallel import make_layout
from jssl.run.build import build
from jssl.run.step import create_state, make_step
from tests.methods.toys import SIZE, N, batch, constant, flat, loss_of, recipe, run, start

# The central 6 of 12 pixels are painted, of which the outermost are seen.
SQUARE, HOLE = slice(3, 9), slice(4, 8)


def make(encoder=None, **options):
    return context_encoder(encoder or flat(), recipe(), **{"overlap": 1, "width": 2, **options})


def blank(params):
    """With a decoder that paints the mean colour, and a discriminator that can't tell."""
    params["decoder"]["ups"]["layer0"]["conv"]["kernel"] *= 0
    params.get("discriminator", {"last": {"kernel": 0}})["last"]["kernel"] *= 0
    return params


def spy():
    """An encoder whose statistics are the pictures that it saw."""

    def apply(params, stats, x, **_):
        return flat().apply(params, {}, x)[0], {"seen": x}

    return flat()._replace(init=lambda key, x: (flat().init(key, x)[0], {"seen": x}), apply=apply)


@pytest.mark.slow
def test_the_mean_colour_costs_the_variance_and_ten_times_as_much_in_the_overlap():
    params, extra, (images, holes) = start(method := make(reconstruction=0.5, adversarial=0.0))
    loss, (_, metrics) = loss_of(method, blank(params), extra, (images, holes))
    weight = np.full((N, 6, 6, 1), 10.0)
    weight[:, 1:5, 1:5] = 1.0
    np.testing.assert_allclose(loss, 0.5 * np.mean(weight * images[:, SQUARE, SQUARE] ** 2), rtol=1e-5)
    np.testing.assert_allclose(metrics["hole_error"], np.mean(np.square(images[:, HOLE, HOLE])), rtol=1e-5)


@pytest.mark.slow
def test_a_discriminator_that_cannot_tell_is_wrong_half_the_time():
    params, extra, views = start(method := make(reconstruction=0.0, adversarial=1.0))
    loss, (_, metrics) = loss_of(method, blank(params), extra, views)
    np.testing.assert_allclose([metrics["discriminator"], metrics["generator"], loss / 2], np.log(2), rtol=1e-5)


@pytest.mark.slow
def test_each_player_gets_the_gradient_of_its_own_loss_alone():
    params, extra, (images, holes) = start(method := make(reconstruction=0.7, adversarial=0.3))
    whole = run(jax.grad(lambda p: method.loss(p, extra, (images, holes), jax.random.key(2), jnp.int32(0))[0]), params)
    generator, judge = chain(encoder=flat(), decoder=decoder(6, 3, width=2)), discriminator(6, width=2)
    real, stats = images[:, SQUARE, SQUARE], extra["stats"]
    weight = jnp.full((1, 6, 6, 1), 10.0).at[:, 1:5, 1:5].set(1.0)

    def logits(d, pictures):
        return judge.apply(d, stats["discriminator"], pictures, train=True)[0]

    def paint(g):
        return generator.apply(g, stats, jnp.where(holes, 0.0, images), train=True)[0]

    def generators(g, d):
        return 0.7 * jnp.mean(weight * (paint(g) - real) ** 2) + 0.3 * generator_loss(logits(d, paint(g)))

    def discriminators(d, fake):
        return discriminator_loss(logits(d, real), logits(d, fake))

    d = params["discriminator"]
    g = {name: params[name] for name in ("encoder", "decoder")}
    by_g = run(jax.grad(generators), g, d)
    by_d = run(lambda d, g: jax.grad(discriminators)(d, paint(g)), d, g)
    compare = lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-6)  # noqa: E731
    jax.tree.map(compare, whole, {**by_g, "discriminator": by_d})
    assert all(np.asarray(leaf).any() for leaf in jax.tree.leaves((by_g["encoder"], by_d["last"])))


@pytest.mark.slow
def test_the_joint_loss_without_the_players_is_l2():
    joint, l2 = make(), make(adversarial=0.0)
    params, extra, views = start(joint)
    value, (_, metrics) = loss_of(joint, params, extra, views)
    assert "discriminator" not in start(l2)[0]
    players = 0.001 * metrics["generator"] + metrics["discriminator"]
    np.testing.assert_allclose(loss_of(l2, params, extra, views)[0], value - players, rtol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("region", ["center", "blocks"])
def test_hidden_pixels_never_reach_the_encoder_and_the_others_do_untouched(region):
    params, extra, (images, holes) = start(method := make(spy(), region=region))
    seen = loss_of(method, params, extra, (images, holes))[1][0]["stats"]["encoder"]["seen"]
    np.testing.assert_array_equal(seen, jnp.where(holes, 0.0, images))
    other = loss_of(method, params, extra, (jnp.where(holes, 9.0, images), holes))[1][0]
    np.testing.assert_array_equal(seen, other["stats"]["encoder"]["seen"])


@pytest.mark.slow
@pytest.mark.parametrize("region", ["center", "blocks"])
def test_nothing_is_asked_nor_judged_away_from_the_hole(region):
    params, extra, (images, holes) = start(method := make(constant(), region=region, overlap=0))
    value, _ = loss_of(method, params, extra, (images, holes))
    away = loss_of(method, params, extra, (jnp.where(holes, images, 5.0), holes))[0]
    np.testing.assert_array_equal(value, away)
    assert abs(loss_of(method, params, extra, (jnp.where(holes, 5.0, images), holes))[0] - value) > 0.1


@pytest.mark.slow
def test_blocks_are_drawn_for_each_picture():
    *_, (_, holes) = start(make(region="blocks"))
    assert len({hole.tobytes() for hole in np.asarray(holes)}) > N / 2


@pytest.mark.slow
def test_what_it_shows_differs_from_the_truth_in_the_hole_alone():
    method, images = make(), batch()["image"]
    params, extra, _ = start(method)
    keys = jax.random.split(jax.random.key(1), N)
    hidden, inpainted, truth = method.show(params, extra, keys, {"image": images}).columns
    np.testing.assert_allclose(truth.figures, images / 255, atol=1e-6)
    different = np.abs(inpainted.figures - truth.figures).max((0, 3)) > 1e-5
    assert different[HOLE, HOLE].all() and different.sum() == 16
    mean = np.broadcast_to(recipe().mean, (N, 4, 4, 3))
    np.testing.assert_allclose(hidden.figures[:, HOLE, HOLE], mean, atol=1e-6)
    changed = method.show(params, extra, keys, {"image": images.at[:, HOLE, HOLE].set(200)}).columns[1]
    np.testing.assert_array_equal(changed.figures, inpainted.figures)
    error = np.mean((inpainted.figures - truth.figures)[0, HOLE, HOLE] ** 2)
    assert inpainted.captions[0] == f"PSNR {-10 * np.log10(error):.1f} dB"


@pytest.mark.slow
def test_noise_cannot_be_painted_better_than_its_variance_and_what_goes_on_can():
    method, tx, layout = make(adversarial=0.0, width=8), optax.adam(0.02), make_layout(devices=jax.devices()[:1])
    like = jax.tree.map(lambda x: jax.ShapeDtypeStruct(x.shape, x.dtype), batch())
    step = layout.compile(make_step(method, tx), create_state(method, tx, 0, like, layout))

    def errors(side):
        state, seen = create_state(method, tx, 0, like, layout), []
        for i in range(150):
            pixels = np.random.default_rng(i).integers(0, 256, (N, side, side, 3), np.uint8)
            pixels = np.broadcast_to(pixels, (N, SIZE, SIZE, 3))
            state, metrics = step(state, layout.feed({**jax.tree.map(np.asarray, batch()), "image": pixels}))
            seen.append(metrics["hole_error"])
        return np.array(seen)

    variance = np.mean([(256**2 - 1) / 12 / 255**2 / std**2 for std in recipe().std])
    noise, plain = errors(SIZE), errors(1)
    assert 0.97 * variance < noise[-50:].mean() < 1.3 * variance < noise[0]
    assert plain[-50:].mean() < 0.5 * variance


@pytest.mark.long
def test_of_two_modes_l2_paints_the_mean_and_the_adversarial_loss_leans_to_one():
    def distance(tx, **options):
        """From what is painted to the nearer of black and white, where every hole is one of these by chance."""
        method, layout = make(flat(16), overlap=0, width=8, **options), make_layout(devices=jax.devices()[:1])
        like = jax.tree.map(lambda x: jax.ShapeDtypeStruct(x.shape, x.dtype), batch())
        state = create_state(method, tx, 0, like, layout)
        step, rng = layout.compile(make_step(method, tx), state), np.random.default_rng(0)
        for _ in range(300):
            pixels = rng.integers(0, 256, (N, SIZE, SIZE, 3), np.uint8)
            pixels[:, SQUARE, SQUARE] = rng.permutation(np.arange(N) % 2 * 255).reshape(N, 1, 1, 1)
            state, _ = step(state, layout.feed({**jax.tree.map(np.asarray, batch()), "image": pixels}))
        keys, shown_to = jax.random.split(jax.random.key(0), N), {"image": jnp.asarray(pixels)}
        shown = method.show(state.params, state.extra, keys, shown_to)
        painted = shown.columns[1].figures[:, SQUARE, SQUARE]
        return np.minimum(np.abs(painted), np.abs(painted - 1)).mean()

    assert distance(optax.adam(0.02), reconstruction=1.0, adversarial=0.0) > 0.45
    assert distance(optax.adam(0.005, b1=0.5), reconstruction=0.0, adversarial=1.0) < 0.4


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"region": "left"}, r"region='left' is neither \"center\" nor \"blocks\""),
        ({"overlap": 3}, "overlap=3 must be at least 0 and leave a hole in the central 6 pixels"),
        ({"overlap": -1, "region": "blocks"}, "overlap=-1 must be at least 0"),
        ({"reconstruction": 0.0, "adversarial": 0.0}, "must be weights, not both 0"),
        ({"adversarial": -1.0}, "adversarial=-1.0 must be weights"),
    ],
)
def test_what_cannot_be_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        make(**options)


@pytest.mark.parametrize("loss", ["joint", "l2", "adversarial"])
def test_the_three_losses_of_the_config_are_trained_at_their_own_rates(loss):
    config = get_config(loss)
    method = build(config, Facts(5000, picture_spec(28, 28, 1))).method
    images = {"image": jnp.zeros((2, 28, 28, 1), jnp.uint8)}
    params, _ = jax.eval_shape(method.init, jax.random.key(0), images)
    assert ("discriminator" in params) == (loss != "l2")
    optimizer, _ = make_optimizer(**config.optimizer, batch_size=128, steps=50, steps_per_epoch=5)
    jax.eval_shape(optimizer.init, params)
