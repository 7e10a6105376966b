"""Autoencoder: Reducing the Dimensionality of Data with Neural Networks (Hinton and Salakhutdinov, Science 2006)."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jssl.augment.views import Recipe, denormalize, draw_views, prepare
from jssl.exhibit import Column, Exhibit
from jssl.inputs.image import pictures
from jssl.method import Batch, Method
from jssl.methods.parts.painted import psnr_captions
from jssl.methods.parts.views import embedding
from jssl.nets.decoder import decoder
from jssl.nets.heads import linear
from jssl.nets.net import Net, chain
from jssl.ranges import Count

SHOWN = 12


def autoencoder(encoder: Net, recipe: Recipe, *, code: Count = 32, width: Count = 64) -> Method:
    """A picture goes through a code of few numbers, out of which a decoder paints it again.

    Its parts are trained together, by the mean squared error in normalised colours. `deep_autoencoder` is the paper's,
    whose layers are trained one by one first. Evaluations read the encoder, before the linear map to the code.

    Args:
        recipe: its first view is the picture.
        code: how many numbers; without such a bottleneck, or noise, a copy would do.
        width: channels of the decoder's last map.

    Raises:
        ValueError: a code without length.
    """
    if code < 1:
        raise ValueError(f"code={code} must be at least 1")
    recipe = recipe._replace(views=recipe.views[:1])
    net = chain(
        encoder=encoder, code=linear(code), decoder=decoder(recipe.views[0].size, len(recipe.mean), width=width)
    )

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        params, stats = net.init(key, prepare(recipe, batch["image"], batch.get("extent")))
        return params, {"stats": stats}

    def views(keys: jax.Array, batch: Batch) -> jax.Array:
        return draw_views(recipe, keys, batch["image"], batch.get("extent"))[0]

    def loss(params: Any, extra: Any, images: jax.Array, key: jax.Array, step: jax.Array) -> Any:
        del step
        painted, stats = net.apply(params, extra["stats"], images, key=key, train=True)
        return jnp.mean((painted.astype(jnp.float32) - images) ** 2), ({"stats": stats}, {})

    def show(params: Any, extra: Any, keys: jax.Array, batch: Batch) -> Exhibit:
        del keys
        batch = jax.tree.map(lambda x: x[:SHOWN], batch)
        images = prepare(recipe, batch["image"], batch.get("extent"))
        painted = denormalize(recipe, net.apply(params, extra["stats"], images)[0])
        truth = denormalize(recipe, images)
        columns = (
            Column("picture", np.asarray(truth)),
            Column("painted", np.asarray(painted), psnr_captions(painted, truth)),
        )
        return Exhibit("From code to picture", f"What the decoder paints out of {code} numbers.", columns)

    return Method(init, views, loss, embedding(encoder, pictures(recipe)), show=show)
