"""Optimisers. Biases and norms get no trust ratio, and weight decay where a config says so."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import jax
import optax

from jssl.optim.clipping import clip_each_norm
from jssl.optim.decay import add_decay
from jssl.optim.duration import Duration, steps_of
from jssl.optim.lars import lars
from jssl.optim.layerwise import by_layer
from jssl.optim.schedules import warmup_arc, warmup_cosine, warmup_drops
from jssl.ranges import Below1, Natural, NotNegative, Positive, check

PyTree = Any
Rate = float | optax.Schedule


def sgd(
    learning_rate: optax.Schedule,
    *,
    weight_decay: Rate,
    momentum: Below1 = 0.9,
    nesterov: bool = False,
    decays: Mapping[str, float] | None = None,
) -> optax.GradientTransformation:
    """Momentum SGD with coupled decay, as PyTorch's: v = momentum v + g + weight_decay p, then p = p - rate v.

    Args:
        decays: what `weight_decay` is multiplied by for some parts, see `add_decay`.
    """
    return optax.chain(add_decay(weight_decay, decays), optax.sgd(learning_rate, momentum, nesterov=nesterov))


def adamw(
    learning_rate: optax.Schedule,
    *,
    weight_decay: Rate,
    b1: Below1 = 0.9,
    b2: Below1 = 0.999,
    eps: Positive = 1e-8,
    decays: Mapping[str, float] | None = None,
) -> optax.GradientTransformation:
    """Adam with decoupled decay (arXiv:1711.05101): p = p - rate (adam(g) + weight_decay p).

    Args:
        decays: what `weight_decay` is multiplied by for some parts, see `add_decay`.
    """
    return optax.chain(
        optax.scale_by_adam(b1, b2, eps),
        add_decay(weight_decay, decays),
        optax.scale_by_learning_rate(learning_rate),
    )


OPTIMIZERS: dict[str, Callable[..., optax.GradientTransformation]] = {"lars": lars, "sgd": sgd, "adamw": adamw}


def make_optimizer(
    name: str,
    *,
    learning_rate: Positive,
    batch_size: int,
    steps: int,
    steps_per_epoch: int,
    warmup: Duration = 0.0,
    scale_by_batch: bool = True,
    final_learning_rate: NotNegative = 0.0,
    arc: Positive | None = None,
    drops: Sequence[Duration] = (),
    drop_factor: Positive = 0.1,
    weight_decay: NotNegative = 0.0,
    final_weight_decay: NotNegative | None = None,
    rates: Mapping[str, float] | None = None,
    constant: Sequence[str] = (),
    layer_decay: Positive = 1.0,
    frozen: Natural = 0,
    layers: Sequence[str] = (),
    starts: Sequence[tuple[str, int]] = (),
    clip: Positive | None = None,
    clip_each: Positive | None = None,
    **options: Any,
) -> tuple[optax.GradientTransformation, optax.Schedule]:
    """An optimiser and its schedule, step -> learning rate.

    Args:
        name: a key of `OPTIMIZERS`.
        learning_rate: at the end of the warm-up; with `scale_by_batch`, for a batch of 256 (arXiv:1706.02677).
        batch_size: the global batch.
        steps: of the whole training.
        steps_per_epoch: optimiser steps.
        warmup: linear, from 0, and shorter than the training.
        scale_by_batch: multiply the rate by batch_size / 256.
        final_learning_rate: at the end of training; not scaled by the batch.
        arc: share of half a turn: peak cos(pi arc k / K) at step k of K, in place of half a cosine; FixMatch's is 7/16.
        drops: when the rate is multiplied by `drop_factor`, in place of half a cosine.
        weight_decay: of kernels only; of other parts where the optimiser's `decays` says so.
        final_weight_decay: at the end of training, reached along half a cosine; None keeps `weight_decay`.
        rates: what the rate is multiplied by for some parts of the parameters, by their first key ("discriminator")
            or as "vectors", which are the biases and norms of all other parts.
        constant: parts whose rate stays at its peak: SimSiam's predictor.
        layer_decay: what each layer's rate is of the next one's, from the head down into the encoder.
        frozen: layers of the encoder, from the input on, that are not trained.
        layers: the encoder's, see `Net.layers`.
        starts: the step at which the optimiser of some parts begins, by their first key, see `Method.starts`.
        clip: largest global norm of the gradients.
        clip_each: largest norm of the gradient of each parameter on its own, as in DINO's code.
        options: further keywords of that optimiser: momentum, trust_coefficient, b2, ...

    Raises:
        ValueError: an unknown optimiser or option, one out of its range, two schedules, an arc beyond
            a quarter turn, a warm-up that leaves no training; from the optimiser's `init`, a part that the parameters
            do not have.
    """
    if name not in OPTIMIZERS:
        raise ValueError(f"optimizer {name!r} is none of {sorted(OPTIMIZERS)}")
    accepted = [p for p in inspect.signature(OPTIMIZERS[name]).parameters if p not in ("learning_rate", "weight_decay")]
    unknown = sorted(set(options) - set(accepted))
    if unknown:
        raise ValueError(f"optimizer {name!r} has no option {', '.join(unknown)}; it has {', '.join(accepted)}")
    check(OPTIMIZERS[name], options)
    given = {
        "learning_rate": learning_rate,
        "final_learning_rate": final_learning_rate,
        "arc": arc,
        "clip": clip,
        "clip_each": clip_each,
    }
    given |= {"weight_decay": weight_decay, "final_weight_decay": final_weight_decay, "drop_factor": drop_factor}
    check(make_optimizer, {**given, "layer_decay": layer_decay, "frozen": frozen})
    if arc is not None and (drops or final_learning_rate):
        raise ValueError(f"arc={arc} is a schedule of its own: it takes neither drops nor final_learning_rate")
    peak = learning_rate * batch_size / 256 if scale_by_batch else learning_rate
    in_steps = partial(steps_of, steps_per_epoch=steps_per_epoch, total=steps)
    rise = in_steps(warmup)
    if rise >= steps:
        raise ValueError(
            f"warmup={warmup} ({rise} steps) must be shorter than the run of {steps} steps: as a share,"
            " --config.optimizer.warmup=10%, it would shrink with the run"
        )
    schedule = warmup_cosine(peak, warmup=rise, total=steps, final=final_learning_rate)
    if drops:
        schedule = warmup_drops(peak, warmup=rise, drops=[in_steps(at) for at in drops], factor=drop_factor)
    if arc is not None:
        schedule = warmup_arc(peak, warmup=rise, total=steps, arc=arc)
    decay: Rate = weight_decay
    if final_weight_decay is not None:
        fall = optax.cosine_decay_schedule(1.0, steps)
        decay = lambda step: final_weight_decay + (weight_decay - final_weight_decay) * fall(step)  # noqa: E731

    def make(rate: optax.Schedule, start: int = 0) -> optax.GradientTransformation:
        if not start:
            return OPTIMIZERS[name](rate, weight_decay=decay, **options)
        # Counted from its start on, and held until then, with no moment, no count and no decay.
        late = [_later(x, start) if callable(x) else x for x in (rate, decay)]
        optimizer = OPTIMIZERS[name](late[0], weight_decay=late[1], **options)
        return optax.transforms.conditionally_mask(optimizer, lambda step: step >= start)

    optimizer = make(schedule)
    if rates or constant or starts:
        optimizer = _by_part(make, schedule, peak, dict(rates or {}), tuple(constant), dict(starts))
    if layer_decay != 1 or frozen:
        optimizer = optax.chain(optimizer, by_layer(layers, decay=layer_decay, frozen=frozen))
    if clip_each is not None:
        optimizer = optax.chain(clip_each_norm(clip_each), optimizer)
    return (optimizer if clip is None else optax.chain(optax.clip_by_global_norm(clip), optimizer)), schedule


def _by_part(
    make: Callable[..., optax.GradientTransformation],
    schedule: optax.Schedule,
    peak: float,
    rates: dict[str, float],
    constant: tuple[str, ...],
    starts: dict[str, int],
) -> optax.GradientTransformation:
    """An optimiser for every part of the parameters that has a rate or a start of its own, and one for the rest."""
    parts = {
        part: make(
            lambda step, part=part: rates.get(part, 1.0) * (peak if part in constant else schedule(step)),
            starts.get(part, 0),
        )
        for part in (*rates, *constant, *starts)
    }

    def label(path: tuple[Any, ...], leaf: jax.Array) -> str:
        first = path[0].key
        return first if first in parts else "vectors" if leaf.ndim < 2 and "vectors" in parts else "rest"

    def labels(params: PyTree) -> PyTree:
        if missing := sorted(set(parts) - set(params) - {"vectors"}):
            raise ValueError(f"optimizer.rates or .constant name {missing}, but the parameters have {sorted(params)}")
        return jax.tree_util.tree_map_with_path(label, params)

    return optax.partition({**parts, "rest": make(schedule)}, labels)


def _later(schedule: optax.Schedule, start: int) -> optax.Schedule:
    return lambda step: schedule(step + start)
