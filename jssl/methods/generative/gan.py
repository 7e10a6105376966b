"""GAN features: Unsupervised Representation Learning with Deep Convolutional GANs (arXiv:1511.06434)."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jssl.augment.views import Recipe, denormalize, draw_views, prepare
from jssl.exhibit import Column, Exhibit
from jssl.method import Batch, Method, encoder_weights
from jssl.methods.parts.painted import in_colours
from jssl.methods.parts.players import two_players
from jssl.nets.decoder import decoder
from jssl.nets.heads import linear
from jssl.nets.net import Net, chain
from jssl.ranges import Count, NotNegative

SHOWN = 12


def gan(
    encoder: Net, recipe: Recipe, *, latent: Count = 100, width: Count = 64, adversarial: NotNegative = 1.0
) -> Method:
    """A generator paints pictures out of noise; the encoder, with one logit on top, tells them from real ones.

    Features are the encoder's map before it pools: of `dcgan` every layer's, pooled to 4x4, as in the paper. Both
    players move at once.

    Args:
        encoder: with a map; `dcgan` is the paper's.
        recipe: its first view is a real picture.
        latent: length of the noise, uniform in [-1, 1].
        width: channels of the generator's last map.
        adversarial: weight of the generator's loss, which under Adam changes the sum that is shown and little else.

    Raises:
        ValueError: an encoder without a map, noise without length, a weight that is not positive.
    """
    if encoder.tokens is None:
        raise ValueError("the encoder has no map to take features from: take dcgan, convnet or a resnet")
    if latent < 1 or adversarial <= 0:
        raise ValueError(f"latent={latent} must be at least 1 and adversarial={adversarial} positive")
    recipe = recipe._replace(views=recipe.views[:1])
    generator = decoder(recipe.views[0].size, len(recipe.mean), width=width)
    judge = chain(encoder=encoder, head=linear(1))

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        judge_key, generator_key = jax.random.split(key)
        params, stats = judge.init(judge_key, prepare(recipe, batch["image"], batch.get("extent")))
        params["generator"], stats["generator"] = generator.init(generator_key, jnp.zeros((1, latent)))
        return params, {"stats": stats}

    def noise(keys: jax.Array) -> jax.Array:
        return jax.vmap(lambda key: jax.random.uniform(key, (latent,), minval=-1.0))(keys)

    def views(keys: jax.Array, batch: Batch) -> tuple[jax.Array, jax.Array]:
        own = jax.vmap(lambda key: jax.random.fold_in(key, len(recipe.views)))(keys)
        return draw_views(recipe, keys, batch["image"], batch.get("extent"))[0], noise(own)

    def loss(params: Any, extra: Any, views: tuple[jax.Array, jax.Array], key: jax.Array, step: jax.Array) -> Any:
        del key, step
        real, z = views
        fake, made = generator.apply(params["generator"], extra["stats"]["generator"], z, train=True)
        played = two_players(judge, params, extra["stats"], real, in_colours(recipe, fake))
        stats = {**played.stats, "generator": made}
        return adversarial * played.generator + played.discriminator, ({"stats": stats}, played.metrics)

    def embed(params: Any, extra: Any, batch: Batch) -> jax.Array:
        places, _ = encoder.tokens(
            *encoder_weights(params, extra), prepare(recipe, batch["image"], batch.get("extent"))
        )
        return places.reshape(len(places), -1).astype(jnp.float32)

    def show(params: Any, extra: Any, keys: jax.Array, batch: Batch) -> Exhibit:
        batch = jax.tree.map(lambda x: x[:SHOWN], batch)
        stats, real = extra["stats"], prepare(recipe, batch["image"], batch.get("extent"))
        z = jnp.split(noise(keys[: 2 * SHOWN]), 2)
        made = [in_colours(recipe, generator.apply(params["generator"], stats["generator"], half)[0]) for half in z]
        columns = []
        for name, images in zip(("real", "made", "made, too"), (real, *made), strict=True):
            sure = jax.nn.sigmoid(judge.apply(params, stats, images)[0][:, 0])
            captions = [f"real: {float(share):.0%}" for share in sure]
            columns.append(Column(name, np.asarray(denormalize(recipe, images)), captions))
        lead = "What the generator makes out of noise, and how sure the discriminator, whose features are used, is."
        return Exhibit("Real or made", lead, tuple(columns))

    return Method(init, views, loss, embed, show=show)
