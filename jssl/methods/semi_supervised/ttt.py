"""TTT: Test-Time Training with Self-Supervision for Generalization under Distribution Shifts (arXiv:1909.13231)."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax.traverse_util import flatten_dict, unflatten_dict

from jssl.augment.pretext import quarter_turns, rotate
from jssl.augment.views import Recipe, denormalize, draw_views
from jssl.exhibit import Column, Exhibit
from jssl.inputs.image import pictures
from jssl.method import Batch, Method, PyTree
from jssl.methods.parts.classifier import classifier
from jssl.methods.pretext.rotation import ROWS, TURNS
from jssl.nets.heads import linear
from jssl.nets.net import Net
from jssl.ranges import Below1, Natural, NotNegative

TURN = 1 << 24
"""What a picture's key is folded with to draw its turn."""


def ttt(
    encoder: Net,
    recipe: Recipe,
    *,
    classes: int,
    shared: Natural = 2,
    weight: NotNegative = 1.0,
    all_turns: bool = True,
    average: Below1 = 0.0,
) -> Method:
    """A classifier and a branch that tells turned pictures, with their first layers in common, trained together.

    Before a test picture is classified, turned copies of it alone train the common layers further (`adapt`, which
    `launch.evaluate --protocol=ttt` runs): the branch and the classifier stay as they are. Use an encoder with
    `batch_norm` "group:8", as the paper's: of one picture batch norm knows nothing.

    Args:
        recipe: its first view is what is classified, and turned.
        classes: how many.
        shared: layers of the encoder that both have, from the input on; of the others each has its own.
        weight: of the turns.
        all_turns: each picture is turned by 0, 1, 2 and 3 quarters, as in the authors' runs; or once, by chance.
        average: share that the running average of the weights, which is evaluated, keeps in a step; the paper has none.

    Raises:
        ValueError: more shared layers than the encoder names.
    """
    if shared > len(encoder.layers):
        raise ValueError(f"shared={shared}, but the encoder has {len(encoder.layers)} layers: {encoder.layers}")
    net, common = classifier(encoder, pictures(recipe), classes=classes, average=average)
    head, first = linear(TURNS), recipe._replace(views=recipe.views[:1])
    position = {name: i for i, name in enumerate(encoder.layers)}

    def parted(tree: PyTree) -> tuple[PyTree, PyTree]:
        """The encoder's parameters or statistics that both have, and those that each has."""
        flat = flatten_dict(tree, keep_empty_nodes=True)
        place = {path: next((position[key] for key in path if key in position), 0) for path in flat}
        return tuple(
            unflatten_dict({path: leaf for path, leaf in flat.items() if (place[path] < shared) == both})
            for both in (True, False)
        )

    def joined(one: PyTree, other: PyTree) -> PyTree:
        flat = (flatten_dict(tree, keep_empty_nodes=True) for tree in (one, other))
        return unflatten_dict({path: leaf for each in flat for path, leaf in each.items()})

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        net_key, head_key = jax.random.split(key)
        params, extra = common["init"](net_key, batch)
        features = jax.eval_shape(common["embed"], params, extra, batch)
        own, stats = (parted(tree["encoder"])[1] for tree in (params, extra["stats"]))
        params["turns"] = {"branch": jax.tree.map(jnp.copy, own), "head": head.init(head_key, features)[0]}
        extra["stats"]["turns"] = jax.tree.map(jnp.copy, stats)
        return params, {**extra, "average": jax.tree.map(jnp.copy, params)}

    def told(params: Any, stats: Any, x: jax.Array, **training: Any) -> tuple[jax.Array, tuple[PyTree, PyTree]]:
        """Logits [n, 4] of turned pictures, and the statistics that both have and the branch's own."""
        weights = joined(parted(params["encoder"])[0], params["turns"]["branch"])
        seen = joined(parted(stats["encoder"])[0], stats["turns"])
        h, moved = encoder.apply(weights, seen, x, **training)
        return head.apply(params["turns"]["head"], {}, h.astype(jnp.float32))[0], parted(moved)

    def turned(keys: jax.Array, x: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Pictures, each turned by chance, and by how much."""
        own = jax.vmap(lambda key: jax.random.fold_in(key, TURN))(keys)
        turns = jax.vmap(lambda key: jax.random.randint(key, (), 0, TURNS))(own)
        return jax.vmap(rotate)(turns, x), turns

    def views(keys: jax.Array, batch: Batch) -> tuple[jax.Array, ...]:
        x = draw_views(first, keys, batch["image"], batch.get("extent"))[0]
        if all_turns:
            return x, batch["label"], quarter_turns(x), jnp.tile(jnp.arange(TURNS), (len(x), 1))
        other, turns = turned(keys, x)
        return x, batch["label"], other[:, None], turns[:, None]

    def loss(params: Any, extra: Any, views: tuple[jax.Array, ...], key: jax.Array, step: jax.Array) -> Any:
        del step
        x, labels, other, turns = views
        other, turns = other.reshape(-1, *x.shape[1:]), turns.reshape(-1)
        logits, stats = net.apply(params, extra["stats"], x, key=key, train=True)
        supervised = jnp.mean(optax.softmax_cross_entropy_with_integer_labels(logits.astype(jnp.float32), labels))
        moved = {**stats, "turns": extra["stats"]["turns"]}
        guesses, (both, own) = told(params, moved, other, key=jax.random.fold_in(key, 1), train=True)
        pretext = jnp.mean(optax.softmax_cross_entropy_with_integer_labels(guesses, turns))
        moved = {**moved, "encoder": joined(both, parted(stats["encoder"])[1]), "turns": own}
        metrics = {"supervised_loss": supervised, "rotation_loss": pretext}
        metrics |= {"accuracy": jnp.mean(logits.argmax(-1) == labels), "told": jnp.mean(guesses.argmax(-1) == turns)}
        return supervised + weight * pretext, ({**extra, "stats": moved}, metrics)

    def adapt(
        params: Any, extra: Any, key: jax.Array, batch: Batch, *, steps: int, learning_rate: float, copies: int
    ) -> tuple[Any, Any]:
        weights = extra["average"]
        both, own = parted(weights["encoder"])
        many = {name: jnp.repeat(x, copies, axis=0) for name, x in batch.items() if name in ("image", "extent")}

        def pretext(both: PyTree, key: jax.Array) -> jax.Array:
            keys = jax.random.split(key, copies)
            x, turns = turned(keys, draw_views(first, keys, many["image"], many.get("extent"))[0])
            guesses, _ = told({**weights, "encoder": joined(both, own)}, extra["stats"], x)
            return jnp.mean(optax.softmax_cross_entropy_with_integer_labels(guesses, turns))

        def step(both: PyTree, key: jax.Array) -> tuple[PyTree, None]:
            grads = jax.grad(pretext)(both, key)
            return jax.tree.map(lambda weight, grad: weight - learning_rate * grad, both, grads), None

        both, _ = jax.lax.scan(step, both, jax.random.split(key, steps))
        return params, {**extra, "average": {**weights, "encoder": joined(both, own)}}

    def show(params: Any, extra: Any, keys: jax.Array, batch: Batch) -> Exhibit:
        del params
        x = draw_views(first, keys[:ROWS], batch["image"][:ROWS], _first(batch.get("extent")))[0]
        every = quarter_turns(x)
        guesses = np.asarray(told(extra["average"], extra["stats"], every.reshape(-1, *x.shape[1:]))[0].argmax(-1))
        guesses, shown = guesses.reshape(-1, TURNS), np.asarray(denormalize(recipe, every))
        columns = (
            Column(f"{90 * k}°", shown[:, k], [f"as {90 * g}°" for g in guesses[:, k]], list(guesses[:, k] == k))
            for k in range(TURNS)
        )
        lead = (
            "Pictures of the test split, turned, and below them by how much the branch thinks they are. What it learns"
            " of one such picture moves the layers that it shares with the classifier."
        )
        return Exhibit("What a test picture teaches", lead, tuple(columns))

    return Method(views=views, loss=loss, adapt=adapt, show=show, **{**common, "init": init})


def _first(extent: jax.Array | None) -> jax.Array | None:
    return None if extent is None else extent[:ROWS]
