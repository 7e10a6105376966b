"""S4L: Self-Supervised Semi-Supervised Learning (arXiv:1905.03670)."""

from typing import Any

import jax
import jax.numpy as jnp
import optax

from jssl import parallel
from jssl.augment.pretext import quarter_turns
from jssl.augment.views import Recipe, draw_views
from jssl.inputs.image import pictures
from jssl.losses.contrastive import l2_normalize
from jssl.losses.semi_supervised import batch_hard_triplet
from jssl.method import Batch, Method
from jssl.methods.parts.classifier import classifier
from jssl.methods.parts.views import labelled_keys
from jssl.nets.heads import linear
from jssl.nets.net import Net
from jssl.ranges import Below1, Count, NotNegative

TURNS = 4


def s4l(
    encoder: Net,
    recipe: Recipe,
    *,
    classes: int,
    task: str = "rotation",
    weight: NotNegative = 1.0,
    copies: Count = 8,
    dim: Count = 1000,
    average: Below1 = 0.999,
) -> Method:
    """Labelled pictures are classified, and all pictures solve a task that needs no label.

    Args:
        recipe: its first view is what both look at.
        classes: how many.
        task: "rotation", tell by how many quarters a picture is turned, all four turns of it being classified where
            it has a label; or "exemplar", know the views of one picture from all others by a triplet loss.
        weight: of that task, which labelled and unlabelled pictures share equally.
        copies: views of each picture in the exemplar task.
        dim: of the embedding that the triplet loss compares.
        average: share that the running average of the weights, which is evaluated, keeps in a step.

    Raises:
        ValueError: an unknown task.
    """
    if task not in ("rotation", "exemplar"):
        raise ValueError(f'task={task!r} is neither "rotation" nor "exemplar"')
    net, shared = classifier(encoder, pictures(recipe), classes=classes, average=average)
    copies = TURNS if task == "rotation" else copies
    recipe = recipe._replace(views=recipe.views[:1] * (1 if task == "rotation" else copies))
    head = linear(TURNS if task == "rotation" else dim)

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        net_key, head_key = jax.random.split(key)
        params, extra = shared["init"](net_key, batch)
        features = jax.eval_shape(shared["embed"], params, extra, batch)
        params["task"], _ = head.init(head_key, features)
        return params, extra

    def copied(keys: jax.Array, batch: Batch) -> jax.Array:
        """[n, copies, s, s, c]."""
        drawn = draw_views(recipe, keys, batch["image"], batch.get("extent"))
        return quarter_turns(drawn[0]) if task == "rotation" else jnp.stack(drawn, axis=1)

    def views(keys: jax.Array, batch: Batch) -> tuple[jax.Array, ...]:
        labelled = batch["labelled"]
        own = copied(labelled_keys(keys, batch), labelled)
        return own, labelled["label"], copied(keys, batch)

    def task_loss(params: Any, features: jax.Array) -> jax.Array:
        """Of features [n * copies, d], copies next to each other."""
        n = len(features) // copies
        y, _ = head.apply(params["task"], {}, features)
        if task == "exemplar":
            y = l2_normalize(y)  # not in the paper: its code does so
            groups = jnp.repeat(parallel.axis_index() * n + jnp.arange(n), copies)
            return batch_hard_triplet(y, groups, parallel.gather(y), parallel.gather(groups))
        return jnp.mean(optax.softmax_cross_entropy_with_integer_labels(y, jnp.tile(jnp.arange(TURNS), n)))

    def loss(params: Any, extra: Any, views: tuple[jax.Array, ...], key: jax.Array, step: jax.Array) -> Any:
        del step
        own, labels, other = views
        images = jnp.concatenate([own, other]).reshape(-1, *own.shape[2:])
        stats, split = extra["stats"], len(own) * copies
        h, moved = encoder.apply(params["encoder"], stats["encoder"], images, key=key, train=True)
        h = h.astype(jnp.float32)
        logits, _ = net.parts["head"].apply(params["head"], {}, h[:split])
        supervised = jnp.mean(optax.softmax_cross_entropy_with_integer_labels(logits, jnp.repeat(labels, copies)))
        pretext = (task_loss(params, h[:split]) + task_loss(params, h[split:])) / 2
        metrics = {"supervised_loss": supervised, "task_loss": pretext}
        return supervised + weight * pretext, ({**extra, "stats": {**stats, "encoder": moved}}, metrics)

    return Method(views=views, loss=loss, **{**shared, "init": init})
