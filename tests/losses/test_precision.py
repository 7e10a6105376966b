"""What is compared is multiplied in float32 on every device, whatever its default for matrix products is."""

from collections.abc import Iterator
from pathlib import Path

import jax
import jax.numpy as jnp
import pytest
from jax.extend.core import Jaxpr, JaxprEqn
from jax.sharding import PartitionSpec as P

import jssl
from jssl import bank
from jssl.losses.contrastive import in_batch, nt_xent
from jssl.losses.distillation import cross_view_entropy
from jssl.nets.net import Net, computing_in
from jssl.parallel import make_layout
from tests.methods.cases import BATCH, CASES, batch, build

PACKAGE = Path(jssl.__file__).parent
NETWORKS = PACKAGE / "nets"  # which may multiply as the device likes
KINDS = ("dot_general", "conv_general_dilated")
EXACT = (jax.lax.Precision.HIGHEST,) * 2
VECTORS, ROWS, VIEWS = jnp.ones((6, 4)), jnp.arange(6), jnp.ones((6, 2, 4))
LOSSES = {
    "nt_xent": lambda z: nt_xent(z, z, ROWS, ROWS[::-1], temperature=0.1),
    "nt_xent by chunks": lambda z: nt_xent(z, z, ROWS, ROWS[::-1], temperature=0.1, chunk=2),
    "in_batch": lambda z: in_batch(z, z, ROWS, temperature=0.1),
    "cross_view_entropy": lambda z: cross_view_entropy(VIEWS, z[:, None] * VIEWS, temperature=0.1),
    "log_partition": lambda z: jnp.mean(bank.log_partition(VECTORS, z, temperature=0.1)),
}


def products(jaxpr: Jaxpr, kinds: tuple[str, ...] = ("dot_general",)) -> Iterator[JaxprEqn]:
    """Every equation of these kinds, however deep."""
    for equation in jaxpr.eqns:
        if equation.primitive.name in kinds:
            yield equation
        for inner in jax.tree.leaves(list(equation.params.values()), is_leaf=lambda x: hasattr(x, "jaxpr")):
            inner = getattr(inner, "jaxpr", inner)  # closed or open
            if hasattr(inner, "eqns"):
                yield from products(inner, kinds)


def origin(equation: JaxprEqn) -> Path:
    """The file of ours that asked for it, the innermost."""
    files = (Path(frame.file_name) for frame in equation.source_info.traceback.frames)
    return next(file for file in files if PACKAGE in file.parents)


def traced(function, *arguments) -> Jaxpr:
    """With the device axis bound."""
    mesh = make_layout(devices=jax.devices()[:1]).mesh
    per_device = jax.shard_map(function, mesh=mesh, in_specs=P(), out_specs=P(), check_vma=False)
    return jax.make_jaxpr(per_device)(*arguments).jaxpr


@pytest.mark.parametrize("name", LOSSES)
def test_losses_and_their_gradients_multiply_in_float32(name):
    found = list(products(traced(jax.value_and_grad(LOSSES[name]), VECTORS)))
    assert found
    assert all(product.params["precision"] == EXACT for product in found)


OF_CONVOLUTIONS = ("restoration", "sound_super_resolution")
"""Their networks have no other products."""


@pytest.mark.parametrize("name", CASES)
def test_only_networks_multiply_as_the_device_likes(name):
    method, examples = build(name), batch(name, 0)
    key, keys = jax.random.key(0), jax.random.split(jax.random.key(1), BATCH)
    params, extra = jax.eval_shape(method.init, key, examples)
    views = jax.eval_shape(method.views, keys, examples)
    loss = traced(method.loss, params, extra, views, key, jnp.int32(0))
    kinds = ("conv_general_dilated",) if name in OF_CONVOLUTIONS else ("dot_general",)
    assert any(origin(x).parent == NETWORKS for x in products(loss, kinds))
    inexact = {origin(product) for product in products(loss) if product.params["precision"] != EXACT}
    assert {file for file in inexact if file.parent != NETWORKS} == set()


QUANTIZED = PACKAGE / "nets/quantizer.py"
"""Whose noise would be rounded away, as fairseq has it too."""


def idle(net: Net) -> Net:
    """The network without its products: what is left of a method are heads, decoders, other players."""

    def silent(apply):
        def call(*arguments, **options):
            shapes = jax.eval_shape(lambda: apply(*arguments, **options))
            return jax.tree.map(lambda x: jnp.zeros(x.shape, x.dtype), shapes)

        return apply and call

    parts = {name: idle(part) for name, part in net.parts.items()}
    return net._replace(apply=silent(net.apply), tokens=silent(net.tokens), parts=parts)


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_in_a_step_of_bfloat16_every_head_and_decoder_computes_in_it(name):
    # A teacher that has a network of its own has a precision of its own, too.
    own = {"teacher": None, "teacher_hidden": ()} if name == "distillation" else {}
    method, examples = build(name, around=idle, **own), batch(name, 0)
    key, keys = jax.random.key(0), jax.random.split(jax.random.key(1), BATCH)
    params, extra = jax.eval_shape(method.init, key, examples)
    views = jax.eval_shape(method.views, keys, examples)
    with computing_in(jnp.bfloat16):
        loss = traced(method.loss, params, extra, views, key, jnp.int32(0))
    exact = {file for file in map(origin, products(loss, KINDS)) if file.parent != NETWORKS} | {QUANTIZED}
    wide = [x for x in products(loss, KINDS) if x.invars[0].aval.dtype != jnp.bfloat16 and origin(x) not in exact]
    assert [(origin(x).name, x.invars[1].aval.shape) for x in wide] == []
