"""Deep autoencoder: Reducing the Dimensionality of Data with Neural Networks (Hinton and Salakhutdinov, 2006)."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jssl.augment.views import Recipe, draw_views, prepare
from jssl.exhibit import Column, Exhibit
from jssl.inputs.image import pictures
from jssl.losses.rbm import contrastive_divergence
from jssl.losses.variational import bernoulli_log_likelihood
from jssl.method import Batch, Method
from jssl.methods.parts.views import embedding
from jssl.nets.net import Net
from jssl.nets.sigmoid_stack import climb, descend, unrolled
from jssl.optim.duration import Duration, steps_of

SHOWN = 12


def deep_autoencoder(
    encoder: Net, recipe: Recipe, *, steps: int, steps_per_epoch: int, pretrain: Duration = "50%"
) -> Method:
    """Layer by layer, each a Boltzmann machine on what the ones below make; then all are unrolled and fine-tuned.

    Pretraining is shared equally by the layers, from the pixels up. Its last step copies the weights, transposed, into
    a decoder; from then on both are trained by the cross entropy of the pixels, in nats a picture. `squared_error` is
    the paper's measure, the sum over a picture's pixels: of what a layer is given, while it is pretrained.

    Args:
        encoder: `sigmoid_stack`, the last of whose layers is the code.
        recipe: its first view is the picture, in colours from 0 to 1.
        steps, steps_per_epoch: of the run.
        pretrain: how much of the run; 0 fine-tunes random weights.

    Raises:
        ValueError: an encoder of another kind, a recipe that normalises, fewer steps of pretraining than layers, or
            none left after it.
    """
    recipe = recipe._replace(views=recipe.views[:1])
    if set(recipe.mean) != {0.0} or set(recipe.std) != {1.0}:
        raise ValueError("its units take colours from 0 to 1: set augment.mean=(0.0,) and std=(1.0,)")
    layers, size = len(encoder.layers), recipe.views[0].size
    shapes = jax.eval_shape(encoder.init, jax.random.key(0), jnp.zeros((1, size, size, len(recipe.mean))))[0]
    if not layers or "visible" not in shapes.get("layer0", {}):
        raise ValueError("deep_autoencoder trains Boltzmann machines: set encoder.name='sigmoid_stack'")
    first = steps_of(pretrain, steps_per_epoch=steps_per_epoch, total=steps)
    if first >= steps or 0 < first < layers:
        raise ValueError(f"pretrain={pretrain} ({first} steps) must give each of {layers} layers a step and leave some")
    each = max(1, first // layers)

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        params, stats = encoder.init(key, prepare(recipe, batch["image"], batch.get("extent")))
        return {"encoder": params, "decoder": unrolled(params)}, {"stats": {"encoder": stats}}

    def views(keys: jax.Array, batch: Batch) -> tuple[jax.Array, jax.Array]:
        images = draw_views(recipe, keys, batch["image"], batch.get("extent"))[0]
        seeds = jax.vmap(lambda key: jax.random.bits(jax.random.fold_in(key, len(recipe.views))))(keys)
        return jnp.clip(images.reshape(len(images), -1), 0.0, 1.0), seeds

    def pretraining(layer: int) -> Any:
        def branch(params: Any, x: jax.Array, seeds: jax.Array) -> tuple[jax.Array, jax.Array]:
            own = params["encoder"][f"layer{layer}"]
            x = jax.lax.stop_gradient(climb(params["encoder"], x, layer))
            keys = jax.vmap(jax.random.key)(seeds)
            noise = jax.vmap(lambda key: jax.random.uniform(key, own["hidden"].shape))(keys)
            value, made = contrastive_divergence(x, **own, noise=noise, linear=layer == layers - 1)
            return value, jnp.mean(jnp.sum((made - x) ** 2, axis=-1))

        return branch

    def fine_tuning(params: Any, x: jax.Array, seeds: jax.Array) -> tuple[jax.Array, jax.Array]:
        del seeds
        logits = descend(params["decoder"], climb(params["encoder"], x, layers))
        error = jnp.mean(jnp.sum((jax.nn.sigmoid(logits) - x) ** 2, axis=-1))
        return -jnp.mean(bernoulli_log_likelihood(x, logits)), error

    def loss(params: Any, extra: Any, views: tuple[jax.Array, jax.Array], key: jax.Array, step: jax.Array) -> Any:
        del key
        phase = jnp.where(step < first, jnp.minimum(step // each, layers - 1), layers)
        branches = [*map(pretraining, range(layers)), fine_tuning]
        value, error = jax.lax.switch(phase, branches, params, *views)
        return value, (extra, {"squared_error": error})

    def after(params: Any, extra: Any, step: jax.Array) -> tuple[Any, Any]:
        now, made = step == first - 1, unrolled(params["encoder"])
        return {**params, "decoder": jax.tree.map(lambda a, b: jnp.where(now, a, b), made, params["decoder"])}, extra

    def show(params: Any, extra: Any, keys: jax.Array, batch: Batch) -> Exhibit:
        del extra, keys
        images = np.asarray(prepare(recipe, batch["image"], batch.get("extent")))
        x, shape = images.reshape(len(images), -1), images[:SHOWN].shape
        code = climb(params["encoder"], jnp.asarray(x[:SHOWN]), layers)
        painted = np.asarray(jax.nn.sigmoid(descend(params["decoder"], code)))
        dim, mean = code.shape[1], x.mean(0, keepdims=True)
        axes = np.linalg.svd(x - mean, full_matrices=False)[2][:dim]
        by_axes = mean + (x[:SHOWN] - mean) @ axes.T @ axes
        columns = [Column("picture", images[:SHOWN])]
        for name, found in (("network", painted), ("PCA", by_axes)):
            errors = [f"error {e:.1f}" for e in np.sum((found - x[:SHOWN]) ** 2, axis=1)]
            columns.append(Column(name, found.reshape(shape), errors))
        lead = (
            f"Pictures out of {dim} numbers. The principal components are those of the {len(x)} pictures of which these"
            " are the first, so they know them; squared errors are sums over pixels."
        )
        return Exhibit("From code to picture", lead, tuple(columns))

    return Method(init, views, loss, embedding(encoder, pictures(recipe)), after=after, show=show)
