"""Batch norm that knows about devices: synchronised, per device, or ghost."""

import math

import jax
import jax.numpy as jnp
from flax import nnx

from jssl import parallel
from jssl.errors import DeviceError


class BatchNorm(nnx.Module):
    """Batch norm over all axes but the last (arXiv:1502.03167).

    Statistics are float32 whatever the compute type. The running variance is the biased one, as in Flax
    (PyTorch stores the unbiased one).

    Args:
        features: length of the last axis.
        mode: "sync" shares statistics over all devices; "device" keeps each device's own; "ghost:32" takes
            groups of 32 examples (arXiv:1705.08741), so that results do not depend on the device count.
        scale, bias: whether to learn them. Both False is the affine-free norm of projector outputs.
        momentum: share of the running statistics that is kept (PyTorch's 0.1 is 0.9 here).

    Raises:
        ValueError: on an unknown mode.
        DeviceError: when called, on a batch that does not divide into ghost groups.
    """

    def __init__(
        self,
        features: int,
        *,
        mode: str = "sync",
        scale: bool = True,
        bias: bool = True,
        scale_init: float = 1.0,
        momentum: float = 0.9,
        epsilon: float = 1e-5,
        dtype: jnp.dtype = jnp.float32,
    ) -> None:
        kind, _, group = mode.partition(":")
        if kind not in ("sync", "device", "ghost") or (kind == "ghost") != group.isdigit():
            raise ValueError(f'batch norm mode {mode!r} is none of "sync", "device", "ghost:SIZE"')
        self.sync, self.group = kind == "sync", int(group or 0)
        self.momentum, self.epsilon, self.dtype = momentum, epsilon, dtype
        self.scale = nnx.Param(jnp.full(features, scale_init)) if scale else None
        self.bias = nnx.Param(jnp.zeros(features)) if bias else None
        self.mean = nnx.BatchStat(jnp.zeros(features))
        self.var = nnx.BatchStat(jnp.ones(features))

    def __call__(self, x: jax.Array, *, train: bool) -> jax.Array:
        """[n, ..., features] -> the same shape; training normalises by the batch and moves the statistics."""
        shape, x = x.shape, x.astype(jnp.float32)
        if train and self.group:
            if left := shape[0] % self.group:
                raise DeviceError(
                    f"a batch of {shape[0]} per device does not divide into ghost batch norm groups of {self.group}; "
                    f"groups of {math.gcd(left, self.group)} would fit, or {shape[0] + self.group - left} per device"
                )
            x = x.reshape(-1, self.group, *shape[1:])

        def wide(values: jax.Array) -> jax.Array:
            return values.reshape((1,) * (x.ndim - 1) + (-1,))

        if train:
            axes = tuple(range(1 if self.group else 0, x.ndim - 1))
            mean, square = x.mean(axes, keepdims=True), (x * x).mean(axes, keepdims=True)
            if self.sync:
                mean, square = parallel.pmean((mean, square))
            var = jnp.maximum(square - mean * mean, 0.0)
            self.mean[...] = self._moved(self.mean[...], mean)
            self.var[...] = self._moved(self.var[...], var)
        else:
            mean, var = wide(self.mean[...]), wide(self.var[...])
        factor = jax.lax.rsqrt(var + self.epsilon)
        if self.scale is not None:
            factor = factor * wide(self.scale[...])
        y = (x - mean) * factor
        if self.bias is not None:
            y = y + wide(self.bias[...])
        return y.reshape(shape).astype(self.dtype)

    def _moved(self, old: jax.Array, batch: jax.Array) -> jax.Array:
        batch = batch.reshape(-1, batch.shape[-1]).mean(0)
        return self.momentum * old + (1.0 - self.momentum) * batch
