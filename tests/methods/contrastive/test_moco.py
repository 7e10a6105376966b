"""The oracles of MoCo v1 and v2."""

import re
from collections import Counter

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from jax.sharding import PartitionSpec as P

from benchmarks.hlo import collectives
from jssl import bank
from jssl.data.source import picture_spec
from jssl.errors import ConfigError
from jssl.losses.contrastive import info_nce
from jssl.methods.contrastive.moco import moco, shuffled
from jssl.nets.convnet import convnet
from jssl.parallel import AXIS, make_layout
from jssl.run.step import abstract_state, example_batch, make_step
from tests.methods.toys import N, constant, flat, gradient_by_state, loss_of, run, start, two_views


def make(encoder=None, **options):
    return moco(encoder or flat(), two_views(), **{"projector": (7, 5), "queue": 3 * N, **options})


@pytest.mark.slow
@pytest.mark.parametrize(("size", "expected"), [(4092, 8.317), (65532, 11.090)])
def test_identical_keys_give_the_log_of_the_candidates(size, expected):
    method = make(constant(), queue=size)
    params, extra, views = start(method)
    _, (full, _) = loss_of(method, params, extra, views)
    extra["queue"] = jnp.tile(full["queue"][:1], (size, 1))
    loss, (_, metrics) = loss_of(method, params, extra, views)
    np.testing.assert_allclose(loss, np.log(size + 1), rtol=1e-5)
    np.testing.assert_allclose(loss, expected, atol=1e-3)
    np.testing.assert_allclose(metrics["positive"], 1, rtol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize(("size", "dim", "temperature", "loss"), [(65536, 128, 0.07, 0.09), (32768, 256, 0.2, 5.45)])
def test_a_new_queue_is_easy_to_tell_apart(rng, size, dim, temperature, loss):
    """The legitimately low loss of the first steps: not a leak."""
    q = rng.normal(size=(64, dim)).astype(np.float32)
    q /= np.linalg.norm(q, axis=1, keepdims=True)
    keys = bank.make_queue(jax.random.key(0), size, dim)
    negatives = run(lambda keys, q: bank.log_partition(keys, q, temperature=temperature), keys, q)
    np.testing.assert_allclose(info_nce(jnp.full(64, 1 / temperature), negatives), loss, atol=0.01)


@pytest.mark.slow
@pytest.mark.parametrize("shuffle", [True, False])
def test_keys_enter_the_queue_in_the_batch_order_after_the_loss(shuffle):
    method = make(shuffle=shuffle)
    params, extra, views = start(method)
    first, (after, _) = loss_of(method, params, extra, views)
    keys = np.asarray(flat().apply(params["encoder"], {}, views[1])[0])
    first_layer, last_layer = jax.tree.map(np.asarray, params["projector"]["layers"]).values()
    keys = np.maximum(keys @ first_layer["kernel"] + first_layer["bias"], 0) @ last_layer["kernel"] + last_layer["bias"]
    keys /= np.linalg.norm(keys, axis=1, keepdims=True)
    np.testing.assert_allclose(after["queue"][:N], keys, atol=1e-5)
    np.testing.assert_array_equal(after["queue"][N:], extra["queue"][N:])
    assert after["pointer"] == N
    for expected in (2 * N, 0, N):  # it wraps
        _, (after, _) = loss_of(method, params, after, views)
        assert after["pointer"] == expected
    second, _ = loss_of(method, params, after, views)
    assert second > first  # the keys of the picture itself are among the negatives now


@pytest.mark.slow
def test_no_gradient_reaches_the_teacher_or_the_queue():
    method = make()
    gradient = gradient_by_state(method, *start(method))
    assert set(gradient) == {"teacher", "queue"}
    assert not any(np.asarray(leaf).any() for leaf in jax.tree.leaves(gradient))


@pytest.mark.slow
def test_the_teacher_follows_the_closed_form():
    method, steps, m = make(momentum=0.9), 7, 0.9
    params, extra, _ = start(method)
    begin = jax.tree.map(np.asarray, extra["teacher"])
    jax.tree.map(np.testing.assert_array_equal, begin, jax.tree.map(np.asarray, params))
    moved = jax.tree.map(lambda p: p + 1.0, params)
    for step in range(steps):
        same, extra = method.after(moved, extra, step)
    assert same is moved
    expected = jax.tree.map(lambda t, p: m**steps * t + (1 - m**steps) * np.asarray(p), begin, moved)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-6), extra["teacher"], expected)


@pytest.mark.slow
def test_shuffling_takes_the_key_out_of_its_querys_batch_norm_group():
    """Keys change where a group is less than the batch, and only there: each still belongs to its own picture."""

    def keys(shuffle, mode):
        method = make(convnet(width=2, depth=1, batch_norm=mode), shuffle=shuffle)
        params, extra, views = start(method)
        return np.asarray(loss_of(method, params, extra, views)[1][0]["queue"][:N])

    assert np.abs(keys(True, "ghost:3") - keys(False, "ghost:3")).max() > 1e-3
    np.testing.assert_allclose(keys(True, "sync"), keys(False, "sync"), atol=1e-5)


@pytest.mark.parametrize(
    ("batch", "blocks", "devices", "gathers"),
    [(64, 8, 1, 0), (64, 8, 2, 0), (64, 8, 8, 0), (72, 6, 3, 0), (72, 6, 8, 1), (30, 1, 1, 0), (30, 1, 6, 1)],
)
def test_a_shuffled_batch_deals_every_block_over_all_blocks(batch, blocks, devices, gathers):
    """On any number of devices, by one exchange of the devices' own examples where they divide evenly."""
    layout = make_layout(devices=jax.devices()[:devices])
    split = layout.batch_sharding.spec
    shuffle = jax.jit(
        jax.shard_map(shuffled, mesh=layout.mesh, in_specs=(split, P()), out_specs=(split, P()), check_vma=False)
    )
    x = np.arange(2 * batch, dtype=np.float32).reshape(batch, 2)
    seen, order = shuffle(x, jax.random.key(1))
    np.testing.assert_array_equal(np.sort(order), np.arange(batch))
    np.testing.assert_array_equal(seen, x[order])
    size = batch // blocks
    for i in range(blocks):
        came_from = np.asarray(order)[i * size : (i + 1) * size] // size
        np.testing.assert_array_equal(np.bincount(came_from, minlength=blocks), size // blocks)
    one = jax.vmap(shuffled, in_axes=(0, None), axis_name=AXIS)(x[None], jax.random.key(1))
    np.testing.assert_array_equal(order, one[1][0])
    assert (np.asarray(order) != np.asarray(shuffle(x, jax.random.key(2))[1])).any()
    found = Counter(c.kind for c in collectives(shuffle.lower(x, jax.random.key(1)).compile().as_text()))
    assert found["all-gather"] == gathers and found["all-to-all"] == (devices > 1) - gathers


@pytest.mark.slow
def test_the_queue_is_written_in_place():
    """The whole step copies no queue, though the loss reads it: [3000, 5] is the queue's shape alone."""
    method, tx = make(queue=250 * N), optax.sgd(0.1)
    layout, batch = (
        make_layout(sharded=method.sharded, devices=jax.devices()[:1]),
        example_batch(picture_spec(8, 8, 3), N),
    )
    state = abstract_state(method, tx, 0, batch, layout)
    text = layout.compile(make_step(method, tx), state).lower(state, batch).compile().as_text()
    assert "f32[3000,5]" in text and not re.search(r"= f32\[3000,5\]\S* copy\(", text)


def test_the_first_version_has_a_linear_head():
    params, _, _ = start(make(projector=(5,)))
    assert params["projector"]["layers"]["layer0"]["kernel"].shape == (6, 5)
    assert len(jax.tree.leaves(params["projector"])) == 2


def test_a_queue_that_the_batch_does_not_divide_is_refused():
    method = make(queue=40)
    with pytest.raises(ConfigError, match="40 keys is no multiple of the global batch of 12; 36 or 48 would be"):
        loss_of(method, *start(method))


@pytest.mark.slow
def test_a_symmetric_loss_is_the_mean_of_both_directions():
    params, extra, views = start(method := make(shuffle=False, queue=4 * N, symmetric=True))
    one = make(shuffle=False, queue=4 * N)
    loss, (after, _) = loss_of(method, params, extra, views)
    (there, (first, _)), (back, (second, _)) = (loss_of(one, params, extra, v) for v in (views, views[::-1]))
    np.testing.assert_allclose(loss, (there + back) / 2, rtol=1e-6)
    np.testing.assert_allclose(after["queue"][: 2 * N], np.concatenate([x["queue"][:N] for x in (first, second)]))
    assert after["pointer"] == 2 * N
