"""MPL: Meta Pseudo Labels (arXiv:2003.10580)."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from jssl import parallel
from jssl.exhibit import Column, Exhibit
from jssl.inputs.input import Input
from jssl.losses.semi_supervised import soft_pseudo_label
from jssl.method import Batch, Method
from jssl.methods.parts.classifier import classifier
from jssl.methods.parts.guesses import SHOWN, said
from jssl.methods.parts.views import labelled_keys
from jssl.nets.net import Net
from jssl.ranges import Below1, NotNegative, Positive, Share


def meta_pseudo_labels(
    encoder: Net,
    input: Input,
    *,
    classes: int,
    steps: int,
    rate: Positive = 0.1,
    weight: NotNegative = 8.0,
    ramp: Share = 0.05,
    temperature: Positive = 0.7,
    threshold: Share = 0.6,
    memory: Below1 = 0.99,
    average: Below1 = 0.999,
) -> Method:
    """A student learns a teacher's pseudo-labels alone; the teacher is paid by what that does to the labelled loss.

    The reward h is the paper's: rate <gradient of the student's labelled loss after its step, that of its loss on the
    pseudo-labels before it>, by which the labelled loss falls. The step it is taken after is one of plain gradient
    descent; the optimiser's own, which may be another, comes with the teacher's, at once. To the teacher's supervised
    loss and its consistency (UDA's) comes h times its own loss on the pseudo-labels. The paper's student is fine-tuned
    on the labels in the end: `config.start` of a supervised run does it.

    Args:
        input: its recipe's first view is weak, its second strong: the teacher labels the strong one, by the most likely
            class, and agrees on it with its own softened prediction of the weak one.
        classes: how many.
        steps: of the whole run.
        rate: of the step that the student is rewarded after.
        weight: of the teacher's consistency, in the end.
        ramp: share of the run in which that weight rises from 0, in a straight line.
        temperature: of its targets.
        threshold: probability from which a target counts.
        memory: share of the running mean of rewards that a step keeps; a reward counts as far as it is above that.
        average: share that the running average of the student's weights, which is evaluated, keeps in a step.
    """
    net, shared = classifier(encoder, input, classes=classes, average=average)
    rise = optax.linear_schedule(0.0, weight, max(round(ramp * steps), 1))
    cross_entropy = optax.softmax_cross_entropy_with_integer_labels

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        student_key, teacher_key = jax.random.split(key)
        params, extra = shared["init"](student_key, batch)
        params["teacher"], extra["teacher_stats"] = net.init(teacher_key, input.prepare(batch))
        return params, {**extra, "usual_reward": jnp.zeros(())}

    def views(keys: jax.Array, batch: Batch) -> tuple[jax.Array, ...]:
        labelled = batch["labelled"]
        own = input.views(labelled_keys(keys, batch), labelled, 1)[0]
        return own, labelled["label"], *input.views(keys, batch)[:2]

    def taught(student: Any, stats: Any, strong: jax.Array, pseudo: jax.Array, key: jax.Array) -> tuple[Any, Any]:
        """The student's loss on pseudo-labels, and its statistics after."""
        logits, moved = net.apply(student, stats, strong, key=key, train=True)
        return jnp.mean(cross_entropy(logits.astype(jnp.float32), pseudo)), moved

    def reward(student: Any, stats: Any, views: tuple[jax.Array, ...], pseudo: jax.Array, key: jax.Array) -> Any:
        """By how much a step on the pseudo-labels makes the labelled loss fall, to first order."""
        own, labels, _, strong = views
        gradient = parallel.pmean(jax.grad(lambda p: taught(p, stats, strong, pseudo, key)[0])(student))
        stepped = jax.tree.map(lambda p, g: p - rate * g, student, gradient)

        def labelled(p: Any) -> jax.Array:
            logits, _ = net.apply(p, stats, own, key=key, train=True)
            return parallel.pmean(jnp.mean(cross_entropy(logits.astype(jnp.float32), labels)))

        return rate * jax.jvp(labelled, (stepped,), (gradient,))[1]

    def loss(params: Any, extra: Any, views: tuple[jax.Array, ...], key: jax.Array, step: jax.Array) -> Any:
        own, labels, weak, strong = views
        student_key, teacher_key = jax.random.split(key)
        student = {part: params[part] for part in net.parts}
        x = jnp.concatenate([own, weak, strong])
        logits, teacher_stats = net.apply(params["teacher"], extra["teacher_stats"], x, key=teacher_key, train=True)
        on_own, on_weak, on_strong = jnp.split(logits.astype(jnp.float32), [len(own), len(own) + len(weak)])
        pseudo = jax.lax.stop_gradient(on_strong.argmax(-1))

        learned, stats = taught(student, extra["stats"], strong, pseudo, student_key)
        gain = jax.lax.stop_gradient(reward(student, extra["stats"], views, pseudo, student_key))
        usual = jnp.where(step > 0, memory * extra["usual_reward"] + (1 - memory) * gain, gain)

        supervised = jnp.mean(cross_entropy(on_own, labels))
        agreement = soft_pseudo_label(on_weak, on_strong, temperature, threshold)
        meta = (gain - usual) * jnp.mean(cross_entropy(on_strong, pseudo))
        value = learned + supervised + rise(step) * agreement + meta
        metrics = {"student_loss": learned, "supervised_loss": supervised, "agreement": agreement, "reward": gain}
        extra = {**extra, "stats": stats, "teacher_stats": teacher_stats, "usual_reward": usual}
        return value, (extra, metrics)

    def show(params: Any, extra: Any, keys: jax.Array, batch: Batch) -> Exhibit:
        keys, batch = keys[:SHOWN], {name: x[:SHOWN] for name, x in batch.items()}
        weak, strong = input.views(keys, batch)[:2]
        teacher = net.apply(params["teacher"], extra["teacher_stats"], strong)[0].astype(jnp.float32)
        p = np.asarray(jax.nn.softmax(teacher))
        student = np.asarray(jax.nn.softmax(shared["predict"](params, extra, batch)))
        agreed = list(p.argmax(1) == student.argmax(1))
        return Exhibit(
            "The teacher's labels, and what the student makes of them",
            "What the teacher thinks of strongly distorted examples, and the student, which was only told the likeliest"
            " class of such, of the same undistorted.",
            (
                Column("weak view", np.asarray(input.look(weak))),
                Column("strong view, by the teacher", np.asarray(input.look(strong)), said(p)),
                Column("by the student", np.asarray(input.figure(batch)), said(student), agreed),
            ),
        )

    return Method(views=views, loss=loss, show=show, **{**shared, "init": init})
