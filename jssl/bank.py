"""Memory that is split over the devices: a row for every training example, or a queue of recent keys.

Global row i lies on device i // (rows per device), so what the whole array holds does not depend on the number of
devices, and a checkpoint goes on with any number that divides its rows. All functions but the two that make arrays
run per device, inside the step, on that device's rows. No row is ever sent for being stored: queries travel to the
rows, and sums per query, or the few rows that were asked for, travel back. So traffic grows with the batch and the
number of negatives, never with the bank; tests/test_hlo.py reads that from the compiled programs.

Rows take no gradient.
"""

import math

import jax
import jax.numpy as jnp

from jssl import parallel
from jssl.errors import ConfigError
from jssl.losses.contrastive import l2_normalize, similarities

MULTIPLE = 1536
"""Rows are filled up to a multiple of this, a number that 1, 2, 3, 4, 6, 8, 12, ... and 512 devices divide."""
CHUNK = 4096
"""Rows that are scored at a time."""
STORAGE = {"float32": jnp.float32, "bf16": jnp.bfloat16}


def make_bank(key: jax.Array, examples: int, dim: int, storage: str = "float32") -> jax.Array:
    """Rows [examples filled up to `MULTIPLE`, dim], uniform in +-sqrt(3 / dim): squared norms of 1 on average.

    Under `jit` with a sharding each device draws its own rows: the whole never exists in one place. Rows from
    `examples` on belong to no example; they are never read.

    Args:
        storage: "float32", or "bf16" at half the memory; arithmetic is float32 with both.

    Raises:
        ConfigError: an unknown storage.
    """
    rows = -(-examples // MULTIPLE) * MULTIPLE
    return _uniform(key, (rows, dim), storage)


def make_queue(key: jax.Array, size: int, dim: int, storage: str = "float32") -> jax.Array:
    """Random keys of unit norm [size, dim], as MoCo's queue begins. Arguments and errors as `make_bank`."""
    rows = _uniform(key, (size, dim), storage)
    return l2_normalize(rows.astype(jnp.float32)).astype(rows.dtype)


def lookup(bank: jax.Array, index: jax.Array, shared: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Rows float32 [n, d] of this device's own examples, and [m, d] that are the same on every device.

    Args:
        index: of this device's examples, int [n].
        shared: an index that is the same everywhere, such as noise drawn for the whole batch, int [m].
    """
    everyone = parallel.gather(index)
    # One read: XLA writes a donated array in place only where every read is known to come before the write, and
    # `update` depends on this one. With a second, the whole bank would be copied in each step.
    row = _local(bank, jnp.concatenate([everyone, shared]))
    found = jax.lax.stop_gradient(bank).at[row].get(mode="fill", fill_value=0)
    found = found.astype(jnp.float32)  # before the sums: XLA's CPU backend aborts on a reduce-scatter of bfloat16
    # Zeros but on the device that holds the row: the sums are exact.
    return parallel.psum_scatter(found[: everyone.size]), parallel.psum(found[everyone.size :])


def common(bank: jax.Array, index: jax.Array) -> jax.Array:
    """Rows float32 [m, d] of an index that is the same on every device, int [m]."""
    return parallel.psum(bank.at[_local(bank, index)].get(mode="fill", fill_value=0).astype(jnp.float32))


def update(bank: jax.Array, index: jax.Array, old: jax.Array, new: jax.Array, momentum: float) -> jax.Array:
    """The bank with row i = normalise(momentum old + (1 - momentum) new) for the examples of all devices.

    Of an example that is in the global batch twice, the later one counts.

    Args:
        index: of this device's examples, int [n].
        old: their rows, as `lookup` found them, [n, d].
        new: their features [n, d], unit norm.
    """
    rows = l2_normalize(momentum * old + (1 - momentum) * jax.lax.stop_gradient(new).astype(jnp.float32))
    index, rows = parallel.gather(index), parallel.gather(rows.astype(bank.dtype))
    # A scatter leaves open which of two equal indices wins, so only the last of each is written.
    order = jnp.argsort(index, stable=True)
    index, rows = index[order], rows[order]
    last = jnp.append(index[1:] != index[:-1], True)
    return bank.at[jnp.where(last, _local(bank, index), bank.shape[0])].set(rows, mode="drop")


def enqueue(
    queue: jax.Array, pointer: jax.Array, keys: jax.Array, read: jax.Array | float = 0.0
) -> tuple[jax.Array, jax.Array]:
    """The queue with its oldest rows replaced by the global batch's keys, in the batch's order, and where it ends.

    Args:
        pointer: the row that the first key goes to, int.
        keys: of the global batch, the same on every device, [b, d].
        read: finite numbers that this step computed from the queue, such as `log_partition`'s. The queue is written
            in place only after what it is known to wait for; without them it would be copied in each step.

    Raises:
        ConfigError: the queue is no multiple of the global batch.
    """
    size, b = queue.shape[0] * parallel.axis_size(), keys.shape[0]
    if size % b:
        below, above = size // b * b, (size // b + 1) * b
        fits = f"{below} or {above}" if below else above
        raise ConfigError(f"a queue of {size} keys is no multiple of the global batch of {b}; {fits} would be")
    row = _local(queue, pointer + jnp.arange(b))
    # XLA keeps this, since 0 times a float may be NaN; an optimization barrier is gone before copies are decided on.
    keys = jax.lax.stop_gradient(keys + 0 * jnp.sum(read))
    queue = queue.at[row].set(keys.astype(queue.dtype), mode="drop")
    return queue, (pointer + b) % size


def log_partition(rows: jax.Array, queries: jax.Array, *, temperature: float, examples: int | None = None) -> jax.Array:
    """The ln sum_j exp(query . row_j / temperature) over all devices' rows, float32 [n]. Differentiable by queries.

    Reads the rows once, `CHUNK` at a time: memory grows with the batch, not with the bank.

    Args:
        rows: this device's share of a bank or queue.
        queries: of this device's examples [n, d].
        examples: how many of the rows are an example's; None takes all.
    """
    n, first = rows.shape[0], parallel.axis_index() * rows.shape[0]
    size = min(n, CHUNK)
    rows, everyone = jax.lax.stop_gradient((rows, parallel.gather(queries.astype(jnp.float32))))

    def add(sums: tuple[jax.Array, ...], start: jax.Array) -> tuple[tuple[jax.Array, ...], None]:
        highest, total, weighted = sums
        begin = jnp.minimum(start, n - size)  # the last chunk overlaps the one before it
        index = begin + jnp.arange(size)
        part = jax.lax.dynamic_slice_in_dim(rows, begin, size).astype(jnp.float32)
        counts = index >= start
        if examples is not None:
            counts &= first + index < examples
        scores = jnp.where(counts.reshape(1, -1), similarities(everyone, part) / temperature, -jnp.inf)
        top = jnp.maximum(highest, scores.max(axis=1))
        share, fade = jnp.exp(scores - top[:, None]), jnp.exp(highest - top)
        weighted = weighted * fade[:, None] + jnp.matmul(share, part, precision="highest")
        return (top, total * fade + share.sum(axis=1), weighted), None

    none = jnp.full(len(everyone), jnp.finfo(jnp.float32).min), jnp.zeros(len(everyone)), jnp.zeros_like(everyone)
    (mine, total, weighted), _ = jax.lax.scan(add, none, jnp.arange(0, n, size))
    highest = parallel.pmax(mine)
    fade = jnp.exp(mine - highest)
    total, weighted = parallel.psum_scatter(total * fade), parallel.psum_scatter(weighted * fade[:, None])
    b = queries.shape[0]
    value = jax.lax.dynamic_slice_in_dim(highest, parallel.axis_index() * b, b) + jnp.log(total)
    # The gradient by a query is the mean of the rows by their softmax. It is known already: no second pass reads them.
    slope = weighted / total[:, None] / temperature
    return value + jnp.sum((queries - jax.lax.stop_gradient(queries)) * slope, axis=-1)


def freeze_log_z(log_z: jax.Array, scores: jax.Array, examples: int) -> jax.Array:
    """The ln of NCE's constant Z: as it is, or estimated from the first batch while still -inf (arXiv:1805.01978).

    Args:
        log_z: scalar float32.
        scores: similarities over temperature that this device saw, of any shape.
        examples: Z is that many times the mean of exp(scores) over all devices.
    """
    mine = jax.nn.logsumexp(jax.lax.stop_gradient(scores)) - jnp.log(scores.size)
    mean = jax.nn.logsumexp(parallel.gather(mine.reshape(1))) - jnp.log(parallel.axis_size())
    return jnp.where(jnp.isfinite(log_z), log_z, mean + jnp.log(examples))


def _uniform(key: jax.Array, shape: tuple[int, int], storage: str) -> jax.Array:
    if storage not in STORAGE:
        raise ConfigError(f"storage={storage!r} is none of {sorted(STORAGE)}")
    bound = (3 / shape[1]) ** 0.5
    width = math.gcd(shape[1], 16)  # columns at a time: random bits take several times the memory of what they become

    def draw(i: jax.Array, rows: jax.Array) -> jax.Array:
        part = jax.random.uniform(jax.random.fold_in(key, i), (shape[0], width), minval=-bound, maxval=bound)
        return jax.lax.dynamic_update_slice_in_dim(rows, part.astype(rows.dtype), i * width, axis=1)

    return jax.lax.fori_loop(0, shape[1] // width, draw, jnp.zeros(shape, STORAGE[storage]))


def _local(bank: jax.Array, index: jax.Array) -> jax.Array:
    """Where global rows lie on this device; rows of other devices get a place out of bounds, to be dropped."""
    n = bank.shape[0]
    own = index // n == parallel.axis_index()
    return jnp.where(own, index % n, n)
