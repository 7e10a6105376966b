"""Denoising autoencoder: Extracting and Composing Robust Features (Vincent et al., ICML 2008; JMLR 2010)."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jssl.augment.corrupt import CORRUPTIONS
from jssl.augment.views import Recipe, denormalize, draw_views, normalize, prepare
from jssl.exhibit import Column, Exhibit
from jssl.inputs.image import pictures
from jssl.losses.reconstruction import weighted_l2
from jssl.method import Batch, Method
from jssl.methods.parts.painted import psnr_captions
from jssl.methods.parts.views import embedding
from jssl.nets.decoder import decoder
from jssl.nets.net import Net, chain
from jssl.ranges import Count, NotNegative

SHOWN = 12


def denoising_autoencoder(
    encoder: Net, recipe: Recipe, *, corruption: str = "mask", amount: NotNegative = 0.25, width: Count = 64
) -> Method:
    """A spoilt picture is encoded, and a decoder paints the clean one; every step spoils it anew.

    Evaluations see clean pictures. The noise is what keeps it from a copy, so that the code need not be small.

    Args:
        recipe: its first view is the clean picture.
        corruption: "mask" blackens pixels, "salt_and_pepper" blackens or whitens them, "gaussian" adds noise.
        amount: the share of pixels, or the standard deviation of the noise in colours from 0 to 1.
        width: channels of the decoder's last map.

    Raises:
        ValueError: an unknown corruption, an amount that is not positive, or above 1 where it is a share.
    """
    if corruption not in CORRUPTIONS:
        raise ValueError(f"corruption={corruption!r} is none of {', '.join(CORRUPTIONS)}")
    if not 0 < amount <= (np.inf if corruption == "gaussian" else 1):
        raise ValueError(f"amount={amount} of {corruption} must be above 0, and at most 1 where it is a share")
    recipe = recipe._replace(views=recipe.views[:1])
    net = chain(encoder=encoder, decoder=decoder(recipe.views[0].size, len(recipe.mean), width=width))

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        params, stats = net.init(key, prepare(recipe, batch["image"], batch.get("extent")))
        return params, {"stats": stats}

    def spoil(keys: jax.Array, images: jax.Array) -> tuple[jax.Array, jax.Array]:
        own = jax.vmap(lambda key: jax.random.fold_in(key, len(recipe.views)))(keys)
        spoilt, touched = jax.vmap(lambda key, image: CORRUPTIONS[corruption](key, image, amount))(
            own, denormalize(recipe, images)
        )
        return normalize(recipe, spoilt), touched

    def views(keys: jax.Array, batch: Batch) -> tuple[jax.Array, jax.Array, jax.Array]:
        clean = draw_views(recipe, keys, batch["image"], batch.get("extent"))[0]
        return clean, *spoil(keys, clean)

    def loss(params: Any, extra: Any, views: tuple[jax.Array, ...], key: jax.Array, step: jax.Array) -> Any:
        del step
        clean, spoilt, touched = views
        painted, stats = net.apply(params, extra["stats"], spoilt, key=key, train=True)
        error = jnp.mean((painted.astype(jnp.float32) - clean) ** 2)
        return error, ({"stats": stats}, {"error_where_spoilt": weighted_l2(painted, clean, touched)})

    def show(params: Any, extra: Any, keys: jax.Array, batch: Batch) -> Exhibit:
        batch = jax.tree.map(lambda x: x[:SHOWN], batch)
        images = prepare(recipe, batch["image"], batch.get("extent"))
        spoilt, _ = spoil(keys[:SHOWN], images)
        painted, _ = net.apply(params, extra["stats"], spoilt)
        spoilt, painted, truth = (denormalize(recipe, x) for x in (spoilt, painted, images))
        columns = (
            Column("spoilt", np.asarray(spoilt), psnr_captions(spoilt, truth)),
            Column("mended", np.asarray(painted), psnr_captions(painted, truth)),
            Column("truth", np.asarray(truth)),
        )
        return Exhibit("Mending pictures", "What the network is given, what it paints, and what was there.", columns)

    return Method(init, views, loss, embedding(encoder, pictures(recipe)), show=show)
