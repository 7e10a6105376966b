"""A plan: everything that a config stands for, built and checked before anything is written or computed."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import optax

from jssl.data.labelled import Labelled, draw_labels, labelled_batches
from jssl.data.loader import steps_per_epoch, train_batches
from jssl.data.source import NOTHING, Facts, Source, facts
from jssl.errors import ConfigError, Refused
from jssl.inputs.input import Input
from jssl.method import Method, State
from jssl.nets import PRECISIONS
from jssl.optim.duration import steps_of
from jssl.optim.optimizers import make_optimizer
from jssl.parallel import Layout, make_layout
from jssl.run.build import build
from jssl.run.config import check_numbers, look_up, open_split, total_steps
from jssl.run.step import abstract_state, create_state, example_batch, make_step

if TYPE_CHECKING:
    from ml_collections import ConfigDict


EVERY = ("evaluate.every", "checkpoint.every")
"""Keys of the durations after which the loop does something beside training."""


class Plan(NamedTuple):
    """A run that has not begun."""

    config: "ConfigDict"
    method: Method
    inputs: dict[str, Input]
    layout: Layout
    train: Source
    optimizer: optax.GradientTransformation
    schedule: optax.Schedule
    steps_per_epoch: int
    facts: Facts
    labelled: Labelled | None
    """The examples whose label the method sees, if it sees any."""
    validation: Source | None
    """The examples by which the method's own task is scored, if it is."""
    train_step: Callable
    """`(state, batch) -> (state, metrics)`, compiled when first called; the state is donated."""

    @property
    def steps(self) -> int:
        """Steps of the whole run."""
        return total_steps(self.config, self.train.length)

    @property
    def chance(self) -> float | None:
        """The loss of a network that says the same of everything, see `Method.chance`."""
        return self.method.chance and self.method.chance(self.config.batch_size // self.config.accumulate)

    def steps_of(self, key: str) -> int:
        """Steps of the duration at a dotted key of the config, 0 where the config does not say.

        Raises:
            ConfigError: it is none.
        """
        duration = look_up(self.config, key)
        if duration is None:
            return 0
        try:
            return steps_of(duration, steps_per_epoch=self.steps_per_epoch, total=self.steps)
        except ValueError as error:
            raise ConfigError(f"config.{key}: {error}") from error

    @property
    def _start(self) -> tuple[Any, ...]:
        batch = example_batch(self.train.spec, self.config.batch_size)
        return self.method, self.optimizer, self.config.seed, batch, self.layout

    def create_state(self) -> State:
        """The state before the first step, on the devices."""
        return create_state(*self._start)

    def abstract_state(self) -> State:
        """Its shapes and shardings in canonical form, without computing anything."""
        return abstract_state(*self._start)

    def abstract_batch(self) -> dict[str, Any]:
        """The shapes of a whole batch, as `batches` makes them."""
        batch = example_batch(self.train.spec, self.config.batch_size)
        return _fed(self.config, batch, self.train, self.inputs, self.labelled, self.layout)

    def batches(self, start_step: int = 0) -> Iterator[dict[str, Any]]:
        """The share of this process of every batch, from a step on."""
        place = {
            "seed": self.config.seed,
            "start_step": start_step,
            "process_index": jax.process_index(),
            "process_count": jax.process_count(),
        }
        ratio, batch_size = self.config.labels.ratio, self.config.batch_size
        mixed = _mixed(self.inputs)
        if self.labelled is None:
            return train_batches(self.train, batch_size=batch_size, **mixed, **place)
        source, few = self.labelled.source, self.labelled.indices
        if not ratio:
            return labelled_batches(source, few, batch_size=batch_size, **place)
        many = train_batches(self.train, batch_size=batch_size, **mixed, **place)
        labelled = labelled_batches(source, few, batch_size=batch_size // ratio, **place)
        return ({**batch, "labelled": own} for batch, own in zip(many, labelled, strict=True))


def make_plan(
    config: "ConfigDict", *, train: Source | None = None, devices: Sequence[jax.Device] | None = None
) -> Plan:
    """Build what a config names, and trace its step: what cannot run is refused here.

    Args:
        train: takes the place of the config's data set.
        devices: all there are by default.

    Raises:
        ConfigError, DataError, DeviceError: naming the key, the data set or the numbers that do not fit.
    """
    check_numbers(config)
    train, labelled = _streams(config, open_split(config, config.data.train) if train is None else train)
    known = facts(train)
    if labelled is not None:
        known = known._replace(classes=labelled.source.classes)
    built = build(config, known)
    method, inputs, layers = built.method, built.inputs, built.layers
    per_epoch, steps = steps_per_epoch(train.length, config.batch_size), total_steps(config, train.length)
    try:
        optimizer, schedule = make_optimizer(
            **config.optimizer.to_dict(), layers=layers, batch_size=config.batch_size, steps=steps,
            steps_per_epoch=per_epoch, starts=method.starts,
        )  # fmt: skip
    except (ValueError, TypeError) as error:
        raise ConfigError(f"config.optimizer: {error}") from error
    layout = make_layout(
        compiler=config.parallel.compiler, fsdp=config.parallel.fsdp, sharded=method.sharded, devices=devices
    )
    layout.check_batch(config.batch_size, config.accumulate)
    batch = example_batch(train.spec, config.batch_size)
    try:
        state = abstract_state(method, optimizer, config.seed, batch, layout)
    except Refused:
        raise
    except (ValueError, ZeroDivisionError) as error:  # sizes that fit no picture, parts that the parameters lack
        raise ConfigError(f"config.encoder, method or optimizer: {error}") from error
    step = make_step(method, optimizer, accumulate=config.accumulate, dtype=PRECISIONS[config.precision])
    train_step = layout.compile(step, state)
    # Traced under jit, which keeps the trace for the run; pmap wants other shapes, and refuses the same.
    by_jit = layout._replace(compiler="jit")
    traced = train_step if layout.compiler == "jit" else by_jit.compile(step, state)
    split = by_jit.batch_sharding
    fed = jax.tree.map(
        lambda x: jax.ShapeDtypeStruct(x.shape, x.dtype, sharding=split),
        _fed(config, batch, train, inputs, labelled, layout),
    )
    try:
        jax.eval_shape(traced, state, fed)
    except KeyError as missing:
        if labelled is None:
            raise
        raise ConfigError(
            f"{config.method.name} finds no {missing} in its batches: config.labels.ratio={config.labels.ratio}. 0 is"
            " labelled examples alone, as supervised wants them; 1 or more adds so many without a label to each"
        ) from missing
    except Refused as refusal:
        run = f"batch_size={config.batch_size}, accumulate={config.accumulate}, {layout.mesh.size} devices"
        raise type(refusal)(f"{run}: {refusal}") from refusal
    plan = Plan(
        config, method, inputs, layout, train, optimizer, schedule, per_epoch, known, labelled,
        _validation(config, method, known), train_step,
    )  # fmt: skip
    for key in EVERY:
        plan.steps_of(key)
    return plan


def _validation(config: "ConfigDict", method: Method, known: Facts) -> Source | None:
    if not config.data.validation:
        return None
    if method.score is None:
        raise ConfigError(
            f"{config.method.name} has no score of its own on config.data.validation={config.data.validation!r}:"
            ' set it to ""'
        )
    return open_split(config, config.data.validation, known.assets)


def _streams(config: "ConfigDict", train: Source) -> tuple[Source, Labelled | None]:
    """The examples that are trained on, and those whose label is seen; the first have none of their own then."""
    if not config.labels.which:
        return train, None
    labels = config.labels
    labelled = draw_labels(train, labels.which, labels.seed, validation=labels.validation)
    hidden = train._replace(targets=NOTHING)
    if not config.data.pseudo:
        return hidden, labelled
    from jssl.data.pseudo import open_pseudo

    return open_pseudo(config.data.pseudo, hidden, train.classes), labelled


def _mixed(inputs: dict[str, Input]) -> dict[str, int]:
    """How many earlier examples come with each one, of how many: arguments of `train_batches`."""
    past = max(each.past for each in inputs.values())
    return {"past": past, "companions": max(each.count for each in inputs.values())} if past else {}


def _fed(
    config: "ConfigDict",
    batch: dict[str, Any],
    train: Source,
    inputs: dict[str, Input],
    labelled: Labelled | None,
    layout: Layout,
) -> dict[str, Any]:
    """The shapes of a whole batch, as `Plan.batches` makes them.

    Raises:
        ConfigError, DeviceError: labelled examples that do not divide.
    """
    if mixed := _mixed(inputs):
        wide = (config.batch_size, mixed["companions"])
        past = {name: jax.ShapeDtypeStruct((*wide, *x.shape), x.dtype) for name, x in train.spec.items()}
        batch = {**batch, "past": past}
    if train.labels is not None:
        shape = (config.batch_size, *train.labels.shape[1:])
        batch = {**batch, "label": jax.ShapeDtypeStruct(shape, train.labels.dtype)}
    if labelled is None:
        return batch
    ratio = config.labels.ratio
    if ratio and config.batch_size % ratio:
        raise ConfigError(f"batch_size={config.batch_size} is no multiple of config.labels.ratio={ratio}")
    own = example_batch(train.spec, config.batch_size // max(ratio, 1))
    layout.check_batch(config.batch_size // max(ratio, 1), config.accumulate)
    own["label"] = own["index"]
    return {**batch, "labelled": own} if ratio else own
