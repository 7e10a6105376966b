"""Batch norm that knows about devices: synchronised, per device, ghost, split; and group norm, which knows no batch."""

import math

import jax
import jax.numpy as jnp
from flax import nnx

from jssl import parallel
from jssl.errors import DeviceError

MODES = {"sync": False, "device": False, "ghost": True, "split": True, "group": True}
"""Which kinds have a number."""


class BatchNorm(nnx.Module):
    """Batch norm over all axes but the last (arXiv:1502.03167).

    Statistics are float32 whatever the compute type. The running variance is the biased one, as in Flax
    (PyTorch stores the unbiased one).

    Args:
        features: length of the last axis.
        mode: "sync" shares statistics over all devices; "device" keeps each device's own; "ghost:32" takes
            groups of 32 examples (arXiv:1705.08741), so that results do not depend on the device count; "split:8"
            takes 8 groups of the global batch, as large as that makes them, on any number of devices that divides 8
            or that 8 divides: what 8 GPUs, or 8 groups of them, had of a batch of pictures is what they had of their
            patches. "group:8" is no batch norm but group norm (arXiv:1803.08494): each example's channels in 8 groups,
            in training as in evaluation, so that there are no statistics to keep.
        scale, bias: whether to learn them. Both False is the affine-free norm of projector outputs.
        momentum: share of the running statistics that is kept (PyTorch's 0.1 is 0.9 here).

    Raises:
        ValueError: on an unknown mode, or channels that do not divide into its groups.
        DeviceError: when called, on a batch that does not divide into its groups.
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
        if kind not in MODES or MODES[kind] != group.isdigit() or group == "0":
            known = '"sync", "device", "ghost:SIZE", "split:GROUPS", "group:GROUPS"'
            raise ValueError(f"batch norm mode {mode!r} is none of {known}")
        self.kind, self.number = kind, int(group or 0)
        if kind == "group" and features % self.number:
            raise ValueError(f"batch norm mode {mode!r}: {features} channels do not divide into {self.number} groups")
        self.momentum, self.epsilon, self.dtype = momentum, epsilon, dtype
        self.scale = nnx.Param(jnp.full(features, scale_init)) if scale else None
        self.bias = nnx.Param(jnp.zeros(features)) if bias else None
        if kind != "group":
            self.mean = nnx.BatchStat(jnp.zeros(features))
            self.var = nnx.BatchStat(jnp.ones(features))

    def __call__(self, x: jax.Array, *, train: bool) -> jax.Array:
        """[n, ..., features] -> the same shape; training normalises by the batch and moves the statistics."""
        shape, x = x.shape, x.astype(jnp.float32)
        if self.kind == "group":
            return self._by_group(x)
        size, sharers = self._groups(shape[0]) if train else (0, 1)
        if size:
            x = x.reshape(-1, size, *shape[1:])

        def wide(values: jax.Array) -> jax.Array:
            return values.reshape((1,) * (x.ndim - 1) + (-1,))

        if train:
            axes = tuple(range(1 if size else 0, x.ndim - 1))
            shift = wide(self._shift())
            moved = x - shift
            mean, square = moved.mean(axes, keepdims=True), (moved * moved).mean(axes, keepdims=True)
            if self.kind == "sync":
                mean, square = parallel.pmean((mean, square))
            elif sharers > 1:
                mean, square = (_of_group(part, sharers) for part in (mean, square))
            var, mean = jnp.maximum(square - mean * mean, 0.0), mean + shift
            # not `[...] =`, which asks tracers for a sharding: JAX reads the whole program to word its refusal
            self.mean.set_value(self._moved(self.mean[...], mean))
            self.var.set_value(self._moved(self.var[...], var))
        else:
            mean, var = wide(self.mean[...]), wide(self.var[...])
        factor = jax.lax.rsqrt(var + self.epsilon)
        if self.scale is not None:
            factor = factor * wide(self.scale[...])
        y = (x - mean) * factor
        if self.bias is not None:
            y = y + wide(self.bias[...])
        return y.reshape(shape).astype(self.dtype)

    def _by_group(self, x: jax.Array) -> jax.Array:
        groups = x.reshape(len(x), -1, self.number, x.shape[-1] // self.number)
        mean = groups.mean((1, 3), keepdims=True)
        var = jnp.mean((groups - mean) ** 2, (1, 3), keepdims=True)
        y = ((groups - mean) * jax.lax.rsqrt(var + self.epsilon)).reshape(x.shape)
        row = (1,) * (x.ndim - 1) + (-1,)
        y = y if self.scale is None else y * self.scale[...].reshape(row)
        y = y if self.bias is None else y + self.bias[...].reshape(row)
        return y.astype(self.dtype)

    def _groups(self, n: int) -> tuple[int, int]:
        """Examples of a group on this device, 0 for all, and the devices that share each group."""
        if self.kind in ("sync", "device"):
            return 0, 1
        if self.kind == "ghost":
            if left := n % self.number:
                raise DeviceError(
                    f"a batch of {n} per device does not divide into ghost batch norm groups of {self.number}; "
                    f"groups of {math.gcd(left, self.number)} would fit, or {n + self.number - left} per device"
                )
            return self.number, 1
        devices = parallel.axis_size()
        if max(devices, self.number) % min(devices, self.number) or n * devices % self.number:
            raise DeviceError(
                f"a batch of {n} on each of {devices} devices does not divide into {self.number} batch norm groups"
            )
        return (n * devices // self.number, 1) if devices <= self.number else (0, devices // self.number)

    def _shift(self) -> jax.Array:
        """What is taken off each channel before its squares are averaged, [features].

        The difference E[x^2] - E[x]^2 has lost three of float32's seven digits where the mean is 30 times the
        deviation. There the running mean is taken off first, and elsewhere 0.
        """
        mean = self.mean[...]  # after an earlier view of the step it depends on the parameters
        return jax.lax.stop_gradient(jnp.where(mean * mean > 1000 * self.var[...], mean, 0.0))

    def _moved(self, old: jax.Array, batch: jax.Array) -> jax.Array:
        batch = batch.reshape(-1, batch.shape[-1]).mean(0)
        return self.momentum * old + (1.0 - self.momentum) * batch


def _of_group(part: jax.Array, sharers: int) -> jax.Array:
    """The mean over neighbouring devices, `sharers` at a time, of which this is one."""
    every = parallel.gather(part[None])
    first = parallel.axis_index() // sharers * sharers
    return jax.lax.dynamic_slice_in_dim(every, first, sharers).mean(0)
