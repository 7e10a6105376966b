"""The one train step."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import optax

from jssl import parallel
from jssl.errors import ConfigError
from jssl.method import Batch, Method, State
from jssl.nets.net import computing_in

PyTree = Any


def example_batch(spec: Mapping[str, jax.ShapeDtypeStruct], batch_size: int) -> dict[str, jax.ShapeDtypeStruct]:
    """The shapes of a batch of examples of that spec: what a state is initialised from."""
    batch = {name: jax.ShapeDtypeStruct((batch_size, *x.shape), x.dtype) for name, x in spec.items()}
    return {**batch, "index": jax.ShapeDtypeStruct((batch_size,), jnp.int32)}


def init_weights(method: Method, seed: int, batch: dict[str, Any]) -> tuple[PyTree, dict[str, PyTree], jax.Array]:
    """Parameters and extra state before the first step, and the run's key.

    Args:
        batch: arrays or `jax.ShapeDtypeStruct`s of one batch; only the shapes are used.
    """
    init_key, run_key = jax.random.split(jax.random.key(seed))
    params, extra = method.init(init_key, {name: jnp.zeros(x.shape, x.dtype) for name, x in batch.items()})
    return params, extra, run_key


def create_state(
    method: Method, optimizer: optax.GradientTransformation, seed: int, batch: dict[str, Any], layout: parallel.Layout
) -> State:
    """The first state of a run, made on the devices: sharded state never exists in one place."""
    init = partial(_init_state, method, optimizer, seed, batch)
    state = jax.jit(init, out_shardings=layout.shardings(jax.eval_shape(init)))()
    return state if layout.compiler == "jit" else layout.place(state)


def abstract_state(
    method: Method, optimizer: optax.GradientTransformation, seed: int, batch: dict[str, Any], layout: parallel.Layout
) -> State:
    """The shapes and shardings of `create_state`'s result in canonical form: what a checkpoint is restored onto."""
    shapes = jax.eval_shape(partial(_init_state, method, optimizer, seed, batch))
    return jax.tree.map(
        lambda leaf, sharding: jax.ShapeDtypeStruct(leaf.shape, leaf.dtype, sharding=sharding),
        shapes,
        layout.shardings(shapes),
    )


def _init_state(method: Method, optimizer: optax.GradientTransformation, seed: int, batch: dict[str, Any]) -> State:
    params, extra, run_key = init_weights(method, seed, batch)
    # A weakly typed array, as jnp.full(n, 1.0) makes it, would have the second step compiled again.
    params, extra = jax.tree.map(lambda x: jnp.asarray(x, x.dtype), (params, extra))
    return State(jnp.zeros((), jnp.int32), params, optimizer.init(params), extra, run_key)


def make_step(
    method: Method, optimizer: optax.GradientTransformation, *, accumulate: int = 1, dtype: Any = jnp.float32
) -> Callable:
    """The pure per-device step `(state, batch) -> (state, metrics)`, to be compiled by `Layout.compile`.

    The objective is the mean over devices of the per-device loss. An example's views are drawn from the run's key,
    the step and the example's position in the global batch, and so are the same on any number of devices.

    Args:
        accumulate: micro-batches per step; gradients are averaged and `extra` passes from one to the next. A
            contrastive loss sees the negatives of one micro-batch at a time.
        dtype: what heads and decoders compute in, as the encoder has been built to; losses and the state are float32.
    """

    def step(state: State, batch: Batch) -> tuple[State, dict[str, jax.Array]]:
        view_key, loss_key = jax.random.split(jax.random.fold_in(state.key, state.step))
        n = batch["index"].shape[0]
        positions = parallel.axis_index() * n + jnp.arange(n)
        keys = jax.vmap(partial(jax.random.fold_in, view_key))(positions)

        def gradient(extra: PyTree, keys: jax.Array, batch: Batch, loss_key: jax.Array) -> tuple[PyTree, ...]:
            views = method.views(keys, batch)
            value = jax.value_and_grad(method.loss, has_aux=True)
            with computing_in(dtype):
                (loss, (extra, metrics)), grads = value(state.params, extra, views, loss_key, state.step)
            if loss.dtype != jnp.float32:
                # Averaged over devices in bfloat16 it would end the process on some backends, and lose digits on all.
                raise ConfigError(f"the method's loss is {loss.dtype}: it must be float32, whatever the encoder is")
            return extra, grads, {**metrics, "loss": loss}

        if accumulate == 1:
            extra, grads, metrics = gradient(state.extra, keys, batch, loss_key)
        else:
            extra, grads, metrics = _accumulated(gradient, accumulate, state, keys, batch, loss_key)
        grads = parallel.pmean(grads)
        updates, opt = optimizer.update(grads, state.opt, state.params)
        params = optax.apply_updates(state.params, updates)
        params, extra = method.after(params, extra, state.step)
        metrics = {**parallel.pmean(metrics), "gradient_norm": optax.tree.norm(grads)}
        return State(state.step + 1, params, opt, extra, state.key), metrics

    return step


def _accumulated(
    gradient: Callable, parts: int, state: State, keys: jax.Array, batch: Batch, loss_key: jax.Array
) -> tuple[PyTree, PyTree, dict[str, jax.Array]]:
    def body(carry: tuple[PyTree, PyTree], part: tuple[PyTree, ...]) -> tuple[tuple[PyTree, PyTree], PyTree]:
        extra, total = carry
        extra, grads, metrics = gradient(extra, *part)
        return (extra, jax.tree.map(jnp.add, total, grads)), metrics

    split = jax.tree.map(lambda x: x.reshape(parts, -1, *x.shape[1:]), (keys, batch))
    zeros = jax.tree.map(jnp.zeros_like, state.params)
    (extra, total), metrics = jax.lax.scan(body, (state.extra, zeros), (*split, jax.random.split(loss_key, parts)))
    grads = jax.tree.map(lambda x: x / parts, total)
    return extra, grads, jax.tree.map(lambda x: x.mean(0), metrics)
