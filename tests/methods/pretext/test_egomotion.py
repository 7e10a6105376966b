"""Egomotion's oracles."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.augment.views import denormalize, make_recipe
from jssl.methods.pretext.egomotion import egomotion
from tests.methods.fresh import fresh_accuracy
from tests.methods.toys import SIZE, N, batch, constant, flat, loss_of, recipe, start

PLAIN = recipe()._replace(views=tuple(view._replace(flip=0.0) for view in recipe().views))


def make(encoder=None, recipe=PLAIN, **options):
    return egomotion(encoder or flat(), recipe, **{"shift": 2, "bins": 20, "head": (16,), **options})


@pytest.mark.slow
def test_a_constant_encoder_is_at_chance():
    params, extra, views = start(method := make(constant(), shift=3))
    params["head"] = jax.tree.map(jnp.zeros_like, params["head"])
    value, _ = loss_of(method, params, extra, views)
    np.testing.assert_allclose(value, 2 * np.log(7) + np.log(20), rtol=1e-6)


@pytest.mark.slow
def test_labels_say_how_the_picture_moved_and_none_is_the_middle():
    method = make(degrees=0.0, bins=1)
    pairs, labels, _ = method.views(jax.random.split(jax.random.key(1), N), batch())
    looks = np.asarray(denormalize(PLAIN, pairs))
    for (before, after), (x, y, turn) in zip(looks, np.asarray(labels), strict=True):
        moved = np.zeros_like(before)
        right, down = int(x) - 2, int(y) - 2
        rows, columns = slice(max(0, down), SIZE + min(0, down)), slice(max(0, right), SIZE + min(0, right))
        moved[rows, columns] = before[max(0, -down) : SIZE - max(0, down), max(0, -right) : SIZE - max(0, right)]
        np.testing.assert_allclose(after, moved, atol=1e-4)
        assert turn == 0
    assert {0, 1, 2, 3, 4} == set(np.asarray(labels[:, :2]).ravel().tolist())


@pytest.mark.slow
def test_no_motion_is_the_class_in_the_middle():
    pairs, labels, _ = make(shift=0, degrees=0.0, bins=1).views(jax.random.split(jax.random.key(1), N), batch())
    np.testing.assert_allclose(pairs[:, 0], pairs[:, 1], atol=1e-5)
    np.testing.assert_array_equal(labels, 0)


@pytest.mark.slow
def test_the_way_back_has_the_mirrored_classes():
    """A head that subtracts: of the pair the other way round it says the opposite move."""
    method = make(flat(4), degrees=0.0, bins=1)
    pairs, labels, _ = method.views(
        jax.random.split(jax.random.key(1), 96), {"image": jnp.tile(batch()["image"], (8, 1, 1, 1))}
    )
    before, after = np.asarray(denormalize(PLAIN, pairs)).swapaxes(0, 1)
    for i in range(len(labels)):
        x, y = (int(label) - 2 for label in labels[i, :2])
        back = np.roll(after[i], (-y, -x), axis=(0, 1))
        inner = slice(2, SIZE - 2)
        np.testing.assert_allclose(back[inner, inner], before[i][inner, inner], atol=1e-4)


WIDE = make_recipe("simclr_cifar", size=24, crop=None, jitter=None, grey=0.0, flip=0.0)
BORDERED = {"recipe": WIDE, "shift": 3, "degrees": 0.0, "bins": 1, "border": 6}


def test_a_border_that_does_not_hide_what_comes_in_is_refused():
    with pytest.raises(ValueError, match="border=2 of a view of 24 pixels"):
        make(recipe=WIDE, shift=3, border=2)


@pytest.mark.slow
def test_the_border_alone_stays_at_chance():
    """Pictures whose pairs have nothing else in common: light ones on which black would tell how they moved."""
    light = lambda rng: np.full((48, 24, 24, 3), 220, np.uint8) + rng.integers(0, 9, (48, 1, 1, 3)).astype(np.uint8)  # noqa: E731
    hidden, seen = make(flat(12), **BORDERED), make(flat(12), **{**BORDERED, "border": 0})
    np.testing.assert_allclose(fresh_accuracy(hidden, light, steps=40), (1 / 7 + 1 / 7 + 1) / 3, atol=0.05)
    assert fresh_accuracy(seen, light, steps=80) > 0.52


@pytest.mark.slow
def test_shows_pairs_with_what_is_guessed():
    params, extra, _ = start(method := make())
    exhibit = method.show(params, extra, jax.random.split(jax.random.key(0), N), batch())
    before, after = exhibit.columns
    assert before.figures.shape == after.figures.shape == (8, SIZE, SIZE, 3)
    assert all("truly" in caption for caption in after.captions) and len(after.right) == 8
