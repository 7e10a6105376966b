"""UDA-SS: Unsupervised Domain Adaptation through Self-Supervision (arXiv:1909.11825)."""

import math
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from jssl.augment.pretext import rotate
from jssl.augment.views import Recipe, denormalize, draw_views
from jssl.exhibit import Column, Exhibit
from jssl.inputs.image import pictures
from jssl.method import Batch, Method
from jssl.methods.parts.classifier import classifier
from jssl.methods.parts.guesses import SHOWN, said
from jssl.methods.parts.views import labelled_keys
from jssl.nets.heads import linear
from jssl.nets.net import Net
from jssl.ranges import Below1, NotNegative

TASK = 1 << 24
"""What an example's key is folded with to draw what is to be told of it."""


def turned(answer: jax.Array, image: jax.Array) -> jax.Array:
    """A picture [h, h, c] turned by so many quarters."""
    return rotate(answer, image)


def flipped(answer: jax.Array, image: jax.Array) -> jax.Array:
    """A picture [h, w, c] upside down, or not."""
    return jnp.where(answer == 1, image[::-1], image)


def quadrant(answer: jax.Array, image: jax.Array) -> jax.Array:
    """One of the four quarters of a picture [h, h, c]: upper left, upper right, lower left, lower right."""
    half = image.shape[0] // 2
    corner = (answer // 2 * half, answer % 2 * half, 0)
    return jax.lax.dynamic_slice(image, corner, (half, half, image.shape[2]))


TASKS = {"rotation": (4, turned), "flip": (2, flipped), "location": (4, quadrant)}
"""Name -> how many answers there are, and (answer, picture) -> what is shown."""


def domain_adaptation(
    encoder: Net,
    recipe: Recipe,
    *,
    classes: int,
    tasks: Sequence[str] = ("rotation", "flip", "location"),
    weight: NotNegative = 1.0,
    average: Below1 = 0.999,
) -> Method:
    """The source domain's pictures are classified, and pictures of both domains solve tasks that need no label.

    Each task has a linear head on the same features, and a pass of its own through the encoder, so that batch norm sees
    both domains in it, as in the authors' code. There each task takes a step of its own; here their gradients are
    added. The unlabelled batch is drawn from both domains: half and half where they are equally large.

    Args:
        recipe: its first view is what all look at.
        classes: how many.
        tasks: names of `TASKS`; without any, what the source alone teaches.
        weight: of each task.
        average: share that the running average of the weights, which is evaluated, keeps in a step.

    Raises:
        ValueError: an unknown task, or one that is named twice.
    """
    if set(tasks) - set(TASKS) or len(set(tasks)) < len(tasks):
        raise ValueError(f"tasks={tuple(tasks)} must be different ones of {', '.join(TASKS)}")
    input = pictures(recipe)
    net, shared = classifier(encoder, input, classes=classes, average=average)
    heads = {task: linear(TASKS[task][0]) for task in tasks}
    recipe = recipe._replace(views=recipe.views[:1])

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        net_key, *keys = jax.random.split(key, 1 + len(heads))
        params, extra = shared["init"](net_key, batch)
        features = jax.eval_shape(shared["embed"], params, extra, batch)
        for task, head_key in zip(heads, keys, strict=True):
            params[task], _ = heads[task].init(head_key, features)
        return params, extra

    def posed(keys: jax.Array, images: jax.Array) -> dict[str, tuple[jax.Array, jax.Array]]:
        """For each task what is shown of every picture, and the answers [n]."""
        found = {}
        for i, task in enumerate(TASKS):
            count, show = TASKS[task]
            if task in heads:
                own = jax.vmap(lambda key, i=i: jax.random.fold_in(key, TASK + i))(keys)
                answers = jax.vmap(lambda key, count=count: jax.random.randint(key, (), 0, count))(own)
                found[task] = jax.vmap(show)(answers, images), answers
        return found

    def views(keys: jax.Array, batch: Batch) -> tuple[Any, ...]:
        labelled = batch["labelled"]
        own = draw_views(recipe, labelled_keys(keys, batch), labelled["image"], labelled.get("extent"))[0]
        return own, labelled["label"], posed(keys, draw_views(recipe, keys, batch["image"], batch.get("extent"))[0])

    def loss(params: Any, extra: Any, views: tuple[Any, ...], key: jax.Array, step: jax.Array) -> Any:
        del step
        own, labels, questions = views
        moved = extra["stats"]["encoder"]
        metrics, total = {}, 0.0
        for i, (task, (x, answers)) in enumerate(questions.items()):
            h, moved = encoder.apply(params["encoder"], moved, x, key=jax.random.fold_in(key, i), train=True)
            logits, _ = heads[task].apply(params[task], {}, h.astype(jnp.float32))
            metrics[f"{task}_loss"] = jnp.mean(optax.softmax_cross_entropy_with_integer_labels(logits, answers))
            total = total + weight * metrics[f"{task}_loss"]
        stats = {**extra["stats"], "encoder": moved}
        logits, stats = net.apply(params, stats, own, key=key, train=True)
        supervised = jnp.mean(optax.softmax_cross_entropy_with_integer_labels(logits.astype(jnp.float32), labels))
        return supervised + total, ({**extra, "stats": stats}, {"supervised_loss": supervised, **metrics})

    def show(params: Any, extra: Any, keys: jax.Array, batch: Batch) -> Exhibit:
        x = input.prepare(jax.tree.map(lambda x: x[:SHOWN], batch))
        p = np.asarray(jax.nn.softmax(shared["predict"](params, extra, batch)))[:SHOWN]
        columns = [Column("the target's", np.asarray(denormalize(recipe, x)), said(p))]
        for task, (shown, answers) in posed(keys[:SHOWN], x).items():
            h, _ = encoder.apply(params["encoder"], extra["stats"]["encoder"], shown)
            guess = np.asarray(heads[task].apply(params[task], {}, h.astype(jnp.float32))[0].argmax(-1))
            right = list(guess == np.asarray(answers))
            columns.append(Column(task, np.asarray(denormalize(recipe, shown)), [str(each) for each in guess], right))
        return Exhibit(
            "The same tasks in the target domain",
            "Pictures without a label, what the classifier of the source domain takes them for, and what the tasks ask"
            " of them: how they are turned, whether they are upside down, which quarter is seen.",
            tuple(columns),
        )

    return Method(
        views=views, loss=loss, show=show, **{**shared, "init": init},
        chance=lambda _: math.log(classes) + weight * sum(math.log(TASKS[task][0]) for task in tasks),
    )  # fmt: skip
