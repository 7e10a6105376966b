import jax
import jax.numpy as jnp

from benchmarks import programs
from jssl.cost.flops import flops_of
from tests.tiny_config import get_config


def test_configs_of_papers_are_those_that_name_one():
    found = programs.of_papers()
    assert "simclr_imagenet" in found and "mae_imagenet" in found and "simclr_mnist5k" not in found


def test_a_step_is_its_views_and_more():
    found = programs.measure(get_config())
    assert found["flops"] > 0 and 0 < found["views"] < 1
    assert 0.5 < found["float32"] < 1  # all but views and the loss


def test_products_can_be_left_out():
    half = jnp.ones((3, 3), jnp.bfloat16)
    both = lambda x, y: (x @ x).sum() + (y @ y).sum()  # noqa: E731
    program = jax.make_jaxpr(both)(half, half.astype(jnp.float32)).jaxpr
    only = flops_of(program, only=lambda product: product.invars[0].aval.dtype == jnp.float32)
    assert only * 2 == flops_of(program) == 2 * 2 * 3**3
