"""What crosses the wire, read from the compiled step: no collective grows with a bank or a queue."""

import inspect
from collections import Counter

import jax
import pytest

from benchmarks.hlo import collectives
from jssl import parallel
from jssl.methods import METHODS
from jssl.parallel import make_layout
from jssl.run.step import abstract_state, example_batch, make_step
from tests.methods.cases import BATCH, build, optimizer, sense

SMALL, LARGE = 1536, 6144
ROWS = ("queue", "examples")
"""Keywords, one of which is how many rows a method's sharded state has."""
VARIANTS = {"npid by softmax": {"negatives": 0}}
"""Another path through the bank of the method before the first space."""
FAST, SLOW = ("moco", "npid", *VARIANTS), pytest.mark.long
SHARDED = [*(name for name in METHODS if build(name).sharded), *VARIANTS]


def sizes(name: str) -> list[dict[str, object]]:
    """The options of a method that make its sharded state small, and large."""
    keywords = [key for key in ROWS if key in inspect.signature(METHODS[name.split()[0]]).parameters]
    assert keywords, f"{name} has sharded state, but none of the keywords {ROWS} that says how large it is"
    return [{keywords[0]: rows, **VARIANTS.get(name, {})} for rows in (SMALL, LARGE)]


def compiled(name: str, **options: object) -> str:
    method = build(name.split()[0], **options)
    layout = make_layout(sharded=method.sharded)
    batch = example_batch(sense(name.split()[0]).facts.spec, BATCH)
    state = abstract_state(method, optimizer(), 0, batch, layout)
    step = layout.compile(make_step(method, optimizer()), state)
    return step.lower(state, batch).compile().as_text()


def test_the_methods_with_sharded_state_are_found():
    assert {"moco", "npid", "pirl", "swav"} <= set(SHARDED)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name if name in FAST else pytest.param(name, marks=SLOW) for name in SHARDED])
def test_no_collective_grows_with_the_bank(name):
    small, large = (compiled(name, **options) for options in sizes(name))
    assert Counter(collectives(small)) == Counter(collectives(large))
    assert {found.kind for found in collectives(small)} >= {"all-gather", "all-reduce"}  # the pattern finds them
    assert f"f32[{LARGE // 8}," in large and f"[{LARGE}," not in large  # each device holds, and sees, its own rows


def test_a_gathered_bank_would_be_found():
    """The test above can fail: the same program with one all-gather of the bank too many."""

    def step(bank: jax.Array, q: jax.Array) -> jax.Array:
        return q @ parallel.gather(bank).T

    texts = []
    for rows in (SMALL, LARGE):
        layout = make_layout()
        spec = layout.batch_sharding.spec
        run = jax.shard_map(step, mesh=layout.mesh, in_specs=(spec, spec), out_specs=spec, check_vma=False)
        shapes = [jax.ShapeDtypeStruct((n, 16), "float32", sharding=layout.batch_sharding) for n in (rows, 24)]
        texts.append(jax.jit(run).lower(*shapes).compile().as_text())
    found = [collectives(text) for text in texts]
    assert [[gather.bytes for gather in gathers] for gathers in found] == [[SMALL * 16 * 4], [LARGE * 16 * 4]]
