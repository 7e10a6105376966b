"""BiGAN: Adversarial Feature Learning (arXiv:1605.09782), and ALI (arXiv:1606.00704)."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jssl.augment.views import Recipe, denormalize, draw_views, prepare
from jssl.exhibit import Column, Exhibit
from jssl.inputs.image import pictures
from jssl.method import Batch, Method
from jssl.methods.parts.painted import in_colours
from jssl.methods.parts.players import two_players
from jssl.methods.parts.views import embedding
from jssl.nets.decoder import decoder
from jssl.nets.heads import linear
from jssl.nets.joint_discriminator import joint_discriminator
from jssl.nets.net import Net, chain
from jssl.ranges import Count, NotNegative

SHOWN = 12


def bigan(
    encoder: Net,
    recipe: Recipe,
    *,
    latent: Count = 50,
    width: Count = 64,
    hidden: Count = 512,
    adversarial: NotNegative = 1.0,
) -> Method:
    """A generator turns codes into pictures, an encoder pictures into codes; no pair is to be told from the other kind.

    The discriminator sees a real picture with its code, or a code with the picture made of it. Encoder and generator
    have one loss, the discriminator's with its labels swapped; at its optimum each inverts the other, though neither
    ever sees what the other makes. Evaluations read the encoder, before the linear map to its code.

    Args:
        recipe: its first view is a real picture.
        latent: length of a code, of which the generator's are uniform in [-1, 1].
        width: channels of the generator's last and the discriminator's first map.
        hidden: units of the discriminator that see picture and code together.
        adversarial: weight of the encoder's and generator's loss, which under Adam changes little.

    Raises:
        ValueError: pictures of 4 pixels or fewer, codes without length, a weight that is not positive.
    """
    recipe, size = recipe._replace(views=recipe.views[:1]), recipe.views[0].size
    if size <= 4 or latent < 1 or adversarial <= 0:
        raise ValueError(f"size={size} must be above 4, latent={latent} and adversarial={adversarial} positive")
    encode = chain(encoder=encoder, code=linear(latent))
    generator = decoder(size, len(recipe.mean), width=width)
    judge = joint_discriminator(size, width=width, hidden=hidden)

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        encoder_key, generator_key, judge_key = jax.random.split(key, 3)
        images, codes = prepare(recipe, batch["image"], batch.get("extent")), jnp.zeros((1, latent))
        params, stats = encode.init(encoder_key, images)
        params["generator"], stats["generator"] = generator.init(generator_key, codes)
        params["discriminator"], stats["discriminator"] = judge.init(judge_key, (images, codes))
        return params, {"stats": stats}

    def noise(keys: jax.Array) -> jax.Array:
        return jax.vmap(lambda key: jax.random.uniform(key, (latent,), minval=-1.0))(keys)

    def views(keys: jax.Array, batch: Batch) -> tuple[jax.Array, jax.Array]:
        own = jax.vmap(lambda key: jax.random.fold_in(key, len(recipe.views)))(keys)
        return draw_views(recipe, keys, batch["image"], batch.get("extent"))[0], noise(own)

    def loss(params: Any, extra: Any, views: tuple[jax.Array, jax.Array], key: jax.Array, step: jax.Array) -> Any:
        del step
        stats, (x, z) = extra["stats"], views
        code, encoded = encode.apply(params, stats, x, key=key, train=True)
        made, painted = generator.apply(params["generator"], stats["generator"], z, train=True)
        real, fake = (x, code.astype(jnp.float32)), (in_colours(recipe, made), z)
        played = two_players(judge, params["discriminator"], stats["discriminator"], real, fake)
        moved = {**encoded, "generator": painted, "discriminator": played.stats}
        metrics = {**played.metrics, "generator": played.swapped}
        return adversarial * played.swapped + played.discriminator, ({"stats": moved}, metrics)

    def show(params: Any, extra: Any, keys: jax.Array, batch: Batch) -> Exhibit:
        batch = jax.tree.map(lambda x: x[:SHOWN], batch)
        stats, images = extra["stats"], prepare(recipe, batch["image"], batch.get("extent"))
        codes = encode.apply(params, stats, images)[0], noise(keys[:SHOWN])
        again, made = (
            in_colours(recipe, generator.apply(params["generator"], stats["generator"], z)[0]) for z in codes
        )
        names = ("picture", "its code", "noise")
        figures = (np.asarray(denormalize(recipe, x)) for x in (images, again, made))
        lead = (
            "What the generator paints from a picture's code, and from noise. It was never asked to paint the same"
            " picture: what comes out alike is what the code holds."
        )
        return Exhibit("From a picture to its code and back", lead, tuple(map(Column, names, figures)))

    return Method(init, views, loss, embedding(encoder, pictures(recipe)), show=show)
