"""What crosses the wire, read from the compiled step: no collective grows with a bank or a queue."""

import re
from collections import Counter

import jax
import pytest

from jssl.augment.views import make_recipe
from jssl.methods import METHODS
from jssl.nets.convnet import convnet
from jssl.parallel import make_layout
from jssl.step import abstract_state, example_batch, make_step
from tests.test_methods import BATCH, OPTIONS, SHAPE, optimizer

SMALL, LARGE = 1536, 6144
SIZED = {  # every method with sharded state, at two sizes of it; variants that take another path through the bank too
    "moco": [{"queue": SMALL}, {"queue": LARGE}],
    "npid": [{"examples": SMALL}, {"examples": LARGE}],
    "npid by softmax": [{"examples": SMALL, "negatives": 0}, {"examples": LARGE, "negatives": 0}],
    "pirl": [{"examples": SMALL}, {"examples": LARGE}],
}
COLLECTIVE = re.compile(
    r"= (\(?[^=\n]*?) (all-gather|all-reduce|all-to-all|collective-permute|reduce-scatter|collective-broadcast)"
    r"(?:-start)?\("
)


def collectives(text: str) -> Counter:
    """(kind, shapes of the result) of every collective of a compiled program."""
    shapes = re.compile(r"\w+\[[\d,]*\]")
    return Counter((kind, *shapes.findall(result)) for result, kind in COLLECTIVE.findall(text))


def compiled(name: str, compiler: str, **options: object) -> str:
    method_name = name.split()[0]
    recipe = make_recipe("simclr_cifar", size=16, crop=None, jitter=None, grey=0.0)
    method = METHODS[method_name](convnet(width=4, depth=1), recipe, **{**OPTIONS[method_name], **options})
    layout = make_layout(sharded=method.sharded, compiler=compiler)
    batch = example_batch(SHAPE, BATCH)
    state = abstract_state(method, optimizer(), 0, batch, layout)
    step = layout.compile(make_step(method, optimizer()), state)
    if compiler == "pmap":
        state = jax.eval_shape(layout.place, state)
        batch = jax.tree.map(lambda x: jax.ShapeDtypeStruct((8, x.shape[0] // 8, *x.shape[1:]), x.dtype), batch)
    return step.lower(state, batch).compile().as_text()


def test_every_method_with_sharded_state_is_covered():
    for name, factory in METHODS.items():
        sized = [key for key in SIZED if key.split()[0] == name]
        required = {"examples": 64, "steps": 9}
        known = {key: value for key, value in required.items() if key in factory.__kwdefaults__ or {} or key in factory.__code__.co_varnames}
        method = factory(convnet(width=4, depth=1), make_recipe("simclr_cifar", size=16), **known)
        assert bool(method.sharded) == bool(sized), f"{name} shards {set(method.sharded)}: give SIZED two sizes of it"


@pytest.mark.parametrize("name", SIZED)
def test_no_collective_grows_with_the_bank(name):
    small, large = (compiled(name, "jit", **options) for options in SIZED[name])
    assert collectives(small) == collectives(large)
    assert {kind for kind, *_ in collectives(small)} >= {"all-gather", "all-reduce"}  # the pattern finds them
    assert f"f32[{LARGE // 8}," in large and f"[{LARGE}," not in large  # each device holds, and sees, its own rows


def test_a_gathered_bank_would_be_found():
    """The test above can fail: the same program with one all-gather of the bank too many."""
    from jssl import parallel

    def step(bank: jax.Array, q: jax.Array) -> jax.Array:
        return q @ parallel.gather(bank).T

    texts = []
    for rows in (SMALL, LARGE):
        layout = make_layout()
        spec = layout.batch_sharding.spec
        run = jax.shard_map(step, mesh=layout.mesh, in_specs=(spec, spec), out_specs=spec, check_vma=False)
        shapes = [jax.ShapeDtypeStruct((n, 16), "float32", sharding=layout.batch_sharding) for n in (rows, 24)]
        texts.append(jax.jit(run).lower(*shapes).compile().as_text())
    assert collectives(texts[0]) != collectives(texts[1])
    assert any(kind == "all-gather" and f"f32[{LARGE},16]" in shapes for kind, *shapes in collectives(texts[1]))
