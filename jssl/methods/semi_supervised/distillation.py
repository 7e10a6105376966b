"""Distillation: what SimCLR v2 does last with a fine-tuned network and examples without labels (arXiv:2006.10029)."""

from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from jssl.exhibit import Column, Exhibit
from jssl.inputs.input import Input
from jssl.losses.semi_supervised import soft_targets
from jssl.method import Batch, Method
from jssl.methods.parts.classifier import classifier
from jssl.methods.parts.guesses import SHOWN, said
from jssl.methods.parts.views import labelled_keys
from jssl.nets import make_net
from jssl.nets.heads import mlp
from jssl.nets.net import Net, chain
from jssl.ranges import Below1, Count, Positive, Share


def distillation(
    encoder: Net,
    input: Input,
    *,
    classes: int,
    teacher: Mapping[str, Any] | None = None,
    teacher_hidden: Sequence[Count] = (),
    temperature: Positive = 1.0,
    weight: Share = 1.0,
    average: Below1 = 0.0,
) -> Method:
    """A student learns what its teacher, which never moves, thinks of examples without a label.

    Both see the same plain view of an example, a random crop or its mirror image, the teacher as it is evaluated. The
    teacher is the classifier of the run that `config.teacher` names. A student of its teacher's size is
    self-distillation, which the paper finds to help as well.

    Args:
        classes: how many.
        teacher: name and options of its encoder, as in `config.encoder`; none is the student's own network.
        teacher_hidden: widths of the layers of its head before the linear one: `hidden` of that run's method.
        temperature: of both softmaxes: below 1 the teacher's classes become harder.
        weight: of the teacher, the paper's alpha; the rest is the cross entropy of the labelled examples' own labels.
        average: share that the running average of the weights, which is evaluated, keeps in a step; the paper has none.
    """
    net, shared = classifier(encoder, input, classes=classes, average=average)
    tutor = chain(encoder=encoder if teacher is None else make_net(**teacher), head=mlp((*teacher_hidden, classes)))

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        own_key, tutor_key = jax.random.split(key)
        params, extra = shared["init"](own_key, batch)
        frozen, stats = tutor.init(tutor_key, input.prepare(batch))
        return params, {**extra, "frozen": {"teacher": {"params": frozen, "stats": stats}}}

    def taught(extra: Any, x: jax.Array) -> jax.Array:
        """The teacher's logits [n, classes]."""
        found = extra["frozen"]["teacher"]
        return jax.lax.stop_gradient(tutor.apply(found["params"], found["stats"], x)[0].astype(jnp.float32))

    def views(keys: jax.Array, batch: Batch) -> tuple[jax.Array, ...]:
        labelled = batch["labelled"]
        own = input.plain(labelled_keys(keys, batch), labelled)
        return own, labelled["label"], input.plain(keys, batch)

    def loss(params: Any, extra: Any, views: tuple[jax.Array, ...], key: jax.Array, step: jax.Array) -> Any:
        del step
        own, labels, other = views
        x = other if weight == 1 else jnp.concatenate([other, own])
        logits, stats = net.apply(params, extra["stats"], x, key=key, train=True)
        student, seen = jnp.split(logits.astype(jnp.float32), [len(other)])
        targets = taught(extra, other)
        value = learnt = soft_targets(targets, student, temperature)
        metrics = {"distillation_loss": learnt, "agreement": jnp.mean(student.argmax(-1) == targets.argmax(-1))}
        if weight < 1:
            metrics["supervised_loss"] = jnp.mean(optax.softmax_cross_entropy_with_integer_labels(seen, labels))
            value = weight * learnt + (1 - weight) * metrics["supervised_loss"]
        return value, ({**extra, "stats": stats}, metrics)

    def show(params: Any, extra: Any, keys: jax.Array, batch: Batch) -> Exhibit:
        del keys
        both = [taught(extra, input.prepare(batch)), shared["predict"](params, extra, batch)]
        p, q = (np.asarray(jax.nn.softmax(logits)) for logits in both)
        agree = p.argmax(1) == q.argmax(1)
        rows = np.argsort(-np.abs(p - q).sum(1), kind="stable")[:SHOWN]
        figures = input.figure({key: np.asarray(x)[rows] for key, x in batch.items()})
        return Exhibit(
            "Where teacher and student differ most",
            f"Of {len(p)} examples that neither saw they give {100 * agree.mean():.1f} % the same class. Those on which"
            " they differ most, and the two classes that each thinks likeliest.",
            (
                Column("the teacher", figures, said(p[rows])),
                Column("the student", figures, said(q[rows])),
            ),
        )

    return Method(views=views, loss=loss, show=show, **{**shared, "init": init})
