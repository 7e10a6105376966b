"""The conformance suite: what every method of the index proves. A new method is covered by its line in the index."""

from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

import chex
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jssl.method import Method, State
from jssl.methods import METHODS
from jssl.parallel import Layout, make_layout
from jssl.run.checkpoint import open_checkpoints, restore, save
from jssl.run.step import abstract_state, create_state, example_batch, make_step
from tests.methods.cases import BATCH, CASES, ENCODERS, batch, build, optimizer, sense

SEED = 3
LAYOUTS = {
    "jit on 1": {"devices": 1},
    "jit on 2": {"devices": 2},
    "jit on 6": {"devices": 6},
    "jit on 8": {"devices": 8},
    "pmap on 8": {"devices": 8, "compiler": "pmap"},
    "fsdp 2 on 8": {"devices": 8, "fsdp": 2},
}
HINT = (
    "The result depends on the number of devices. Usually: a mean or sum over the batch without parallel.pmean or psum"
    " (a mean of means over uneven counts too); negatives without parallel.gather; random numbers drawn from the loss's"
    " key by the place on the device and not in the global batch (draw in `views`, which has one key per example); or"
    " state that is split over the devices and not named in Method.sharded, or the other way round."
)
# What differs in kind: negatives in the batch, a sharded queue and a teacher, a sharded memory bank. Every method
# proves itself on one device; what is expensive to see, `make test` shows of these. CI shows of all that 8 devices give
# the same, that views know no neighbours and that checkpoints go on; `make test-slow` other layouts and batch norms.
REPRESENTATIVES = ("simclr", "moco", "npid")
LATE = ("deepcluster", "deepcluster_v2")
"""What learns nothing in its first step, until there are clusters."""


def parametrize(names: Iterable[str], fast: Iterable[str], other: pytest.MarkDecorator) -> pytest.MarkDecorator:
    """A test of each method, of this mark but for those of `fast`. Outermost: the name ends its id, see `conftest`."""
    marks = {name: () if name in fast else other for name in names}
    return pytest.mark.parametrize("name", [pytest.param(name, marks=marks[name]) for name in sorted(names)])


each_method = parametrize(CASES, METHODS, pytest.mark.slow)  # on other senses than its own in CI
each_method_in_ci = parametrize(CASES, REPRESENTATIVES, pytest.mark.slow)
each_representative = parametrize(CASES, REPRESENTATIVES, pytest.mark.long)
each_with_batch_norm = parametrize(CASES.keys() - ENCODERS.keys(), REPRESENTATIVES, pytest.mark.long)


def home(name: str) -> str:
    """The layout of what is shown on one layout alone: 8 devices where their step is compiled anyway."""
    return "jit on 8" if name in REPRESENTATIVES else "jit on 1"


def examples(name: str) -> dict[str, jax.ShapeDtypeStruct]:
    return example_batch(sense(name).facts.spec, BATCH)


def layout_of(method: Method, devices: int, **options: object) -> Layout:
    return make_layout(sharded=method.sharded, devices=jax.devices()[:devices], **options)


def machine(name: str, layout_name: str, batch_norm: str = "sync") -> tuple[Method, Layout, Callable]:
    """A method with its compiled step: compiled once for all tests."""
    return _machine(name, layout_name, batch_norm)


@cache  # by what is passed, so there is no default: with one, the same step would be compiled twice
def _machine(name: str, layout_name: str, batch_norm: str) -> tuple[Method, Layout, Callable]:
    method = build(name, batch_norm)
    layout = layout_of(method, **LAYOUTS[layout_name])
    like = abstract_state(method, optimizer(), SEED, examples(name), layout)
    return method, layout, layout.compile(make_step(method, optimizer()), like)


@cache
def _first_bits(name: str) -> State:
    method = build(name)
    devices = LAYOUTS[home(name)]["devices"]
    return bits(create_state(method, optimizer(), SEED, examples(name), layout_of(method, devices)))


def first_state(name: str) -> State:
    """The state before the first step, in canonical form; on the host, since a step donates what it is given."""
    state = _first_bits(name)
    return state._replace(key=jax.random.wrap_key_data(state.key))


@cache
def three_steps(name: str, layout_name: str, batch_norm: str = "sync") -> tuple[State, list[dict[str, float]]]:
    _, layout, step = machine(name, layout_name, batch_norm)
    state = layout.place(first_state(name))
    seen = []
    for i in range(3):
        state, metrics = step(state, layout.feed(batch(name, i)))
        seen.append(jax.tree.map(lambda x: float(np.asarray(x).reshape(-1)[0]), metrics))
    return bits(layout.canonical(state)), seen


def bits(state: State) -> State:
    return jax.tree.map(lambda x: np.asarray(jax.random.key_data(x) if _is_key(x) else x), state)


def _is_key(x: jax.Array) -> bool:
    return jax.dtypes.issubdtype(x.dtype, jax.dtypes.prng_key)


def _aval(x: jax.Array) -> tuple:
    return x.shape, x.dtype, getattr(x, "weak_type", None), x.sharding


def agrees_with_one_device(name: str, layout_name: str) -> None:
    (one, one_metrics), (many, many_metrics) = three_steps(name, "jit on 1"), three_steps(name, layout_name)
    try:
        chex.assert_trees_all_close(many, one, rtol=1e-4, atol=2e-5)
        chex.assert_trees_all_close(many_metrics, one_metrics, rtol=1e-3, atol=1e-5)
    except AssertionError as difference:
        raise AssertionError(f"{HINT}\n\n{difference}") from None


@each_method_in_ci
def test_eight_devices_give_the_one_device_result(name: str) -> None:
    agrees_with_one_device(name, "jit on 8")


@each_representative
@pytest.mark.parametrize(
    "layout_name", ["pmap on 8", "fsdp 2 on 8", *(pytest.param(f"jit on {n}", marks=pytest.mark.long) for n in (2, 6))]
)
def test_every_layout_gives_the_one_device_result(name: str, layout_name: str) -> None:
    agrees_with_one_device(name, layout_name)


@pytest.mark.long
@each_with_batch_norm
@pytest.mark.parametrize("batch_norm", ["device", "ghost:3"])
def test_pmap_equals_jit_with_unsynchronised_batch_norm(name: str, batch_norm: str) -> None:
    (a, _), (b, _) = three_steps(name, "jit on 8", batch_norm), three_steps(name, "pmap on 8", batch_norm)
    chex.assert_trees_all_close(a, b, rtol=1e-4, atol=2e-5)


@each_with_batch_norm
def test_ghost_batch_norm_does_not_depend_on_the_device_count(name: str) -> None:
    (a, _), (b, _) = three_steps(name, "jit on 1", "ghost:3"), three_steps(name, "jit on 8", "ghost:3")
    chex.assert_trees_all_close(a.params, b.params, rtol=1e-2, atol=1e-3)


@each_method
def test_a_network_that_says_the_same_of_everything_has_the_loss_at_chance(name: str) -> None:
    """All its weights are 0, and so are its teacher's; what is at chance is so on any number of devices."""
    method, layout, step = machine(name, home(name))
    if method.chance is None:
        return
    _, metrics = step(layout.place(blind(first_state(name))), layout.feed(batch(name, 0)))
    assert float(np.asarray(metrics["loss"]).reshape(-1)[0]) == pytest.approx(method.chance(BATCH), rel=1e-4)


def blind(state: State) -> State:
    """A state whose network, and teacher, gives 0 for everything."""
    teachers = {
        key: jax.tree.map(np.zeros_like, state.extra[key]) for key in state.extra.keys() & {"teacher", "average"}
    }
    return state._replace(params=jax.tree.map(np.zeros_like, state.params), extra={**state.extra, **teachers})


@each_method
def test_state_is_stable_and_the_step_compiles_once(name: str) -> None:
    compiles_once(name, home(name))


@each_representative
def test_state_is_stable_and_the_step_compiles_once_under_pmap(name: str) -> None:
    compiles_once(name, "pmap on 8")


def compiles_once(name: str, layout_name: str) -> None:
    method, layout, step = machine(name, layout_name)
    state, _ = step(layout.place(first_state(name)), layout.feed(batch(name, 0)))
    compilations = []
    jax.monitoring.register_event_duration_secs_listener(
        lambda event, seconds, **_: compilations.append(event) if event.endswith("backend_compile_duration") else None
    )
    before, fed = jax.tree.map(_aval, state), [layout.feed(batch(name, i)) for i in (1, 2)]
    compilations.clear()
    for example in fed:
        state, _ = step(state, example)
    assert compilations == []
    assert jax.tree.map(_aval, state) == before
    assert set(state.extra) >= set(method.sharded)


@each_method
def test_init_is_abstractly_traceable(name: str) -> None:
    method = build(name)
    zeros = {key: jnp.zeros(x.shape, x.dtype) for key, x in examples(name).items()}
    params, extra = jax.eval_shape(method.init, jax.random.key(0), zeros)
    assert jax.tree.leaves(params)
    assert method.sharded <= set(extra)


@each_method_in_ci
def test_views_do_not_depend_on_the_neighbours(name: str) -> None:
    method = build(name)
    keys = jax.random.split(jax.random.key(0), BATCH)
    whole, others = (jax.tree.map(jnp.asarray, batch(name, step)) for step in (0, 1))
    moved = jax.tree.map(lambda mine, x: jnp.concatenate([mine[5:8], x[3:]]), (keys, whole), (keys, others))
    views = jax.jit(method.views)
    expected = jax.tree.map(lambda x: x[5:8], views(keys, whole))
    seen = jax.tree.map(lambda x: x[:3], views(*moved))
    chex.assert_trees_all_close(seen, expected, atol=1e-5)


@each_method
def test_embed_gives_float32_features_of_single_examples(name: str) -> None:
    method, state = build(name), first_state(name)
    extra = {key: x for key, x in state.extra.items() if key not in method.sharded}  # who only embeds loads no bank
    mine, others = ({key: batch(name, i)[key] for key in sense(name).facts.spec} for i in (0, 1))
    embed = jax.jit(method.embed)
    features = embed(state.params, extra, mine)
    assert features.dtype == jnp.float32 and features.shape[0] == BATCH and features.ndim == 2
    among_others = embed(state.params, extra, jax.tree.map(lambda x, y: np.concatenate([x[3:4], y[1:]]), mine, others))
    np.testing.assert_allclose(among_others[0], features[3], atol=1e-5)
    single = jax.tree.map(lambda x: x[:1], mine)
    assert jax.eval_shape(method.embed, state.params, extra, single).shape == features[:1].shape


@each_method
def test_the_loss_falls_on_a_toy_batch(name: str) -> None:
    _, layout, step = machine(name, "jit on 1")
    state, toys, losses = layout.place(first_state(name)), layout.feed(batch(name, 0)), []
    for _ in range(60):
        state, metrics = step(state, toys)
        losses.append(float(metrics["loss"]))
    # From the third step: by then a queue, which begins with random keys that are easy to tell apart, is full.
    assert np.mean(losses[-10:]) < np.mean(losses[2:7]) - 0.1


@each_method_in_ci
def test_micro_batches_pass_the_state_on(name: str) -> None:
    method, layout, _ = machine(name, "jit on 1")
    state = abstract_state(method, optimizer(), SEED, examples(name), layout)
    after, _ = jax.eval_shape(
        layout.compile(make_step(method, optimizer(), accumulate=2), state), state, batch(name, 0)
    )
    chex.assert_trees_all_equal_shapes_and_dtypes(after, state)


@each_representative
def test_accumulated_micro_batches_average_their_gradients(name: str) -> None:
    method = build(name, "ghost:3")
    layout = layout_of(method, 1)
    tx = optax.sgd(1.0)
    first = create_state(method, tx, 0, examples(name), layout)
    old, same = jax.tree.map(np.asarray, first.params), blind(jax.tree.map(lambda x: x.copy(), first))
    step = layout.compile(make_step(method, tx, accumulate=2), first)
    state, metrics = step(first, layout.feed(batch(name, 0)))
    moved = jax.tree.map(lambda a, b: float(np.abs(a - b).max()), old, state.params)
    assert max(jax.tree.leaves(moved)) > 0 or name in LATE
    assert np.isfinite(float(metrics["loss"]))
    _, metrics = step(same, layout.feed(batch(name, 0)))
    if method.chance:  # of what is compared at once: half of the batch
        assert float(metrics["loss"]) == pytest.approx(method.chance(BATCH // 2), rel=1e-4)


@each_method_in_ci
def test_a_checkpoint_goes_on_bit_for_bit(name: str, tmp_path: Path) -> None:
    goes_on(name, home(name), "jit on 1", tmp_path)


@each_representative
@pytest.mark.parametrize(("saved_on", "restored_on"), [("pmap on 8", "jit on 8"), ("jit on 1", "pmap on 8")])
def test_a_checkpoint_moves_between_compilers(name: str, saved_on: str, restored_on: str, tmp_path: Path) -> None:
    goes_on(name, saved_on, restored_on, tmp_path)


def goes_on(name: str, saved_on: str, restored_on: str, folder: Path) -> None:
    _, layout, step = machine(name, saved_on)
    state, _ = step(layout.place(first_state(name)), layout.feed(batch(name, 0)))
    whole = layout.canonical(state)
    manager = open_checkpoints(folder)
    save(manager, whole, {"step": 1})
    manager.wait_until_finished()
    method, target, target_step = machine(name, restored_on)
    back, data = restore(manager, abstract_state(method, optimizer(), SEED, examples(name), target))
    manager.close()
    assert data == {"step": 1}
    chex.assert_trees_all_equal(bits(back), bits(whole))
    chex.assert_trees_all_equal(bits(target.canonical(target.place(back))), bits(whole))
    state, _ = target_step(target.place(back), target.feed(batch(name, 1)))
    assert int(target.canonical(state).step) == 2
