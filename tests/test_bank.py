"""The sharded bank against a naive NumPy one, on several device counts and across restores."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.sharding import PartitionSpec as P

from jssl import bank
from jssl.errors import ConfigError, DeviceError
from jssl.method import State
from jssl.parallel import AXIS, make_layout
from jssl.run.checkpoint import open_checkpoints, restore, save

EXAMPLES, DIM = 100, 5


def on(devices: int, function: Callable, split: tuple[bool, ...], out: object) -> Callable:
    """`function` per device, its arguments and results split or whole, as the step runs it."""
    layout = make_layout(devices=jax.devices()[:devices])
    specs = {True: P(AXIS), False: P()}
    return jax.jit(
        jax.shard_map(
            function, mesh=layout.mesh, axis_names={AXIS}, check_vma=False, in_specs=tuple(specs[s] for s in split),
            out_specs=jax.tree.map(specs.get, out),
        )
    )  # fmt: skip


def unit(x: np.ndarray) -> np.ndarray:
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


def features(rng: np.random.Generator, n: int) -> np.ndarray:
    return unit(rng.normal(size=(n, DIM))).astype(np.float32)


def state(**extra: object) -> State:
    return State(jnp.zeros((), jnp.int32), {}, {}, extra, jax.random.key(0))


def fresh(make: Callable, devices: int, *arguments: object) -> jax.Array:
    """A bank made where it will lie."""
    layout = make_layout(sharded=frozenset({"bank"}), devices=jax.devices()[:devices])

    def init() -> State:
        return state(bank=make(jax.random.key(7), *arguments))

    return jax.jit(init, out_shardings=layout.shardings(jax.eval_shape(init)))().extra["bank"]


def find(rows: jax.Array, index: jax.Array) -> jax.Array:
    return bank.lookup(rows, index, jnp.zeros(0, jnp.int32))[0]


def move(rows: jax.Array, index: jax.Array, new: jax.Array, momentum: float = 0.5) -> jax.Array:
    return bank.update(rows, index, find(rows, index), new, momentum)


class Naive(NamedTuple):
    """The definition: one array, one example after the other."""

    rows: np.ndarray

    def update(self, index: np.ndarray, new: np.ndarray, momentum: float) -> None:
        before = self.rows.copy()
        for i, v in zip(index, new, strict=True):
            self.rows[i] = unit(momentum * before[i] + (1 - momentum) * v)


@pytest.mark.parametrize("compiled_on", [1, 2, 3, 6, 8])
def test_equals_a_naive_bank_over_random_index_sequences(rng, compiled_on):
    rows = fresh(bank.make_bank, compiled_on, EXAMPLES, DIM)
    naive = Naive(np.asarray(rows).copy())
    update = on(compiled_on, move, (True, True, True), True)
    lookup = on(compiled_on, find, (True, True), True)
    for _ in range(6):
        index = rng.integers(0, EXAMPLES, 24).astype(np.int32)  # with repetitions
        np.testing.assert_array_equal(lookup(rows, index), np.asarray(rows)[index])
        new = features(rng, 24)
        rows = update(rows, index, new)
        naive.update(index, new, 0.5)
        np.testing.assert_allclose(rows, naive.rows, atol=1e-6)


@pytest.mark.slow
def test_of_an_example_twice_in_a_batch_the_later_one_counts(rng):
    rows, new = fresh(bank.make_bank, 8, EXAMPLES, DIM), features(rng, 24)
    index = np.arange(24, dtype=np.int32)
    index[20] = index[3]  # on another device
    after = on(8, partial(move, momentum=0.0), (True, True, True), True)(rows, index, new)
    np.testing.assert_allclose(np.asarray(after)[3], new[20], atol=1e-6)


def test_rows_that_were_not_in_the_batch_keep_every_bit(rng):
    rows, index = fresh(bank.make_bank, 8, EXAMPLES, DIM), rng.permutation(EXAMPLES)[:24].astype(np.int32)
    before = np.asarray(rows).copy()
    after = on(8, move, (True, True, True), True)(rows, index, features(rng, 24))
    others = np.setdiff1d(np.arange(len(before)), index)
    np.testing.assert_array_equal(np.asarray(after)[others], before[others])
    assert (np.asarray(after)[index] != before[index]).any(axis=1).all()


@pytest.mark.slow
def test_goes_on_after_restores_on_other_device_counts(rng, tmp_path):
    """8 -> 3 -> 2 -> 1 devices, with a bank and a queue, against one uninterrupted naive run."""
    key, pointer, size, b = jax.random.key(1), jnp.int32(0), 72, 24

    def init() -> State:
        return state(bank=bank.make_bank(key, EXAMPLES, DIM), queue=bank.make_queue(key, size, DIM), pointer=pointer)

    def step(s: dict, index: jax.Array, new: jax.Array, everyone: jax.Array) -> dict:
        queue, pointer = bank.enqueue(s["queue"], s["pointer"], everyone)
        return {"bank": move(s["bank"], index, new), "queue": queue, "pointer": pointer}

    sharded, naive, recent = frozenset({"bank", "queue"}), None, []
    manager = open_checkpoints(tmp_path, keep=1)
    for turn, devices in enumerate([8, 3, 2, 1]):
        layout = make_layout(sharded=sharded, devices=jax.devices()[:devices])
        shardings = layout.shardings(jax.eval_shape(init))
        if turn == 0:
            now = jax.jit(init, out_shardings=shardings)()
            naive, recent = Naive(np.asarray(now.extra["bank"]).copy()), list(np.asarray(now.extra["queue"]))
        else:
            like = jax.tree.map(
                lambda x, s: jax.ShapeDtypeStruct(x.shape, x.dtype, sharding=s), jax.eval_shape(init), shardings
            )
            now, _ = restore(manager, like)
        assert len(now.extra["bank"].addressable_shards) == devices
        specs = {"bank": True, "queue": True, "pointer": False}
        spec = jax.tree.map({True: P(AXIS), False: P()}.get, specs)
        run = jax.jit(jax.shard_map(step, mesh=layout.mesh, axis_names={AXIS}, check_vma=False,
                                    in_specs=(spec, P(AXIS), P(AXIS), P()), out_specs=spec))  # fmt: skip
        extra = now.extra
        for _ in range(2):
            index, new = rng.integers(0, EXAMPLES, b).astype(np.int32), features(rng, b)
            extra = run(extra, index, new, new)
            naive.update(index, new, 0.5)
            recent = recent[b:] + list(new)
        pointer = int(extra["pointer"])
        np.testing.assert_allclose(extra["bank"], naive.rows, atol=1e-6)
        np.testing.assert_array_equal(np.roll(extra["queue"], -pointer, axis=0), recent)  # oldest first
        save(manager, now._replace(step=jnp.int32(turn), extra=extra), {})
        manager.wait_until_finished()
    manager.close()


def test_shared_rows_are_the_same_everywhere(rng):
    rows, index = fresh(bank.make_bank, 8, EXAMPLES, DIM), rng.integers(0, EXAMPLES, 31).astype(np.int32)
    own = np.arange(24, dtype=np.int32)
    found = on(8, bank.lookup, (True, True, False), (True, False))(rows, own, index)
    np.testing.assert_array_equal(found[0], np.asarray(rows)[own])
    np.testing.assert_array_equal(found[1], np.asarray(rows)[index])


def test_a_step_writes_in_place():
    """Rows that a step does not touch are not copied either: its temporary memory is less than the bank."""

    def step(b: jax.Array, i: jax.Array, v: jax.Array, shared: jax.Array) -> tuple[jax.Array, ...]:
        own, noise = bank.lookup(b, i, shared)
        return bank.update(b, i, own, v, 0.5), v @ noise.T

    layout, rows = make_layout(), 1536 * 64
    split, whole = P(AXIS), P()
    run = jax.shard_map(step, mesh=layout.mesh, axis_names={AXIS}, check_vma=False,
                        in_specs=(split, split, split, whole), out_specs=(split, split))  # fmt: skip
    arguments = ((rows, 8), "float32"), ((24,), "int32"), ((24, 8), "float32"), ((9,), "int32")
    shapes = [jax.ShapeDtypeStruct(*argument) for argument in arguments]
    memory = jax.jit(run, donate_argnums=0).lower(*shapes).compile().memory_analysis()
    assert memory.alias_size_in_bytes == rows * 8 * 4 // 8
    assert memory.temp_size_in_bytes < rows * 8 * 4 // 8 // 4


def test_z_is_estimated_from_all_devices_and_then_stays(rng):
    freeze = on(8, lambda z, s: bank.freeze_log_z(z, s, 1000), (False, True), False)
    scores = rng.normal(size=(24, 3)).astype(np.float32) * 5
    expected = np.log(1000 * np.exp(scores.astype(np.float64)).mean())
    np.testing.assert_allclose(freeze(np.float32(-np.inf), scores), expected, rtol=1e-5)
    assert freeze(np.float32(1.5), scores) == 1.5
    assert np.isfinite(freeze(np.float32(-np.inf), scores * 100))  # exp alone would overflow


@pytest.mark.parametrize("name", ["npid", "pirl"])
def test_moves_as_vissl_recorded(name):
    peers = np.load(Path(__file__).parent / "fixtures" / "memory.npz")
    rows = np.pad(peers["bank"], ((0, 1536 - len(peers["bank"])), (0, 0)))
    after = on(8, move, (True, True, True), True)(rows, peers["index"].astype(np.int32), unit(peers["first"]))
    np.testing.assert_allclose(np.asarray(after)[: len(peers["bank"])], peers[f"{name}/bank"], atol=1e-6)


def test_squared_norms_of_new_rows_are_one_on_average():
    rows = np.asarray(fresh(bank.make_bank, 8, 3000, 128))
    assert rows.shape == (3072, 128)
    np.testing.assert_allclose((rows**2).sum(1).mean(), 1.0, atol=0.01)
    np.testing.assert_allclose(np.abs(rows).max(), np.sqrt(3 / 128), rtol=1e-4)


def test_a_new_bank_is_the_same_on_any_devices_and_never_whole_on_one():
    one, eight = (fresh(bank.make_bank, n, 3000, 128) for n in (1, 8))
    np.testing.assert_array_equal(one, eight)
    assert {s.data.shape for s in eight.addressable_shards} == {(384, 128)}
    layout = make_layout(sharded=frozenset({"bank"}))
    init = lambda: state(bank=bank.make_bank(jax.random.key(0), 3000, 128))  # noqa: E731
    compiled = jax.jit(init, out_shardings=layout.shardings(jax.eval_shape(init))).lower().compile()
    assert "[3072,128]" not in compiled.as_text() and "[384,128]" in compiled.as_text()


def test_bfloat16_takes_half_the_memory_and_rounds_once(rng):
    rows = fresh(bank.make_bank, 8, EXAMPLES, DIM, "bf16")
    assert rows.dtype == jnp.bfloat16
    index, new = np.arange(24, dtype=np.int32), features(rng, 24)
    old = np.asarray(rows, np.float32)[:24]
    after = on(8, move, (True, True, True), True)(rows, index, new)
    exact = unit(0.5 * old + 0.5 * new).astype(jnp.bfloat16)
    np.testing.assert_array_equal(np.asarray(after[:24]), exact)
    got = on(8, find, (True, True), True)(after, index)
    assert got.dtype == jnp.float32
    np.testing.assert_array_equal(got, exact.astype(np.float32))


def test_what_does_not_fit_is_refused():
    with pytest.raises(DeviceError, match=r"1536 rows of 'bank' do not divide over 5 devices; \[1, 2, 3, 4\] would"):
        fresh(bank.make_bank, 5, EXAMPLES, DIM)
    with pytest.raises(ConfigError, match="storage='int8' is none of"):
        bank.make_bank(jax.random.key(0), EXAMPLES, DIM, "int8")


def test_drawing_a_bank_takes_little_beside_it():
    """Random bits of a whole bank would take several times its memory."""
    memory = jax.jit(lambda: bank.make_bank(jax.random.key(0), 1536 * 64, 128)).lower().compile().memory_analysis()
    assert memory.temp_size_in_bytes < memory.output_size_in_bytes
