import subprocess
import sys
import threading
import time
from itertools import islice

import jax
import numpy as np
import pytest

from jssl.data.loader import batch_indices, eval_batches, order, steps_per_epoch, train_batches
from jssl.data.prefetch import prefetch
from jssl.data.source import DataError
from tests import made_up

IMAGES = np.arange(50, dtype=np.uint8).reshape(50, 1, 1, 1)


def make(in_memory=True, labels=None, read=None):
    classes = () if labels is None else ("even", "odd")
    return made_up.pictures(IMAGES, labels, classes, read=read, in_memory=in_memory)


def indices(batches, count):
    return [batch["index"] for batch in islice(batches, count)]


def test_steps_per_epoch():
    assert steps_per_epoch(50, 8) == 6 and steps_per_epoch(8, 8) == 1
    for size in (51, 0):
        with pytest.raises(ValueError, match=f"batch_size={size} does not fit a data set of 50 examples"):
            steps_per_epoch(50, size)


def test_an_epoch_visits_each_example_at_most_once_and_each_epoch_differs():
    assert sorted(order(50, 0, 0)) == list(range(50))
    epochs = [np.concatenate([batch_indices(50, 8, 0, 6 * e + k) for k in range(6)]) for e in range(3)]
    assert all(len(set(epoch.tolist())) == 48 for epoch in epochs)
    assert not np.array_equal(epochs[0], epochs[1])
    assert not np.array_equal(order(50, 0, 0), order(50, 1, 0))
    assert not np.array_equal(order(50, 1, 0), order(50, 0, 1))
    assert {*range(50)} == {*np.concatenate(epochs).tolist()}, "what one epoch leaves over is in the others"


@pytest.mark.parametrize("in_memory", [True, False])
def test_batches_carry_image_index_and_label(in_memory):
    batch = next(train_batches(make(in_memory), batch_size=8, seed=0))
    assert batch.keys() == {"image", "index"}
    labels = (np.arange(50) % 2).astype(np.int32)
    batch = next(train_batches(make(in_memory, labels), batch_size=8, seed=0))
    assert (batch["image"].dtype, batch["index"].dtype, batch["label"].dtype) == (np.uint8, np.int32, np.int32)
    assert batch["image"].shape == (8, 1, 1, 1)
    assert np.array_equal(batch["image"][:, 0, 0, 0], batch["index"])
    assert np.array_equal(batch["label"], batch["index"] % 2)


@pytest.mark.parametrize("in_memory", [True, False])
def test_resuming_at_any_step_goes_on_with_the_same_batches(in_memory):
    whole = indices(train_batches(make(), batch_size=8, seed=5), 20)
    for start in (0, 1, 6, 13):
        resumed = indices(train_batches(make(in_memory), batch_size=8, seed=5, start_step=start), 20 - start)
        np.testing.assert_array_equal(resumed, whole[start:])


class Noted:
    """A `read` that says where it crops."""

    def __call__(self, rows, draws=None):
        draws = np.zeros(len(rows), np.uint64) if draws is None else draws
        return {"image": (IMAGES[rows] + draws.astype(np.uint8).reshape(-1, 1, 1, 1)).astype(np.uint8)}


@pytest.mark.parametrize("count", [1, 2])
def test_a_batch_that_several_threads_read_is_the_same(count):
    """40 examples are two pieces of 16 and one of 8, a share of 20 is one of 16 and one of 4."""
    place = {"batch_size": 40, "seed": 3, "start_step": 5, "process_index": count - 1, "process_count": count}
    ram, stream = (train_batches(make(in_memory, read=Noted()), **place) for in_memory in (True, False))
    for _ in range(4):
        a, b = next(ram), next(stream)
        assert a.keys() == b.keys() and all(np.array_equal(a[key], b[key]) for key in a)
    stream.close()


def test_processes_share_each_batch_of_an_evaluation():
    whole = list(eval_batches(make(False), 24))
    shares = [list(eval_batches(make(False), 24, process_index=i, process_count=3)) for i in range(3)]
    for step, batch in enumerate(whole):
        for key, array in batch.items():
            assert np.array_equal(np.concatenate([share[step][key] for share in shares]), array)


def test_what_lies_before_the_first_step_is_not_read():
    read = []

    def count(wanted, draws):
        read.append(len(wanted))
        return {"image": IMAGES[wanted]}

    next(train_batches(make(read=count), batch_size=8, seed=0, start_step=10_000))
    assert read == [8]


@pytest.mark.parametrize("in_memory", [True, False])
def test_where_examples_are_cropped_is_a_function_of_the_place_in_the_run(in_memory):
    """The words that a long recording is cropped by: new in each epoch, the same for any processes and when resumed."""

    def read(rows, draws=None):
        return {
            "image": np.zeros((len(rows), 1, 1, 1), np.uint8),
            "draw": np.zeros(len(rows)) if draws is None else draws,
        }

    source = make(in_memory, read=read)
    source = source._replace(spec={**source.spec, "draw": jax.ShapeDtypeStruct((), np.uint64)})

    def drawn(count, **options):
        return [batch["draw"] for batch in islice(train_batches(source, batch_size=8, seed=5, **options), count)]

    whole = drawn(14)
    assert len(np.unique(np.concatenate(whole))) == 14 * 8
    np.testing.assert_array_equal(drawn(4, start_step=10), whole[10:])
    parts = [drawn(3, process_index=i, process_count=4) for i in range(4)]
    np.testing.assert_array_equal(np.concatenate(parts, axis=1), whole[:3])
    assert whole[0][0] == 16_537_810_034_265_420_718  # for ever: a resumed run goes on with the same crops
    evaluated = next(iter(eval_batches(source, 8)))
    assert not evaluated["draw"].any()


@pytest.mark.parametrize("in_memory", [True, False])
@pytest.mark.parametrize("count", [2, 4])
def test_processes_share_each_global_batch(in_memory, count):
    whole = indices(train_batches(make(), batch_size=8, seed=0), 12)
    shares = [
        indices(train_batches(make(in_memory), batch_size=8, seed=0, process_index=i, process_count=count), 12)
        for i in range(count)
    ]
    np.testing.assert_array_equal(np.concatenate(shares, axis=1), whole)


def test_batch_sizes_that_do_not_fit():
    with pytest.raises(ValueError, match="batch_size=64 does not fit"):
        train_batches(make(), batch_size=64, seed=0)
    with pytest.raises(ValueError, match="batch_size=8 does not divide over 3 processes"):
        train_batches(make(), batch_size=8, seed=0, process_count=3)


@pytest.mark.parametrize("in_memory", [True, False])
def test_evaluation_sees_every_example_once_in_order(in_memory):
    batches = list(eval_batches(make(in_memory), 16))
    assert [batch["image"].shape[0] for batch in batches] == [16] * 4
    seen = np.concatenate([batch["index"][batch["valid"]] for batch in batches])
    assert seen.tolist() == list(range(50))
    assert batches[-1]["valid"].sum() == 2
    assert next(eval_batches(make(in_memory), 64))["valid"].sum() == 50


def test_prefetch_keeps_order_and_ends():
    assert list(prefetch(iter(range(7)), lambda x: x * 2)) == [0, 2, 4, 6, 8, 10, 12]


@pytest.mark.parametrize("where", ["iterator", "put"])
def test_prefetch_hands_exceptions_on(where):
    def broken():
        yield 1
        raise OSError("disk on fire")

    def put(x):
        if where == "put":
            raise OSError("disk on fire")
        return x

    with prefetch(broken(), put) as batches, pytest.raises(OSError, match="on fire"):
        list(batches)
    assert next(batches, "over") == "over"


def test_prefetch_builds_ahead_and_measures_waiting():
    with prefetch(iter(range(3)), lambda x: x) as batches:
        time.sleep(0.2)
        list(batches)
        assert batches.waited < 0.1

    def slow():
        for i in range(3):
            time.sleep(0.1)
            yield i

    with prefetch(slow(), lambda x: x) as batches:
        list(batches)
        assert batches.waited > 0.15


def test_prefetch_closes_while_its_queue_is_full():
    before, finished = threading.active_count(), []

    def endless():
        try:
            while True:
                yield 0
        finally:
            finished.append(True)

    batches = prefetch(endless(), lambda x: x)
    next(batches)
    batches.close()
    batches.close()
    assert finished == [True] and threading.active_count() == before


def test_a_program_that_forgets_to_close_still_ends():
    program = (
        "from itertools import count; from jssl.data.prefetch import prefetch; next(prefetch(count(), lambda x: x))"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


@pytest.mark.slow
def test_worker_processes_give_the_same_batches(tmp_path):
    np.savez(tmp_path / "x.npz", images=IMAGES)
    program = tmp_path / "program.py"
    program.write_text(f"""
from jssl.data.loader import train_batches
from jssl.data.sources import open_source

if __name__ == "__main__":
    source = open_source("npz:{tmp_path}/x.npz", split="train", route="stream")
    batches = train_batches(source, batch_size=8, seed=5, start_step=3, workers=1, processes=2)
    print([next(batches)["index"].tolist() for _ in range(6)])
    batches.close()
""")
    ran = subprocess.run([sys.executable, program], check=True, timeout=120, capture_output=True, text=True)
    expected = indices(train_batches(make(), batch_size=8, seed=5, start_step=3), 6)
    assert ran.stdout.strip() == str([batch.tolist() for batch in expected])


def test_a_stream_hands_its_refusals_on():
    def refuse(wanted, draws):
        raise DataError("every picture has gone")

    with (
        prefetch(train_batches(make(False, read=refuse), batch_size=8, seed=0), lambda x: x) as batches,
        pytest.raises(DataError, match="every picture has gone"),
    ):
        next(batches)
