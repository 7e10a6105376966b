"""The queue, and the partition over the rows of a queue or bank, against NumPy, on several device counts."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl import bank
from jssl.errors import CheckpointError, ConfigError
from jssl.parallel import make_layout
from jssl.run.checkpoint import open_checkpoints, restore, save
from tests.test_bank import DIM, EXAMPLES, features, fresh, on, state

TEMPERATURE = 0.3


@pytest.mark.parametrize("devices", [1, 6])
def test_a_queue_is_first_in_first_out_with_a_pointer_that_wraps(rng, devices):
    queue, pointer = fresh(bank.make_queue, devices, 18, DIM), np.int32(0)
    np.testing.assert_allclose(np.linalg.norm(queue, axis=1), 1, rtol=1e-6)
    enqueue = on(devices, bank.enqueue, (True, False, False), (True, False))
    for step in range(5):
        keys = features(rng, 6)
        oldest = np.asarray(queue)[step % 3 * 6 : step % 3 * 6 + 6]
        before = np.asarray(queue).copy()
        queue, pointer = enqueue(queue, pointer, keys)
        assert int(pointer) == (step + 1) % 3 * 6
        np.testing.assert_array_equal(np.asarray(queue)[step % 3 * 6 :][:6], keys)
        assert (np.asarray(queue) != before).any(axis=1).sum() == 6 and (oldest != keys).any()


@pytest.mark.parametrize("examples", [100, None])
@pytest.mark.parametrize("devices", [1, 3, 8])
def test_partition_and_its_gradient_equal_the_plain_softmax(rng, devices, examples):
    rows, queries = np.asarray(fresh(bank.make_bank, 1, EXAMPLES, DIM)), features(rng, 24)

    def per_device(rows: jax.Array, queries: jax.Array) -> tuple[jax.Array, ...]:
        def total(rows: jax.Array, queries: jax.Array) -> tuple[jax.Array, jax.Array]:
            value = bank.log_partition(rows, queries, temperature=TEMPERATURE, examples=examples)
            return (value**2).sum(), value

        (_, value), grads = jax.value_and_grad(total, argnums=(0, 1), has_aux=True)(rows, queries)
        return value, *grads

    value, by_rows, by_queries = on(devices, per_device, (True, True), (True, True, True))(rows, queries)
    plain = lambda q: jax.nn.logsumexp(q @ rows[:examples].T / TEMPERATURE, axis=1)  # noqa: E731
    np.testing.assert_allclose(value, plain(queries), rtol=1e-5)
    np.testing.assert_allclose(by_queries, jax.grad(lambda q: (plain(q) ** 2).sum())(jnp.asarray(queries)), rtol=1e-4)
    assert not np.asarray(by_rows).any()  # rows take no gradient


def test_a_bank_of_another_size_is_refused(tmp_path):
    layout = make_layout(sharded=frozenset({"queue"}))
    sizes = [state(queue=bank.make_queue(jax.random.key(0), size, DIM)) for size in (24, 48)]
    manager = open_checkpoints(tmp_path)
    save(manager, sizes[0], {})
    manager.wait_until_finished()
    with pytest.raises(CheckpointError, match=r"extra.queue of shape \(24, 5\), the config asks for \(48, 5\)"):
        restore(manager, layout.place(sizes[1]))
    manager.close()


@pytest.mark.parametrize("examples", [100, None])
@pytest.mark.parametrize("chunk", [7, 192, 4096])
def test_a_partition_in_chunks_counts_every_row_once(rng, monkeypatch, chunk, examples):
    """Also where chunks do not divide a device's 192 rows, and where devices hold no example."""
    monkeypatch.setattr(bank, "CHUNK", chunk)
    rows, queries = fresh(bank.make_bank, 8, EXAMPLES, DIM), features(rng, 24)
    value = on(8, partial(bank.log_partition, temperature=TEMPERATURE, examples=examples), (True, True), True)
    plain = jax.nn.logsumexp(queries @ np.asarray(rows)[:examples].T / TEMPERATURE, axis=1)
    np.testing.assert_allclose(value(rows, queries), plain, rtol=1e-5)


def test_memory_of_the_partition_and_its_gradient_does_not_grow_with_the_rows():
    def gradient(rows: jax.Array, queries: jax.Array) -> jax.Array:
        return jax.grad(lambda q: bank.log_partition(rows, q, temperature=TEMPERATURE).sum())(queries)

    layout = make_layout(devices=jax.devices()[:2])
    split = layout.batch_sharding.spec
    run = jax.jit(jax.shard_map(gradient, mesh=layout.mesh, in_specs=(split, split), out_specs=split, check_vma=False))
    shapes = [[jax.ShapeDtypeStruct((n, DIM), "float32") for n in (rows, 64)] for rows in (1 << 14, 1 << 18)]
    small, large = (run.lower(*shape).compile().memory_analysis().temp_size_in_bytes for shape in shapes)
    assert large < 1.01 * small  # and not 16 times as much


def test_a_queue_that_the_batch_does_not_divide_is_refused():
    with pytest.raises(ConfigError, match="20 keys is no multiple of the global batch of 6; 18 or 24 would be"):
        on(2, bank.enqueue, (True, False, False), (True, False))(jnp.zeros((20, DIM)), 0, jnp.zeros((6, DIM)))
    with pytest.raises(ConfigError, match="4 keys is no multiple of the global batch of 6; 6 would be"):
        on(2, bank.enqueue, (True, False, False), (True, False))(jnp.zeros((4, DIM)), 0, jnp.zeros((6, DIM)))
