"""The bank's benchmark measures the same computation in both layouts."""

import json
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.sharding import PartitionSpec as P

from benchmarks import bank as benchmark
from jssl.parallel import AXIS, make_layout

COMMAND = ["bank", "--rows=2000", "--dim=8", "--batch_size=16", "--negatives=8"]


@pytest.mark.slow
def test_both_layouts_compute_the_same(rng):
    arrays = rng.normal(size=(1536, 8)), rng.normal(size=(16, 8))
    bank, features = (jnp.asarray(x, jnp.float32) for x in arrays)
    index = jnp.asarray(rng.permutation(100)[:16], jnp.int32)
    results = []
    for layout, where in (("sharded", P(AXIS)), ("replicated", P())):

        def step(*arguments, layout=layout):
            return benchmark.bank_step(layout, 100, 12, *arguments)

        run = jax.shard_map(
            step, mesh=make_layout().mesh, check_vma=False,
            in_specs=(where, P(AXIS), P(AXIS), P()), out_specs=(where, P(), P(AXIS)),
        )  # fmt: skip
        results.append(jax.jit(run)(bank, features, index, jax.random.key(0)))
    for sharded, replicated in zip(*results, strict=True):
        np.testing.assert_allclose(sharded, replicated, rtol=1e-5, atol=1e-6)


@pytest.mark.slow
def test_prints_a_table_and_json(capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", [*COMMAND, "--devices", "1", "4", "--steps", "2"])
    benchmark.main()
    *table, last = capsys.readouterr().out.splitlines()
    found = json.loads(last)["results"]
    assert [(row["layout"], row["devices"]) for row in found] == [
        (x, n) for n in (1, 4) for x in ("sharded", "replicated")
    ]
    assert len(table) == 2 + len(found)
    sharded, replicated = (row for row in found if row["devices"] == 4)
    assert replicated["bank_bytes"] == 3072 * 8 * 4 == 4 * sharded["bank_bytes"]
    assert all(row["seconds"] > 0 for row in found)


@pytest.mark.slow
def test_a_bank_without_room_is_compiled_but_not_run(monkeypatch, capsys):
    monkeypatch.setattr(benchmark, "_room", lambda devices: 0)
    monkeypatch.setattr(sys, "argv", [*COMMAND, "--devices", "1"])
    benchmark.main()
    found = json.loads(capsys.readouterr().out.splitlines()[-1])["results"]
    assert [row["seconds"] for row in found] == [None, None] and found[0]["peak_bytes"] >= found[0]["bank_bytes"]
