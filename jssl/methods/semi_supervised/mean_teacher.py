"""Mean Teacher: Mean teachers are better role models (arXiv:1703.01780)."""

import math
from typing import Any

import jax
import jax.numpy as jnp
import optax

from jssl.inputs.input import Input
from jssl.losses.semi_supervised import consistency
from jssl.method import Batch, Method
from jssl.methods.parts.classifier import classifier
from jssl.methods.parts.views import labelled_keys
from jssl.nets.net import Net
from jssl.ranges import Below1, NotNegative, Share


def mean_teacher(
    encoder: Net,
    input: Input,
    *,
    classes: int,
    steps: int,
    weight: NotNegative = 100.0,
    ramp: Share = 0.2,
    average: Below1 = 0.999,
) -> Method:
    """The student's prediction of one view agrees with that of its running average, the teacher, of another.

    Evaluations read the teacher's weights with the running batch statistics of the student. TorchSSL's teacher has
    its own; at the end of a run, when both have the same weights but for their last thousand steps, they agree.

    Args:
        input: its recipe's first view is the student's, its second the teacher's.
        classes: how many.
        steps: of the whole run.
        weight: of the agreement, on labelled and unlabelled examples, in the end.
        ramp: share of the run in which that weight rises along exp(-5 (1 - t)^2).
        average: share of its weights that the teacher, which is evaluated, keeps in a step: 0.99 for few steps.
    """
    net, shared = classifier(encoder, input, classes=classes, average=average)

    def views(keys: jax.Array, batch: Batch) -> tuple[jax.Array, ...]:
        labelled = batch["labelled"]
        own = input.views(labelled_keys(keys, batch), labelled)
        other = input.views(keys, batch)
        return *(jnp.concatenate(pair) for pair in zip(own[:2], other[:2], strict=True)), labelled["label"]

    def loss(params: Any, extra: Any, views: tuple[jax.Array, ...], key: jax.Array, step: jax.Array) -> Any:
        first, second, labels = views
        student_key, teacher_key = jax.random.split(key)
        student, stats = net.apply(params, extra["stats"], first, key=student_key, train=True)
        teacher, _ = net.apply(extra["average"], extra["stats"], second, key=teacher_key, train=True)
        student, teacher = student.astype(jnp.float32), teacher.astype(jnp.float32)
        supervised = jnp.mean(optax.softmax_cross_entropy_with_integer_labels(student[: len(labels)], labels))
        agreement = consistency(teacher, student)
        risen = jnp.exp(-5 * (1 - jnp.minimum(step / max(ramp * steps, 1), 1.0)) ** 2)
        metrics = {"supervised_loss": supervised, "consistency": agreement}
        return supervised + weight * risen * agreement, ({**extra, "stats": stats}, metrics)

    return Method(views=views, loss=loss, **shared, chance=lambda _: math.log(classes))
