from functools import partial
from itertools import islice

import numpy as np
import pytest

from jssl.data.loader import batch_indices, train_batches
from jssl.data.past import earlier
from jssl.data.source import from_arrays

SOURCE = from_arrays("numbers", sound=np.arange(40, dtype=np.float32)[:, None])

SHOWN = partial(batch_indices, 40, 8, 2)


def batches(count=8, **options):
    return list(islice(train_batches(SOURCE, batch_size=8, seed=2, past=20, companions=2, **options), count))


def test_companions_are_of_the_last_examples_before_the_batch():
    shown = [SHOWN(step) for step in range(12)]
    for step in range(1, 12):
        before = np.concatenate(shown[:step])[-20:]
        chosen, _ = earlier(SHOWN, 8, 2, step, 20, 2)
        assert chosen.shape == (8, 2) and np.isin(chosen, before).all()
        assert not np.any(chosen == shown[step][:, None]), "an example is not its own companion"
    assert len(np.unique(earlier(SHOWN, 8, 2, 11, 20, 50)[0])) == len(np.unique(np.concatenate(shown[:11])[-20:]))


def test_a_companion_is_cropped_as_it_was_shown():
    words = []

    def read(rows, draws=None):
        words.append(dict(zip(rows.tolist(), draws.tolist(), strict=True)))
        return SOURCE.read(rows)

    source = SOURCE._replace(read=read)
    list(islice(train_batches(source, batch_size=8, seed=2, past=8, companions=1), 2))
    first, _, again = words
    assert again.items() <= first.items()


def test_before_the_first_batch_there_is_silence():
    first, second, *_ = batches()
    assert first["past"]["sound"].shape == (8, 2, 1) and not first["past"]["sound"].any()
    assert np.isin(second["past"]["sound"], first["sound"]).all()


def test_companions_do_not_depend_on_where_a_run_resumes_or_on_the_processes():
    whole = batches()
    for i, batch in enumerate(batches(3, start_step=5)):
        np.testing.assert_array_equal(batch["past"]["sound"], whole[5 + i]["past"]["sound"])
    shares = [batches(process_index=i, process_count=2) for i in range(2)]
    for step, batch in enumerate(whole):
        joined = np.concatenate([share[step]["past"]["sound"] for share in shares])
        np.testing.assert_array_equal(joined, batch["past"]["sound"])


@pytest.mark.parametrize("in_memory", [True, False])
def test_without_a_past_nothing_is_added(in_memory):
    batch = next(train_batches(SOURCE._replace(in_memory=in_memory), batch_size=8, seed=2))
    assert batch.keys() == {"sound", "index"}
