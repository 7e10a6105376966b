"""The device mesh, the two compilers and the collectives: the only file that names a mesh or its axes.

A train step is written once, per device, over the axis "data". It is compiled by `jit(shard_map)` (the default) or
by `pmap`. Every compiled form here uses `check_vma=False`: the step averages its gradients itself, once; with
checking on, autodiff already sums them over devices and the same average would leave them N times too large.
"""

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import AxisType, Mesh, NamedSharding, PartitionSpec

from jssl.errors import DeviceError

PyTree = Any
AXIS, FSDP = "data", "fsdp"


def gather(x: jax.Array, axis: int = 0) -> jax.Array:
    """Concatenate every device's `x` along `axis`, in device order. Differentiable."""
    return jax.lax.all_gather(x, AXIS, axis=axis, tiled=True)


def pmean(tree: PyTree) -> PyTree:
    """Mean over devices."""
    return jax.lax.pmean(tree, AXIS)


def psum(tree: PyTree) -> PyTree:
    """Sum over devices."""
    return jax.lax.psum(tree, AXIS)


def pmax(x: jax.Array) -> jax.Array:
    """Maximum over devices; a constant to autodiff, which has no rule for it."""
    return jax.lax.pmax(jax.lax.stop_gradient(x), AXIS)


def psum_scatter(x: jax.Array) -> jax.Array:
    """Sum over devices of `x` [global batch, ...], of which each device keeps its own examples. Differentiable."""
    return jax.lax.psum_scatter(x, AXIS, scatter_dimension=0, tiled=True)


def mirror(x: jax.Array) -> jax.Array:
    """The global batch in reverse order: each device sends its part of `x` [n, ...] to one other. Differentiable."""
    count = axis_size()
    return jax.lax.ppermute(x[::-1], AXIS, [(i, count - 1 - i) for i in range(count)])


def all_to_all(x: jax.Array, split: int, join: int) -> jax.Array:
    """Cut every device's `x` along axis `split` into a part for each device; join what arrives along axis `join`."""
    return jax.lax.all_to_all(x, AXIS, split, join, tiled=True)


def shift(x: jax.Array) -> jax.Array:
    """Every device's `x` to the next one, that of the last to the first: in as many turns all have seen all."""
    return jax.lax.ppermute(x, AXIS, [(i, (i + 1) % axis_size()) for i in range(axis_size())])


def axis_size() -> int:
    """How many devices there are."""
    return jax.lax.axis_size(AXIS)


def axis_index() -> jax.Array:
    """Position of this device, int32."""
    return jax.lax.axis_index(AXIS)


class Layout(NamedTuple):
    """Where a run's state and batches lie, and how its step is compiled."""

    mesh: Mesh
    compiler: str
    sharded: frozenset[str]

    @property
    def devices(self) -> int:
        """Number of devices that each take a slice of the batch."""
        return self.mesh.shape[AXIS]

    def shardings(self, state: PyTree) -> PyTree:
        """The sharding of every array of a state (or of its abstract shapes), as `jit` lays it out.

        Raises:
            DeviceError: a bank or queue whose rows do not divide over the devices.
        """

        def replicated(leaf: Any) -> NamedSharding:
            return NamedSharding(self.mesh, _fsdp_spec(leaf.shape, self.mesh.shape[FSDP]))

        shardings = jax.tree.map(replicated, state)
        split = NamedSharding(self.mesh, PartitionSpec(AXIS))
        for name in self.sharded:
            self._check_bank(name, state.extra[name])
        banks = {name: jax.tree.map(lambda _: split, state.extra[name]) for name in self.sharded}
        return shardings._replace(extra={**shardings.extra, **banks})

    def compile(self, step: Callable, state: PyTree) -> Callable:
        """Compile `step(state, batch) -> (state, metrics)`; the state is donated.

        Args:
            state: the state it will run on, or its abstract shapes.
        """
        if self.compiler == "pmap":
            return jax.pmap(step, axis_name=AXIS, devices=list(self.mesh.devices.flat), donate_argnums=0)
        whole, split = PartitionSpec(), PartitionSpec(AXIS)
        extra = {name: split if name in self.sharded else whole for name in state.extra}
        specs = type(state)(*[whole] * len(state))._replace(extra=extra)
        spmd = jax.shard_map(
            step, mesh=self.mesh, axis_names={AXIS}, check_vma=False,
            in_specs=(specs, split), out_specs=(specs, whole),
        )  # fmt: skip
        shardings = self.shardings(state)
        return jax.jit(
            spmd,
            in_shardings=(shardings, self.batch_sharding),
            out_shardings=(shardings, NamedSharding(self.mesh, whole)),
            donate_argnums=0,
        )

    def by_rows(self, function: Callable) -> Callable:
        """A function that is written per device, to be called under `jit` with global arrays.

        All that it takes and gives is split over the axis "data" by its rows, and divides over it.
        """
        rows = PartitionSpec(AXIS)
        return jax.shard_map(function, mesh=self.mesh, in_specs=rows, out_specs=rows, check_vma=False)

    @property
    def rows(self) -> NamedSharding:
        """The sharding of an array whose rows are spread over every device, also those that share parameters."""
        return NamedSharding(Mesh(self.mesh.devices.reshape(-1), (AXIS,)), PartitionSpec(AXIS))

    def spread(self, function: Callable, split: Sequence[bool]) -> Callable:
        """Compile a function that is written per device; what it returns is the same on all of them.

        Args:
            split: for each argument, whether its rows are spread, as `rows` says, or every device has the whole.
        """
        specs = tuple(PartitionSpec(AXIS) if each else PartitionSpec() for each in split)
        return jax.jit(
            jax.shard_map(function, mesh=self.rows.mesh, in_specs=specs, out_specs=PartitionSpec(), check_vma=False)
        )

    def place(self, state: PyTree) -> PyTree:
        """Lay out a state as the compiled step wants it. Host arrays or arrays on any devices."""
        if self.compiler == "jit":
            return jax.tree.map(jax.device_put, state, self.shardings(state))
        return self._by_bank(state, self._to_devices, self._split)

    def canonical(self, state: PyTree) -> PyTree:
        """The inverse of `place`: global arrays without a device axis, as checkpoints and `embed` want them."""
        if self.compiler == "jit":
            return state
        return self._by_bank(state, lambda leaf: leaf[0], lambda leaf: leaf.reshape(-1, *leaf.shape[2:]))

    def feed(self, batch: dict[str, np.ndarray]) -> dict[str, jax.Array]:
        """Put this process's slice of a host batch on its devices."""
        if self.compiler == "pmap":
            local = len(self.mesh.local_devices)
            batch = jax.tree.map(lambda x: x.reshape(local, -1, *x.shape[1:]), batch)
        return jax.tree.map(partial(jax.make_array_from_process_local_data, self.batch_sharding), batch)

    @property
    def batch_sharding(self) -> NamedSharding:
        """The sharding of a batch: over every device, on axis 0."""
        if self.compiler == "pmap":  # the mesh that pmap itself puts its outputs on: another would recompile
            return NamedSharding(Mesh(self.mesh.devices.reshape(-1), (AXIS,)), PartitionSpec(AXIS))
        return NamedSharding(self.mesh, PartitionSpec((AXIS, FSDP)))

    def check_batch(self, batch_size: int, accumulate: int = 1) -> None:
        """Refuse a global batch size that does not divide.

        Raises:
            DeviceError: naming the numbers and the nearest sizes that fit.
        """
        unit = self.mesh.size * accumulate
        if batch_size % unit or batch_size < unit:
            fits = [n for n in (batch_size // unit * unit, (batch_size // unit + 1) * unit) if n]
            raise DeviceError(
                f"batch_size={batch_size} does not divide over {self.mesh.size} devices"
                + (f" x {accumulate} accumulated micro-batches" if accumulate > 1 else "")
                + f"; {' or '.join(map(str, fits))} would"
            )

    def _check_bank(self, name: str, tree: PyTree) -> None:
        for leaf in jax.tree.leaves(tree):
            if leaf.shape[0] % self.devices:
                fits = [n for n in range(1, self.mesh.size + 1) if leaf.shape[0] % n == 0]
                raise DeviceError(
                    f"the {leaf.shape[0]} rows of {name!r} do not divide over {self.devices} devices; {fits} would"
                )

    def _by_bank(self, state: PyTree, whole: Callable, bank: Callable) -> PyTree:
        moved = jax.tree.map(whole, state._replace(extra={}))
        extra = {
            name: jax.tree.map(bank if name in self.sharded else whole, tree) for name, tree in state.extra.items()
        }
        return moved._replace(extra=extra)

    def _to_devices(self, leaf: jax.Array) -> jax.Array:
        return self._per_device(jnp.broadcast_to(leaf, (self.devices, *leaf.shape)))

    def _split(self, leaf: jax.Array) -> jax.Array:
        return self._per_device(leaf.reshape(self.devices, -1, *leaf.shape[1:]))

    def _per_device(self, leaf: jax.Array) -> jax.Array:
        return jax.device_put(leaf, self.batch_sharding)


def make_layout(
    *,
    compiler: str = "jit",
    fsdp: int = 1,
    sharded: frozenset[str] = frozenset(),
    devices: Sequence[jax.Device] | None = None,
) -> Layout:
    """The layout of a run over all devices (or the given ones).

    Args:
        compiler: "jit" or "pmap".
        fsdp: number of devices over which each replica's parameters are split (hybrid sharding).
        sharded: the method's `sharded`.

    Raises:
        DeviceError: unknown compiler, fsdp that does not divide the devices, fsdp under pmap.
    """
    devices = list(jax.devices() if devices is None else devices)
    if compiler not in ("jit", "pmap"):
        raise DeviceError(f'parallel.compiler={compiler!r} is neither "jit" nor "pmap"')
    if fsdp < 1 or len(devices) % fsdp:
        fits = [n for n in range(1, len(devices) + 1) if len(devices) % n == 0]
        raise DeviceError(f"parallel.fsdp={fsdp} does not divide the {len(devices)} devices; one of {fits} would")
    if compiler == "pmap" and fsdp > 1:
        raise DeviceError(f'parallel.fsdp={fsdp} needs parallel.compiler="jit": pmap replicates every parameter')
    grid = np.array(devices).reshape(-1, fsdp)
    return Layout(Mesh(grid, (AXIS, FSDP), axis_types=(AxisType.Auto,) * 2), compiler, sharded)


def _fsdp_spec(shape: tuple[int, ...], shards: int) -> PartitionSpec:
    """Split the longest axis that divides; arrays too small to be worth a gather stay whole."""
    fits = [axis for axis, n in enumerate(shape) if n % shards == 0]
    if shards == 1 or not fits or math.prod(shape) < 1024:
        return PartitionSpec()
    axis = max(fits, key=lambda axis: shape[axis])
    return PartitionSpec(*[None] * axis, FSDP)
