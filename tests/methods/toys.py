"""Encoders and batches that need no time, and a way to call what runs inside the step."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.sharding import PartitionSpec as P

from jssl.augment.views import Recipe, make_recipe
from jssl.inputs.image import pictures
from jssl.inputs.input import Input
from jssl.method import Method
from jssl.nets.net import Net
from jssl.parallel import make_layout
from jssl.run.step import create_state, make_step

N, SIZE = 12, 12


def flat(dim: int = 6) -> Net:
    """A linear map of the mean colours of a 2x2 grid."""

    def init(key, example):
        return {"w": jax.random.normal(key, (4 * example.shape[-1], dim))}, {}

    def apply(params, stats, x, *, key=None, train=False):
        n, h, w, c = x.shape
        x = x[:, : h // 2 * 2, : w // 2 * 2].reshape(n, 2, h // 2, 2, w // 2, c).mean((2, 4)).reshape(n, -1)
        return x @ params["w"], stats

    return Net(init, apply)


def constant(dim: int = 6) -> Net:
    """The same features for every picture."""
    return flat(dim)._replace(apply=lambda params, stats, x, *, key=None, train=False: (jnp.ones((len(x), dim)), stats))


def recipe() -> Recipe:
    return make_recipe("simclr_cifar", size=SIZE, crop=None, jitter=None, grey=0.0)


def two_views() -> Input:
    return pictures(recipe())


def batch() -> dict[str, jax.Array]:
    images = np.random.default_rng(0).integers(0, 256, (N, SIZE, SIZE, 3), np.uint8)
    return {"image": jnp.asarray(images), "index": jnp.arange(N, dtype=jnp.int32) * 3}


def start(method: Method) -> tuple[dict, dict, tuple]:
    """Parameters, extra state and the views of one batch."""
    params, extra = method.init(jax.random.key(0), batch())
    return params, extra, method.views(jax.random.split(jax.random.key(1), N), batch())


def run(function, *arguments):
    """Call a function of `Method` on one device, with the device axis bound."""
    mesh = make_layout(devices=jax.devices()[:1]).mesh
    return jax.jit(jax.shard_map(function, mesh=mesh, in_specs=P(), out_specs=P(), check_vma=False))(*arguments)


def loss_of(method: Method, params, extra, views, seed: int = 2, step: int = 0):
    """(loss, (extra, metrics)) of one batch."""
    return run(method.loss, params, extra, views, jax.random.key(seed), jnp.int32(step))


def gradient_by_state(method: Method, params, extra, views):
    """Gradient of the loss by all of `extra` that is float."""
    floats = {k: v for k, v in extra.items() if k not in ("stats", "pointer")}

    def loss(floats):
        return method.loss(params, {**extra, **floats}, views, jax.random.key(2), jnp.int32(0))[0]

    return run(jax.grad(loss), floats)


def strangers(keys: jax.Array, batch: dict) -> tuple[jax.Array, jax.Array]:
    """`Method.views` of a control: two pictures of noise for each picture, with nothing in common."""
    noise = jax.vmap(lambda key: jax.random.normal(key, (2, SIZE, SIZE, 3)))(keys)
    return noise[:, 0], noise[:, 1]


def train(
    method: Method, optimizer: optax.GradientTransformation, *, steps: int, batch_size: int = N
) -> dict[str, np.ndarray]:
    """Every metric [steps] of a run on one device, whose pictures are black: for methods with views of their own."""
    layout = make_layout(devices=jax.devices()[:1])
    black = {
        "image": np.zeros((batch_size, SIZE, SIZE, 3), np.uint8),
        "index": np.arange(batch_size, dtype=np.int32),
    }
    state = create_state(method, optimizer, 0, black, layout)
    step = layout.compile(make_step(method, optimizer), state)
    seen = []
    for _ in range(steps):
        state, metrics = step(state, layout.feed(black))
        seen.append(jax.tree.map(float, metrics))
    return {name: np.array([metrics[name] for metrics in seen]) for name in seen[0]}
