"""DINO: Emerging Properties in Self-Supervised Vision Transformers (arXiv:2104.14294)."""

import math
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from jssl import parallel
from jssl.exhibit import Exhibit
from jssl.inputs.input import Input
from jssl.losses.contrastive import l2_normalize, similarities
from jssl.losses.distillation import cross_view_entropy, entropy, moved_center, sharpened
from jssl.method import Batch, Method
from jssl.methods.parts.attention import attention_maps
from jssl.methods.parts.teacher import follow, momentum_at
from jssl.methods.parts.views import embedding, random_views
from jssl.nets.heads import gelu, mlp
from jssl.nets.multi_crop import GLOBAL, project_by_size
from jssl.nets.net import Net, chain
from jssl.optim.duration import Duration, steps_of
from jssl.ranges import Count, Positive, Share


def dino(
    encoder: Net,
    input: Input,
    *,
    steps: int,
    steps_per_epoch: int,
    projector: Sequence[Count] = (2048, 2048, 256),
    projector_norm: bool = False,
    prototypes: Count = 65536,
    temperature: Positive = 0.1,
    teacher_temperature: tuple[Positive, Positive] = (0.04, 0.04),
    teacher_warmup: Duration = 0.0,
    momentum: Share = 0.996,
    center_momentum: Share = 0.9,
    freeze: Duration = 1.0,
    initializer: str = "lecun",
) -> Method:
    """From every view, the student predicts the distribution that its teacher gives to another, large view.

    The teacher is a running average of the student. Its logits are centred, which alone would end in uniform
    distributions, and sharpened, which alone would end in one prototype for all; together they hold the balance.

    Args:
        steps: of the whole run, over which the teacher's momentum rises to 1 along half a cosine.
        projector: widths of its layers, GELU between them. Evaluations read the teacher's encoder, before it.
        projector_norm: batch norm after its hidden layers.
        prototypes: how many outputs there are: cosines to the weight-normed rows of a last layer without offset.
        temperature: of the student.
        teacher_temperature: of the teacher, at first and after the warm-up. Lower is sharper.
        teacher_warmup: time over which that rises linearly.
        momentum: share of its weights that the teacher keeps, at first; 0.9995 for batches as small as 256.
        center_momentum: share of itself that the centre keeps each step, in however many parts a batch is computed.
        freeze: time at first in which the last layer stays as it was drawn, and its optimiser waits.
        initializer: of the projector, see `mlp`; "normal" by the authors' code.
    """
    head = mlp(projector, norm=projector_norm, activation=gelu, initializer=initializer)
    net = chain(encoder=encoder, projector=head)
    first, final = teacher_temperature
    run = {"steps_per_epoch": steps_per_epoch, "total": steps}
    thaw, rise = steps_of(freeze, **run), max(steps_of(teacher_warmup, **run), 1)

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        net_key, prototype_key = jax.random.split(key)
        params, stats = net.init(net_key, input.prepare(batch))
        params["prototypes"] = l2_normalize(jax.random.normal(prototype_key, (prototypes, projector[-1])))
        teacher, teacher_stats = jax.tree.map(jnp.copy, (params, stats))  # copies, as the step donates its state
        extra = {"stats": stats, "teacher": teacher, "teacher_stats": teacher_stats, "center": jnp.zeros(prototypes)}
        return params, {**extra, "logits": jnp.zeros(prototypes), "parts": jnp.array(0.0)}

    def logits(
        params: Any, stats: Any, views: tuple[jax.Array, ...], key: jax.Array | None = None
    ) -> tuple[jax.Array, Any]:
        """Cosines to the prototypes, [n, views, prototypes]."""
        z, stats = project_by_size(net, params, stats, views, key=key)
        cosines = similarities(l2_normalize(z.astype(jnp.float32)), l2_normalize(params["prototypes"]))
        return cosines.reshape(-1, len(views), prototypes), stats

    def loss(params: Any, extra: Any, views: tuple[jax.Array, ...], key: jax.Array, step: jax.Array) -> Any:
        # Of a normed layer only the direction counts: with no gradient, weight decay cannot move it either.
        still = jax.lax.stop_gradient(params["prototypes"])
        last = jnp.where(step < thaw, still, params["prototypes"])
        student, stats = logits({**params, "prototypes": last}, extra["stats"], views, key)
        # Without a key the teacher drops no path.
        teacher, teacher_stats = logits(extra["teacher"], extra["teacher_stats"], views[:GLOBAL])
        warm = jnp.minimum(step / rise, 1)
        targets = sharpened(teacher, extra["center"], first + warm * (final - first))
        value = cross_view_entropy(targets, student, temperature=temperature)
        mean = parallel.pmean(teacher.mean((0, 1)))
        seen = {"logits": extra["logits"] + jax.lax.stop_gradient(mean), "parts": extra["parts"] + 1}
        spread = entropy(targets)
        extra = {**extra, **seen, "stats": stats, "teacher_stats": teacher_stats}
        # The two ways to collapse: to an entropy of ln(prototypes) or of 0, both with a divergence of 0.
        return value, (extra, {"teacher_entropy": spread, "divergence": value - spread})

    def after(params: Any, extra: Any, step: jax.Array) -> tuple[Any, Any]:
        teacher = follow(extra["teacher"], params, momentum_at(step, steps, momentum))
        # Once a step: all parts of a batch are centred by earlier batches alone.
        center = moved_center(extra["center"], extra["logits"] / extra["parts"], center_momentum)
        none = {"logits": jnp.zeros_like(center), "parts": jnp.zeros_like(extra["parts"])}
        return params, {**extra, **none, "teacher": teacher, "center": center}

    def weights(params: Any, extra: Any) -> tuple[Any, Any]:
        return extra["teacher"]["encoder"], extra["teacher_stats"]["encoder"]

    maps = attention_maps(encoder, input)

    def show(params: Any, extra: Any, keys: jax.Array, batch: Batch) -> Exhibit:
        return maps(*weights(params, extra), batch)

    embed = embedding(encoder, input, weights)
    late, shown = (("prototypes", thaw),) if thaw else (), show if maps else None
    return Method(
        init, random_views(input), loss, embed, after, starts=late, weights=weights, show=shown,
        chance=lambda _: math.log(prototypes),
    )  # fmt: skip
