"""Our side of `side_by_side`: whole train steps with their views, and features of a batch.

python -m benchmarks.peers.jssl_work simclr_resnet18 --batch=64 --size=32
"""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.peers.worker import arguments, serve

if TYPE_CHECKING:
    from ml_collections import ConfigDict

ENCODERS: dict[str, dict[str, Any]] = {
    "resnet18": {"name": "resnet18"},
    "resnet50": {"name": "resnet50"},
    "vit_cifar": {"name": "vit", "dim": 192, "depth": 6, "heads": 3, "patch": 4},
    "vit_tiny": {"name": "vit_tiny"},
    "vit_small": {"name": "vit_small"},
}


def encoder(name: str, size: int) -> dict[str, Any]:
    """`config.encoder` of a network; a ResNet for larger pictures has ImageNet's stem."""
    return {**ENCODERS[name], **({"stem": "imagenet"} if name.startswith("resnet") and size > 64 else {})}


def config_of(kind: str, name: str, batch: int, size: int, precision: str) -> "ConfigDict":
    """SimCLR or MAE with this network, as the peers train it."""
    from jssl.run.config import defaults

    config = defaults()
    plain = {"recipe": "plain", "crop": None, "flip": 0.0, "size": size}
    drawn = {"recipe": "simclr_cifar" if size <= 64 else "simclr", "size": size}
    config.augment = drawn if kind == "pretrain" else plain
    config.encoder = encoder(name, size)
    config.method = {"name": "simclr", "temperature": 0.5}
    if kind == "mae":
        config.method = {"name": "mae", "mask": 0.75, "decoder": (192, 4, 3), "norm_pix": False}
    config.optimizer = {"name": "adamw", "learning_rate": 1e-3}
    config.batch_size, config.precision, config.epochs = batch, precision, 1
    return config


def train(kind: str, name: str, batch: int, size: int, precision: str) -> Callable[[], None]:
    """A train step on a batch that lies on the device: of "pretrain" with its views, of others pictures as they are."""
    from benchmarks.synthetic import random_examples, shaped_like
    from jssl.run.plan import make_plan

    config = config_of(kind, name, batch, size, precision)
    plan = make_plan(config, train=random_examples(shaped_like(config, 4 * batch)))
    fed, kept = plan.layout.feed(next(iter(plan.batches()))), [plan.create_state()]

    def step() -> None:
        kept[0], metrics = plan.train_step(kept[0], fed)
        jax.block_until_ready(metrics)

    return step


def views(batch: int, size: int) -> Callable[[], None]:
    """Two views of each picture of a batch."""
    from jssl.augment.views import draw_views, make_recipe

    draw = jax.jit(partial(draw_views, make_recipe("simclr", size=size)))
    pictures = jnp.asarray(np.random.default_rng(0).integers(0, 256, (batch, size, size, 3), np.uint8))
    keys = jax.random.split(jax.random.key(0), batch)
    return lambda: jax.block_until_ready(draw(keys, pictures))


def folder(name: str, batch: int, size: int, pictures: str) -> Callable[[], None]:
    """Features of all JPEGs under a folder."""
    from jssl.data.source import facts
    from jssl.encoder import Encoder
    from jssl.parallel import make_layout
    from jssl.run.build import build
    from jssl.run.config import open_split

    config = config_of("simclr", name, batch, size, "float32")
    config.data.name, config.data.size = f"folder:{pictures}", round(size * 256 / 224)
    known = facts(open_split(config, "train"))
    encoder = Encoder(config, *build(config, known), make_layout(), known, {}, {}, 0).untrained()
    return lambda: encoder.embed(encoder.open(config.data.name), batch_size=batch)


def inference(name: str, batch: int, size: int, precision: str) -> Callable[[], None]:
    """Features of a batch."""
    from jssl.nets import make_net

    net = make_net(precision=precision, **encoder(name, size))
    x = jnp.asarray(np.random.default_rng(0).standard_normal((batch, size, size, 3)), jnp.float32)
    params, stats = jax.jit(net.init)(jax.random.key(0), x)
    features = jax.jit(lambda params, stats, x: net.apply(params, stats, x)[0])
    return lambda: jax.block_until_ready(features(params, stats, x))


def main() -> None:
    """As `torch_work`."""
    asked = arguments().parse_args()
    kind, _, name = asked.work.partition("_")
    sizes = asked.batch, asked.size
    if kind == "views":
        step = views(*sizes)
    elif kind == "folder":
        step = folder(name, *sizes, asked.pictures)
    elif kind == "inference":
        step = inference(name, *sizes, asked.precision)
    else:
        step = train(kind, name, *sizes, asked.precision)
    serve(step, f"jssl, jax {jax.__version__}")


if __name__ == "__main__":
    main()
