"""Jigsaw's oracles."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.augment.patches import join
from jssl.augment.permutations import distant_permutations
from jssl.methods.pretext.jigsaw import jigsaw
from tests.methods.fresh import fresh_accuracy
from tests.methods.pretext.test_relative_position import check_whose_statistics, noise, recipe, smooth, watcher
from tests.methods.toys import N, batch, constant, flat, loss_of, start

PUZZLE = {"permutations": 9, "patch": 4, "gap": 0, "jitter": 0, "shift": 0, "tile": (8,), "head": (16,)}


def make(encoder=None, channels=3, **options):
    return jigsaw(encoder or flat(), recipe(channels), **{**PUZZLE, **options})


@pytest.mark.slow
@pytest.mark.parametrize("permutations", [9, 24])
def test_a_constant_predictor_is_at_chance(permutations):
    params, extra, views = start(method := make(constant(), permutations=permutations))
    params["head"]["layers"]["layer1"] = jax.tree.map(jnp.zeros_like, params["head"]["layers"]["layer1"])
    np.testing.assert_allclose(loss_of(method, params, extra, views)[0], np.log(permutations), rtol=1e-6)


def places(dim=1):
    """An encoder that gives the first pixel of a patch."""
    return flat(dim)._replace(apply=lambda params, stats, x, *, key=None, train=False: (x[:, 0, 0, :dim], stats))


@pytest.mark.slow
def test_patches_are_those_of_the_picture():
    images = np.random.default_rng(0).integers(0, 256, (N, 12, 12, 1), np.uint8)
    method = make(channels=1, permutations=24, shuffles=3)
    tiles, labels, _ = method.views(jax.random.split(jax.random.key(0), N), {"image": jnp.asarray(images)})
    assert tiles.shape == (N, 9, 4, 4, 1) and labels.shape == (N, 3) and len(set(labels.flatten().tolist())) > 10
    for picture, image in zip(np.asarray(join(tiles)), images, strict=True):
        for i in range(0, 12, 4):
            for j in range(0, 12, 4):
                cell = image[i : i + 4, j : j + 4].astype(np.float64)
                expected = (cell - cell.mean()) / cell.std()
                np.testing.assert_allclose(picture[i : i + 4, j : j + 4], expected, atol=1e-3)


@pytest.mark.slow
def test_tiles_come_from_anywhere_in_their_cells():
    """Cells of 4 pixels of a picture of single dots, 2x2 tiles: a dot is caught in each corner of a tile."""
    images = jnp.zeros((200, 12, 12, 1), jnp.uint8).at[:, 1, 1].set(255)
    tiles, _, _ = make(channels=1, patch=2, gap=2, jitter=2).views(
        jax.random.split(jax.random.key(0), 200), {"image": images}
    )
    first = np.asarray(tiles)[:, 0, ..., 0]
    caught = first.reshape(200, 4).argmax(-1)[first.any((1, 2))]
    assert set(caught.tolist()) == {0, 1, 2, 3}
    assert not np.asarray(tiles)[:, 1:].any()


@pytest.mark.slow
def test_the_head_is_given_the_order_of_the_label():
    """Tile i says i, and a linear head counts how many tiles an order has in the place it finds them in."""
    method = make(places(), channels=1, permutations=24, shuffles=5, tile=(9,), head=())
    images = jnp.zeros((N, 12, 12, 1), jnp.uint8)
    params, extra = method.init(jax.random.key(0), {"image": images})
    tiles, labels, pictures = method.views(jax.random.split(jax.random.key(1), N), {"image": images})
    tiles = tiles + jnp.arange(9.0).reshape(1, 9, 1, 1, 1)
    kernel = np.zeros((9, 9, 24), np.float32)
    for label, order in enumerate(distant_permutations(24)):
        kernel[np.arange(9), :, label] = (order.reshape(9, 1) > np.arange(9)) - 0.5
    places_of = kernel.reshape(81, 24)
    params["tile"]["layers"]["layer0"]["kernel"] = jnp.ones((1, 9))
    norm = params["tile"]["norms"]["layer0"]
    norm["scale"], norm["bias"] = jnp.full(9, 60.0 * np.std(np.arange(9))), 60 * (4.0 - np.arange(9) - 0.5)
    params["head"]["layers"]["layer0"] = {"kernel": jnp.asarray(places_of), "bias": jnp.zeros(24)}
    assert loss_of(method, params, extra, (tiles, labels, pictures))[1][1]["accuracy"] > 0.9


@pytest.mark.slow
def test_labels_are_uniform():
    images = jnp.zeros((3000, 12, 12, 1), jnp.uint8)
    _, labels, _ = make(channels=1).views(jax.random.split(jax.random.key(0), 3000), {"image": images})
    np.testing.assert_allclose(np.bincount(labels[:, 0], minlength=9) / 3000, 1 / 9, atol=0.02)


@pytest.mark.slow
def test_channels_move_within_each_tile():
    grey = jnp.repeat(batch()["image"][..., :1], 3, axis=-1)
    keys = jax.random.split(jax.random.key(0), N)
    still, moved = (make(shift=shift).views(keys, {"image": grey})[0] for shift in (0, 1))
    np.testing.assert_allclose(still[..., 0], still[..., 1], atol=1e-5)
    assert (np.abs(moved[..., 0] - moved[..., 1]).max((2, 3)) > 0.1).mean() > 0.8


@pytest.mark.slow
def test_each_tile_turns_on_its_own():
    """Tiles alike, a white left half: told apart only by what was done to each, and not at all by an affine of none."""
    images = jnp.zeros((N, 12, 12, 1), jnp.uint8).at[:, :, [0, 1, 4, 5, 8, 9]].set(255)
    keys = jax.random.split(jax.random.key(0), N)
    still, none, turned = (
        np.asarray(make(channels=1, affine=affine).views(keys, {"image": images})[0])
        for affine in (None, (0.0, 0.0, (1.0, 1.0), 0.0), (90.0, 0.0, [1.0, 1.0], 0.0))
    )
    np.testing.assert_allclose(none, still, atol=1e-5)
    assert np.abs(still - still[:1, :1]).max() < 1e-5
    assert np.abs(turned[:, 1:] - turned[:, :1]).max((2, 3, 4)).min() > 0.01


@pytest.mark.slow
def test_the_head_sees_the_order_and_the_encoder_does_not():
    method = make()
    params, extra, (tiles, *rest) = start(method)
    (a, _), (b, _) = (loss_of(method, params, extra, views) for views in ((tiles, *rest), (tiles[:, ::-1], *rest)))
    assert abs(a - b) > 1e-4
    params["head"]["layers"]["layer0"] = jax.tree.map(jnp.ones_like, params["head"]["layers"]["layer0"])
    (a, _), (b, _) = (loss_of(method, params, extra, views) for views in ((tiles, *rest), (tiles[:, ::-1], *rest)))
    np.testing.assert_allclose(a, b, rtol=1e-5)


@pytest.mark.slow
def test_pictures_are_embedded_by_the_statistics_of_pictures():
    check_whose_statistics(make(watcher()))


@pytest.mark.slow
def test_noise_stays_at_chance_and_pictures_do_not():
    options = {"tile": (16,), "head": (32,)}
    for affine in (None, (30.0, 0.0, (0.8, 1.2), 20.0)):
        guarded = make(flat(16), patch=2, gap=2, jitter=2, shift=1, affine=affine, **options)
        np.testing.assert_allclose(fresh_accuracy(guarded, noise), 1 / 9, atol=0.03)
    assert fresh_accuracy(make(flat(16), **options), smooth, steps=100) > 0.3


@pytest.mark.slow
def test_shows_the_puzzle_and_its_solution():
    method = make()
    params, extra, _ = start(method)
    puzzle, solved, solution = method.show(params, extra, jax.random.split(jax.random.key(0), N), batch()).columns
    assert puzzle.figures.shape == solved.figures.shape == solution.figures.shape == (8, 12, 12, 3)
    for row in range(8):
        assert solved.right[row] == (solved.captions[row] == f"as {puzzle.captions[row]}")
        assert solved.right[row] == np.array_equal(solved.figures[row], solution.figures[row])


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match=r"3x3 patches of 5 pixels, 0 apart.* need 15 pixels, but .* has 12"):
        make(patch=5)
    with pytest.raises(ValueError, match="count=0 permutations"):
        make(permutations=0)
    with pytest.raises(TypeError, match="Affine"):
        make(affine=(0.0, 0.0, (1.0, 1.0), 0.0, 0.0))
