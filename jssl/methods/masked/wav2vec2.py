"""wav2vec 2.0: A Framework for Self-Supervised Learning of Speech Representations (arXiv:2006.11477)."""

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jssl import parallel
from jssl.augment.sound.hide import HiddenFrames, hide_frames
from jssl.exhibit import Column, Exhibit
from jssl.inputs.input import Input
from jssl.losses.masked_contrast import among_distractors, perplexity
from jssl.method import Batch, Method
from jssl.methods.parts.counted import mean_of_all
from jssl.methods.parts.views import embedding
from jssl.nets.heads import linear
from jssl.nets.net import Net
from jssl.nets.quantizer import quantizer
from jssl.nets.wave import apart
from jssl.ranges import Count, NotNegative, Part, Positive, Positives, Share

SHOWN = 8


class Told(NamedTuple):
    """Of each hidden frame what telling it costs, and whether it is told; and how probable each entry is for it."""

    costs: jax.Array
    right: jax.Array
    chances: jax.Array


class Views(NamedTuple):
    """A recording, what is hidden of it, and the noise under which its codes are chosen."""

    x: jax.Array
    hidden: HiddenFrames
    noise: jax.Array


def wav2vec2(
    encoder: Net,
    input: Input,
    *,
    mask: Part = 0.65,
    span: Count = 10,
    negatives: Count = 100,
    groups: Count = 2,
    entries: Count = 320,
    code: Count = 256,
    dim: Count = 256,
    temperature: Positive = 0.1,
    gumbel: Positives = (0.5, 2.0),
    gumbel_decay: Part = 0.999995,
    diversity: NotNegative = 0.1,
    penalty: NotNegative = 10.0,
    feature_gradient: Share = 0.1,
) -> Method:
    """Spans of frames are hidden from a transformer, which tells what was there from other hidden frames.

    What was there is a code: for each codebook, one of its entries, chosen by Gumbel softmax. All entries are to be
    used: the codebooks' perplexity is part of the loss, and how it goes tells first whether a run goes well.

    Args:
        encoder: `wav2vec2` or the like, with its parts "features", "norm" and "context".
        input: of waves, `config.augment.recipe` "wave".
        mask: frames that would be hidden if no spans overlapped, as a share: 0.065 starts of 10 frames hide 49 %.
        span: frames that are hidden together.
        negatives: distractors of each hidden frame, out of the same recording.
        groups, entries: codebooks, and entries of each.
        code: length of a code, over all codebooks.
        dim: of the space in which predictions and codes are compared.
        temperature: divides the cosine similarities.
        gumbel: the least and the first temperature of the choice; LARGE ends at 0.1.
        gumbel_decay: by what it is multiplied at every step.
        diversity: weight of the entries that are not in use, as a share.
        penalty: weight of the mean square of the frames, of the code of BASE; 0 in LARGE.
        feature_gradient: what the convolutions' gradient is multiplied with; 1 in LARGE.

    Raises:
        ValueError: another encoder or input; a code that does not divide; one frame or none that can be hidden.
    """
    if not {"features", "norm", "context"} <= set(encoder.parts):
        raise ValueError("wav2vec2 hides frames within its encoder: config.encoder.name must be wav2vec2 or the like")
    if code % groups:
        raise ValueError(f"code={code} does not divide over groups={groups}")
    features, norm, context = (encoder.parts[name] for name in ("features", "norm", "context"))
    codes, predictor = quantizer(groups, entries, code, dim), linear(dim)

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        encoder_key, code_key, predictor_key = jax.random.split(key, 3)
        x = input.prepare(batch)
        params, stats = encoder.init(encoder_key, x)
        frames = jax.eval_shape(frames_of, params, x)
        tokens = jax.eval_shape(encoder.tokens, params, stats, x)[0]
        if frames.shape[1] < max(span, 2):
            raise ValueError(f"span={span} does not fit into the {frames.shape[1]} frames of a recording")
        made = {
            "quantizer": codes.init(code_key, jnp.zeros((1, 1, frames.shape[-1] - 1)))[0],
            "predictor": predictor.init(predictor_key, tokens)[0],
        }
        return {"encoder": params, **made}, {"stats": {"encoder": stats}}

    def views(keys: jax.Array, batch: Batch) -> Views:
        x = input.prepare(batch)
        there = encoder.frames(x[..., 1] > 0.5)
        hide_keys, noise_keys = jnp.moveaxis(jax.vmap(jax.random.split)(keys), 1, 0)
        hidden = hide_frames(hide_keys, there.sum(1), frames=there.shape[1], share=mask, span=span, negatives=negatives)
        shape = (hidden.places.shape[1], groups, entries)
        return Views(x, hidden, jax.vmap(lambda key: jax.random.gumbel(key, shape))(noise_keys))

    def frames_of(params: Any, x: jax.Array, **run: Any) -> jax.Array:
        return features.apply(params["features"], {}, x, **run)[0]

    def tell(params: Any, views: Views, frames: jax.Array, heat: jax.Array, **run: Any) -> Told:
        """Tell each hidden frame's code from those of its distractors."""
        _, hidden, noise = views
        normed, _ = norm.apply(params["encoder"]["norm"], {}, frames)
        tokens, _ = context.apply(params["encoder"]["context"], {}, normed, hidden=hidden.mask, **run)
        asked, seen = (jnp.take_along_axis(each, hidden.places[..., None], 1) for each in (tokens, normed[..., :-1]))
        (targets, chances), _ = codes.apply(params["quantizer"], {}, seen, noise=noise, temperature=heat)
        n, k, _ = asked.shape
        predicted = predictor.apply(params["predictor"], {}, asked.reshape(n * k, -1))[0].reshape(n, k, dim)
        others = jax.vmap(lambda rows, places: rows[places])(targets, hidden.distractors)
        costs, right = jax.vmap(partial(among_distractors, temperature=temperature))(predicted, targets, others)
        return Told(costs, right, chances)

    def loss(params: Any, extra: Any, views: Views, key: jax.Array, step: jax.Array) -> Any:
        there = views.hidden.there
        frames = frames_of(params["encoder"], views.x, key=key, train=True)
        still = jax.lax.stop_gradient(frames)
        frames = still + feature_gradient * (frames - still)
        heat = jnp.maximum(max(gumbel) * gumbel_decay ** step.astype(jnp.float32), min(gumbel))
        told = tell(params, views, frames, heat, key=key, train=True)
        contrast = mean_of_all(told.costs, there)
        used = parallel.psum(jnp.sum(told.chances * there[..., None, None], axis=(0, 1)))
        in_use = perplexity(used / jnp.maximum(parallel.psum(there.sum()), 1))
        heard, sound = apart(frames)
        square = mean_of_all(jnp.mean(heard**2, axis=-1), sound)
        value = contrast + diversity * (1 - in_use / (groups * entries)) + penalty * square
        return value, (
            extra,
            {
                "contrast": contrast,
                "accuracy": mean_of_all(told.right, there),
                "code_perplexity": in_use,
                "frame_square": square,
                "hidden_share": mean_of_all(views.hidden.mask, sound),
            },
        )

    def show(params: Any, extra: Any, keys: jax.Array, batch: Batch) -> Exhibit:
        del extra
        batch = jax.tree.map(lambda x: x[:SHOWN], batch)
        drawn = jax.jit(views)(keys[:SHOWN], batch)
        drawn = drawn._replace(noise=jnp.zeros_like(drawn.noise))
        told = jax.jit(lambda p: tell(p, drawn, frames_of(p["encoder"], drawn.x), jnp.float32(min(gumbel))))(params)
        heard = input.figure(batch)
        right, there, mask = (np.asarray(x) for x in (told.right, drawn.hidden.there, drawn.hidden.mask))
        columns = (
            Column("what is said", heard),
            Column("what is left of it", _covered(heard, mask), _said(right & there, there)),
        )
        lead = (
            f"Spans of {span} frames are hidden. Below: for how many of the hidden frames the code that was there is"
            f" told from {negatives} others of the same recording."
        )
        return Exhibit("Telling hidden sounds", lead, columns)

    return Method(init, views, loss, embedding(encoder, input), show=show)


def _covered(figures: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Spectrograms [n, h, w, c] with grey where frames bool [n, t] are hidden."""
    frame = np.arange(figures.shape[2]) * mask.shape[1] // figures.shape[2]
    return np.where(mask[:, None, frame, None], np.uint8(128), figures)


def _said(right: np.ndarray, there: np.ndarray) -> tuple[str, ...]:
    return tuple(f"{a} of {b}" for a, b in zip(right.sum(1), there.sum(1), strict=True))
