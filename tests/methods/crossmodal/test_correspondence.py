"""Correspondence: pairs of two senses; what one sense alone cannot tell; the head's two forms by hand."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jssl.evaluate.retrieval import pair_accuracy
from jssl.losses.correspondence import pair_loss
from jssl.method import Method
from jssl.methods.crossmodal.correspondence import correspondence, next_ones
from jssl.methods.crossmodal.fusion import by_distance, concatenated
from jssl.nets.sequence import perceptron
from jssl.parallel import Layout, make_layout
from jssl.run.step import create_state, make_step
from tests.methods.crossmodal.vectors import plain

IDS, SIZE, BATCH = 64, 12, 64
RNG = np.random.default_rng(0)
CODES = {"image": RNG.normal(size=(IDS, SIZE)), "sound": RNG.normal(size=(IDS, SIZE))}
"""What an id looks and sounds like."""


def made(senses: tuple[str, str] = ("image", "sound"), **options: object) -> Method:
    nets = {key: perceptron((32, 16)) for key in senses}
    return correspondence(nets, {key: plain(key) for key in senses}, **options)


def examples(step: int, heard: str = "its own") -> dict[str, np.ndarray]:
    """The ids with noise, and the sound that goes with each, another's, or silence."""
    rng = np.random.default_rng(step)
    ids = rng.permutation(IDS)[:BATCH]
    sounds = {"its own": CODES["sound"][ids], "another's": CODES["sound"][rng.permutation(ids)], "none": np.zeros(1)}
    noisy = {"image": CODES["image"][ids], "sound": np.broadcast_to(sounds[heard], (BATCH, SIZE))}
    noise = rng.normal(size=(BATCH, SIZE)) * (heard != "none")
    found = {"image": noisy["image"] + rng.normal(size=(BATCH, SIZE)) * 0.1, "sound": noisy["sound"] + 0.1 * noise}
    return {**{key: x.astype(np.float32) for key, x in found.items()}, "index": np.arange(BATCH, dtype=np.int32)}


@pytest.fixture(scope="module")
def layout() -> Layout:
    return make_layout(devices=jax.devices()[:1])


def held_out(method: Method, layout: Layout, heard: str, steps: int = 250) -> float:
    """Accuracy of pairs of new examples, after training on examples like them."""
    tx = optax.adam(3e-3)
    state = create_state(method, tx, 0, examples(0), layout)
    step = layout.compile(make_step(method, tx), state)
    for i in range(steps):
        state, _ = step(state, layout.feed(examples(i, heard)))
    batch = examples(steps + 1, heard)
    features = {key: method.embed(state.params, state.extra, {key: batch[key]}) for key in ("image", "sound")}
    return pair_accuracy(np.asarray(jax.jit(method.together)(state.params, state.extra, features)))


@pytest.mark.slow
@pytest.mark.parametrize("fusion", ["concat", "distance"])
def test_pairs_that_are_always_the_same_are_learnt(layout: Layout, fusion: str) -> None:
    assert held_out(made(fusion=fusion, hidden=(32,)), layout, "its own") > 0.97


@pytest.mark.slow
@pytest.mark.parametrize("heard", ["another's", "none"])
def test_sounds_of_others_or_one_sense_alone_tell_nothing(layout: Layout, heard: str) -> None:
    assert abs(held_out(made(fusion="distance", hidden=(32,)), layout, heard) - 0.5) < 0.06


@pytest.mark.slow
@pytest.mark.parametrize("fusion", [concatenated, by_distance])
def test_a_permuted_batch_is_scored_as_the_same_pairs(fusion: object) -> None:
    head = fusion((8,))
    features = {"image": jax.random.normal(jax.random.key(1), (6, 5)), "sound": jnp.ones((6, 3)).at[:, 0].set(2.0)}
    params = head.init(jax.random.key(0), features)
    moved = np.array([3, 1, 5, 0, 2, 4])
    one = head.score(params, features)
    assert np.std(one) > 0
    np.testing.assert_allclose(head.score(params, jax.tree.map(lambda x: x[moved], features)), one[moved], atol=1e-6)


@pytest.mark.slow
def test_distance_by_hand() -> None:
    features = {"image": jnp.array([[3.0, 4.0]]), "sound": jnp.array([[0.0, 2.0]])}
    head = by_distance((2,))
    params = head.init(jax.random.key(0), features)
    identity = {"kernel": jnp.eye(2), "bias": jnp.zeros(2)}
    params["projectors"] = jax.tree.map(lambda x: jnp.eye(2) if x.ndim == 2 else x * 0, params["projectors"])
    assert jax.tree.structure(params["projectors"]["image"]["layers"]["layer0"]) == jax.tree.structure(identity)
    # (0.6, 0.8) and (0, 1) on the circle: sqrt(0.36 + 0.04) apart.
    np.testing.assert_allclose(head.score(params, features), [4 - 4 * np.sqrt(0.4)], rtol=1e-5)
    same = jax.grad(lambda x: head.score(params, {"image": x, "sound": x})[0])(features["image"])
    assert np.isfinite(same).all()


def test_concatenation_weighs_both() -> None:
    features = {"image": jnp.ones((2, 3)), "sound": jnp.array([[1.0], [-1.0]])}
    head = concatenated(())
    params = jax.tree.map(
        lambda x: jnp.arange(x.size, dtype=x.dtype).reshape(x.shape), head.init(jax.random.key(0), features)
    )
    # kernel [[0, 1], [2, 3], [4, 5], [6, 7]], bias [0, 1]: the second output is larger by the sum of inputs, plus 1.
    np.testing.assert_allclose(head.score(params, features), [4 + 1, 2 + 1])


def test_loss_of_a_coin_and_by_numpy() -> None:
    assert float(pair_loss(jnp.zeros(3), jnp.zeros(5))) == pytest.approx(np.log(2))
    together, apart = np.array([2.0, -1.0]), np.array([0.5])
    right = 1 / (1 + np.exp(-together)), 1 - 1 / (1 + np.exp(-apart))
    expected = -(np.log(right[0]).mean() + np.log(right[1]).mean()) / 2
    assert float(pair_loss(jnp.array(together), jnp.array(apart))) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("devices", [1, 4])
def test_the_next_one_in_the_global_batch(devices: int) -> None:
    layout = make_layout(devices=jax.devices()[:devices])
    x = np.arange(8.0, dtype=np.float32)[:, None]
    spmd = jax.shard_map(next_ones, mesh=layout.mesh, in_specs=jax.P("data"), out_specs=jax.P("data"), check_vma=False)
    np.testing.assert_array_equal(jax.jit(spmd)(x)[:, 0], [1, 2, 3, 4, 5, 6, 7, 0])


@pytest.mark.slow
def test_embedding_takes_the_senses_that_are_there() -> None:
    method, batch = made(), examples(0)
    params, extra = method.init(jax.random.key(0), batch)
    embed = partial(method.embed, params, extra)
    both = embed(batch)
    alone = {key: embed({key: batch[key]}) for key in ("image", "sound")}
    np.testing.assert_allclose(both, np.concatenate([alone["image"], alone["sound"]], axis=1), atol=1e-6)
    seen = made(embeds="sound")
    np.testing.assert_allclose(seen.embed(params, extra, batch), alone["sound"], atol=1e-6)
    np.testing.assert_allclose(seen.embed(params, extra, {"image": batch["image"]}), alone["image"], atol=1e-6)
    assert seen.weights(params, extra)[0] is params["towers"]["sound"]
    assert method.weights(params, extra)[0] is params["towers"]["image"]


@pytest.mark.slow
def test_show_marks_pairs_by_what_they_are() -> None:
    method, batch = made(), examples(0)
    params, extra = method.init(jax.random.key(0), batch)
    shown = method.show(params, extra, jax.random.split(jax.random.key(1), BATCH), batch)
    heard, own, other, *found = shown.columns
    assert len(heard.figures) == len(own.captions) == len(other.right) and len(found) == 4
    np.testing.assert_array_equal(own.figures, batch["image"][: len(own.figures)])
    np.testing.assert_array_equal(other.figures, batch["image"][1 : 1 + len(own.figures)])
    assert [float(x) > 0.5 for x in own.captions] == list(own.right)
    assert [float(x) <= 0.5 for x in other.captions] == list(other.right)
    best = [[float(column.captions[row]) for column in found] for row in range(len(own.right))]
    assert all(row == sorted(row, reverse=True) for row in best)


@pytest.mark.parametrize(
    ("senses", "options", "said"),
    [
        (("image",), {}, "two senses"),
        (("image", "sound"), {"fusion": "sum"}, "concat, distance"),
        (("image", "sound"), {"embeds": "text"}, "image, sound"),
        (("image", "sound"), {"fusion": "distance", "hidden": ()}, "hidden"),
        (("image", "sound"), {"negatives": "none"}, "others, same"),
        (("image", "sound"), {"negatives": "same"}, "of another time, and image has none"),
    ],
)
def test_refusals(senses: tuple[str, ...], options: dict, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        made(senses, **options)
