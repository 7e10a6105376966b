"""Lines as XLA's CPU, GPU and TPU compilers wrote them (shortened), and a program compiled here."""

import jax
import jax.numpy as jnp
import pytest
from jax.sharding import PartitionSpec as P

from benchmarks.hlo import Collective, collectives

MODULE = "HloModule jit_step, is_scheduled=true, num_partitions=8\n"


def program(*lines):
    return MODULE + "ENTRY %main.1_spmd (param: f32[8,16]) -> f32[] {\n" + "\n".join(f"  {x}" for x in lines) + "\n}\n"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param(
            "%all_gather.7 = f32[64,16]{1,0} all-gather(%param), channel_id=1, replica_groups={{0,1,2,3,4,5,6,7}}, "
            'dimensions={0}, use_global_device_ids=true, metadata={op_name="jit(f)/shard_map/all_gather"}',
            Collective("all-gather", 64 * 16 * 4, 8, 1),
            id="listed groups",
        ),
        pytest.param(
            "ROOT %all-reduce.57 = (f32[1,4]{1,0:T(1,128)S(1)}, /*index=1*/bf16[3]{0:T(128)}, f32[]{:T(128)}) "
            "all-reduce(%a, %b, /*index=2*/%c), channel_id=1, replica_groups=[2,4]<=[8], to_apply=%region_11.17",
            Collective("all-reduce", 4 * 4 + 3 * 2 + 4, 4, 1),
            id="a tuple on a TPU, generated groups",
        ),
        pytest.param(
            "%all_gather.4 = pred[8,16]{1,0} all-gather(%p), replica_groups=mesh['data'=4,'fsdp'=2] {'data'}",
            Collective("all-gather", 8 * 16, 4, 1),
            id="groups by mesh axis",
        ),
        pytest.param(
            "%all_gather.4 = s32[8]{0} all-gather(%p), replica_groups=mesh['data'=8,'fsdp'=3] {'data':(2)4,'fsdp'}",
            Collective("all-gather", 32, 12, 1),
            id="groups by a part of a mesh axis",
        ),
        pytest.param(
            "%r = bf16[8,4]{1,0} reduce-scatter(%x), replica_groups={{0,1},{2,3},{4,5},{6,7}}, dimensions={0}",
            Collective("reduce-scatter", 8 * 4 * 2 * 2, 2, 1),
            id="reduce-scatter counts its operand",
        ),
        pytest.param(
            "%s = (f32[8,16]{1,0}, f32[64,16]{1,0}) all-gather-start(%p), replica_groups={}, dimensions={0}",
            Collective("all-gather", 64 * 16 * 4, 8, 1),
            id="asynchronous, all devices",
        ),
        pytest.param(
            "%s = (u8[9]{0}, u8[9]{0}, u32[], u32[]) collective-permute-start(%p), source_target_pairs={{0,1},{1,0}}",
            Collective("collective-permute", 9, 2, 1),
            id="asynchronous permutation",
        ),
        pytest.param(
            "%all-to-all = (f32[1,16]{1,0}, f32[1,16]{1,0}) all-to-all(%a, %b), replica_groups=[4,2]<=[8]",
            Collective("all-to-all", 2 * 16 * 4, 2, 1),
            id="all-to-all",
        ),
    ],
)
def test_a_line(line, expected):
    assert collectives(program(line)) == [expected]


@pytest.mark.parametrize(
    "line",
    [
        "%d = f32[64,16]{1,0} all-gather-done(%s), channel_id=1",
        "%g = f32[64]{0} all-gather(%p), replica_groups={{0},{1},{2},{3},{4},{5},{6},{7}}, dimensions={0}",
        '%m = f32[64]{0} multiply(%p, %p), metadata={op_name="jit(f)/all-gather(x)"}',
        "%e = f32[1,16]{1,0} get-tuple-element(%all-to-all), index=0",
    ],
)
def test_what_is_none(line):
    assert collectives(program(line)) == []


CALLED = """
%cond (p: (s32[], f32[8])) -> pred[] {
  %constant.3 = s32[]{:T(128)} constant(6), metadata={op_name="jit(step)"}
  ROOT %lt = pred[]{:T(512)} compare(%i, %constant.3), direction=LT
}

%wrapped (x: f32[8]) -> f32[8] {
  ROOT %ar = f32[8]{0} all-reduce(%x), replica_groups=[1,8]<=[8], to_apply=%add
}

%body (p: (s32[], f32[8])) -> (s32[], f32[8]) {
  %f = f32[8]{0} fusion(%x), kind=kCustom, calls=%wrapped
  %g = f32[8]{0} fusion(%f), kind=kCustom, calls=%wrapped
}

%dead (x: f32[8]) -> f32[8] {
  ROOT %ar.1 = f32[8]{0} all-reduce(%x), replica_groups=[1,8]<=[8], to_apply=%add
}

ENTRY %main (param: f32[8]) -> f32[8] {
  %while.1 = (s32[], f32[8]{0}) while(%t), condition=%cond, body=%body, metadata={op_name="w"}STATED
  ROOT %ar.2 = f32[8]{0} all-reduce(%x), replica_groups=[1,8]<=[8], to_apply=%add
}
"""


@pytest.mark.parametrize(
    ("stated", "trips"), [(', backend_config={"known_trip_count":{"n":"5"},"known_init_step":{}}', 5), ("", 6)]
)
def test_loops_multiply(stated, trips):
    found = collectives(MODULE + CALLED.replace("STATED", stated))
    assert sorted(c.count for c in found) == [1, 2 * trips]


SPREAD = """
%start (x: bf16[4,16]) -> (bf16[4,16], bf16[32,16], u32[]) {
  %g = bf16[32,16]{1,0:T(8,128)(2,1)} all-gather(%x), replica_groups=[1,8]<=[8], frontend_attributes={chain_id="0"}
  ROOT %custom-call = (bf16[4,16], bf16[32,16], u32[]) custom-call(%g), custom_call_target="AsyncCollectiveStart"
}

%async_collective_fusion.1 (x: bf16[4,16], w: bf16[16,16]) -> (bf16[4,16], bf16[32,16]) {
  %y = bf16[4,16]{1,0} convolution(%x, %w), dim_labels=bf_io->bf
  %g.1 = bf16[32,16]{1,0:T(8,128)(2,1)} all-gather(%x), replica_groups=[1,8]<=[8], frontend_attributes={chain_id="0"}
  ROOT %tuple = (bf16[4,16], bf16[32,16]) tuple(%y, %g.1)
}

%done (x: bf16[4,16]) -> bf16[32,16] {
  %g.2 = bf16[32,16]{1,0:T(8,128)(2,1)} all-gather(%x), replica_groups=[1,8]<=[8], frontend_attributes={chain_id="0"}
  ROOT %custom-call.1 = bf16[32,16] custom-call(%g.2), custom_call_target="AsyncCollectiveDone"
}

ENTRY %main (x: bf16[4,16], w: bf16[16,16]) -> f32[] {
  %async-collective-start = (bf16[4,16], bf16[32,16], u32[]) fusion(%x), kind=kCustom, calls=%start
  %fusion = (bf16[4,16], bf16[32,16]) fusion(%a, %w), kind=kOutput, calls=%async_collective_fusion.1
  %fusion.1 = bf16[32,16] fusion(%b), kind=kCustom, calls=%done
  %other = bf16[32,16] all-gather(%x), replica_groups=[1,8]<=[8], frontend_attributes={chain_id="1"}
  %alone = bf16[32,16] all-gather(%x), replica_groups=[1,8]<=[8]
}
"""


def test_one_collective_spread_over_the_fusions_beside_it_counts_once():
    assert collectives(MODULE + SPREAD) == [Collective("all-gather", 32 * 16 * 2, 8, 1)] * 3


def test_a_loop_of_unknown_length_counts_once():
    found = collectives(MODULE + CALLED.replace("STATED", "").replace("direction=LT", "direction=GT"))
    assert sorted(c.count for c in found) == [1, 2]


@pytest.mark.parametrize(
    ("kind", "sent"),
    [("all-reduce", 1400), ("all-gather", 700), ("reduce-scatter", 700), ("all-to-all", 700)],
)
def test_bytes_on_the_wire_are_the_ring_algorithms(kind, sent):
    assert Collective(kind, 800, 8, 1).wire_bytes == sent


def test_a_permutation_sends_its_buffer():
    assert Collective("collective-permute", 800, 2, 1).wire_bytes == 800


@pytest.mark.parametrize("fsdp", [1, 2])
def test_a_compiled_program(fsdp):
    """Rows [4, 6] of each device gathered, a mean of 5 floats, and a gather in each of 3 turns of a loop."""
    mesh = jax.make_mesh((8 // fsdp, fsdp), ("data", "fsdp"), axis_types=(jax.sharding.AxisType.Auto,) * 2)

    def f(x):
        def turn(carry, _):
            return jax.lax.all_gather(carry, "data", tiled=True)[:4] * 2, None

        y, _ = jax.lax.scan(turn, x, None, length=3)
        z = jax.lax.all_gather(x.astype(jnp.bfloat16), "data", tiled=True)
        return jax.lax.pmean(y[0, :5], "data"), z

    step = jax.shard_map(f, mesh=mesh, in_specs=P("data"), out_specs=(P(), P()), axis_names={"data"}, check_vma=False)
    n = 8 // fsdp
    text = jax.jit(step).lower(jax.ShapeDtypeStruct((4 * n, 6), jnp.float32)).compile().as_text()
    found = {c for c in collectives(text) if c.devices == n}
    looped = Collective("all-gather", n * 4 * 6 * 4, n, 3)
    assert looped in found
    assert Collective("all-reduce", 5 * 4, n, 1) in found
    (once,) = found - {looped, Collective("all-reduce", 5 * 4, n, 1)}
    assert once in (Collective("all-gather", n * 4 * 6 * width, n, 1) for width in (2, 4))  # CPU may widen bfloat16
