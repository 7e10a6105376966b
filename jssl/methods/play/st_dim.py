"""ST-DIM: Unsupervised State Representation Learning in Atari (arXiv:1906.08226)."""

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jssl import parallel
from jssl.augment.clip.recipe import ClipRecipe
from jssl.augment.clip.views import prepare_clips
from jssl.augment.views import denormalize
from jssl.exhibit import Column, Exhibit
from jssl.inputs.clip import clips, strip
from jssl.losses.predictive import among
from jssl.method import Batch, Method
from jssl.methods.parts.steps import Step, steps
from jssl.methods.parts.views import embedding
from jssl.nets.heads import linear
from jssl.nets.net import Net

ROWS = 8


def st_dim(encoder: Net, recipe: ClipRecipe) -> Method:
    """Each place of a frame's map is told from the same place of other examples' frames, by what comes one step later.

    Twice: by the features of the whole later frame (global-local), and by the same place of its map (local-local), each
    through a bilinear score that all places share. The loss is the sum of both means over places, as in the authors'
    code. What is the same in all games says nothing, and what has its own place, however small, is asked for there.

    Args:
        encoder: with tokens, the places of a map; its features must know what lies where: `nature_cnn`.
        recipe: its first view is what both frames are shown by.

    Raises:
        ValueError: an encoder without tokens.
    """
    if encoder.tokens is None:
        raise ValueError("an encoder with tokens is asked for, whose places are told apart: take nature_cnn")
    draw = steps(recipe)

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        encoder_key, whole_key, place_key = jax.random.split(key, 3)
        x = prepare_clips(recipe, batch["clip"])
        params, stats = encoder.init(encoder_key, x)
        h, z = (jax.eval_shape(call, params, stats, x)[0] for call in (encoder.apply, encoder.tokens))
        head = linear(z.shape[-1])
        heads = {"whole": head.init(whole_key, h)[0], "place": head.init(place_key, z)[0]}
        return {"encoder": params, **heads}, {"stats": {"encoder": stats}}

    def encode(params: Any, stats: Any, x: jax.Array, **mode: Any) -> tuple[jax.Array, jax.Array, Any]:
        """Features [n, d] and places [n, p, c]."""
        h, _ = encoder.apply(params, stats, x, **mode)
        z, stats = encoder.tokens(params, stats, x, **mode)
        return h.astype(jnp.float32), z.astype(jnp.float32), stats

    def ask(params: Any, h: jax.Array, z: jax.Array) -> tuple[jax.Array, jax.Array]:
        """What the whole and each place of a frame expect of a place before: [n, c] and [n, p, c]."""
        head = linear(z.shape[-1])
        return head.apply(params["whole"], {}, h)[0], head.apply(params["place"], {}, z)[0]

    def loss(params: Any, extra: Any, views: Step, key: jax.Array, step: jax.Array) -> Any:
        del step
        stats, n = extra["stats"]["encoder"], len(views.before)
        both = jnp.stack([views.before, views.after], axis=1).reshape(2 * n, *views.before.shape[1:])
        h, z, stats = encode(params["encoder"], stats, both, key=key, train=True)
        whole, place = ask(params, h[1::2], z[1::2])
        keys, positive = parallel.gather(z[0::2]), parallel.axis_index() * n + jnp.arange(n)
        tell = jax.vmap(among, (None, 1, None)), jax.vmap(among, (1, 1, None))
        (whole_loss, whole_right), (place_loss, place_right) = (
            jax.tree.map(jnp.mean, each(asked, keys, positive))
            for each, asked in zip(tell, (whole, place), strict=True)
        )
        metrics = {"global_accuracy": whole_right, "local_accuracy": place_right}
        return whole_loss + place_loss, ({"stats": {"encoder": stats}}, metrics)

    def show(params: Any, extra: Any, keys: jax.Array, batch: Batch) -> Exhibit:
        pairs, stats = draw(keys, batch), extra["stats"]["encoder"]
        _, z, _ = encode(params["encoder"], stats, pairs.before)
        asked, _ = ask(params, *encode(params["encoder"], stats, pairs.after)[:2])
        found = np.asarray(jnp.einsum("nc,mpc->nm", asked, z, precision="highest").argmax(1))[:ROWS]
        before, after = (np.asarray(denormalize(recipe.frame, x)) for x in (pairs.before, pairs.after))
        columns = (
            Column("a frame", strip(after[:ROWS])),
            Column("the one before it", strip(before[:ROWS])),
            Column("what it finds", strip(before[found]), right=list(found == np.arange(len(found)))),
        )
        lead = f"By a frame, the one before it is looked for among {len(before)}: by all places of its map together."
        return Exhibit("What came before?", lead, columns)

    return Method(init, draw, loss, embedding(encoder, clips(recipe)), show=show, chance=lambda n: 2 * math.log(n))
