"""A pretrained encoder, for people who just want features of their pictures."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from jssl.augment.recipe import Recipe
from jssl.data.source import Gather, Source
from jssl.data.sources import open_source
from jssl.errors import ConfigError
from jssl.features import extract
from jssl.method import Method, PyTree
from jssl.parallel import Layout, make_layout
from jssl.run.checkpoint import open_checkpoints, restore_weights
from jssl.run.config import build
from jssl.run.step import abstract_state, example_batch, init_weights
from jssl.run.workdir import read_config, read_json


class Encoder(NamedTuple):
    """Pictures in, features out: what `load` returns."""

    config: Any
    method: Method
    recipe: Recipe
    layout: Layout
    shape: tuple[int, ...]
    params: PyTree
    extra: dict[str, PyTree]
    step: int

    def __call__(self, images: np.ndarray, *, batch_size: int = 256) -> np.ndarray:
        """Features float32 [n, d] of pictures uint8 [n, h, w, c], or [n, h, w] if grey, of any one size.

        Grey pictures are repeated for an encoder of colour; colour ones become grey for an encoder of grey.

        Raises:
            ValueError: pictures of another type or shape.
        """
        images = np.asarray(images)
        if images.dtype != np.uint8 or images.ndim not in (3, 4) or images.shape[3:] not in ((), (1,), (3,)):
            raise ValueError(
                f"pictures must be uint8 [n, h, w, 1 or 3] or [n, h, w], not {images.dtype} {images.shape}"
            )
        images = images if images.ndim == 4 else images[..., None]
        source = Source("pictures", len(images), Gather(images), labels=None, classes=(), shape=images.shape[1:])
        return self.embed(source, batch_size=batch_size)

    def embed(self, source: Source, *, batch_size: int = 256) -> np.ndarray:
        """Features float32 [n, d] of a whole data set, in its order."""
        apply = partial(_embed, self.method, self.shape[-1], self.params, self.extra)
        return extract(apply, source, batch_size=batch_size, layout=self.layout)

    def predict(self, source: Source, *, batch_size: int = 256) -> np.ndarray:
        """Logits float32 [n, classes] of a whole data set, by the classifier that was trained with the encoder.

        Raises:
            ConfigError: a method that sees no labels has none.
        """
        return extract(self.classify, source, batch_size=batch_size, layout=self.layout)

    def accuracy(self, source: Source) -> float:
        """Share of a labelled data set that the classifier behind `predict` gets right, in [0, 1].

        Raises:
            ConfigError: there is none.
        """
        return float(np.mean(self.predict(source).argmax(1) == source.labels))

    @property
    def classify(self) -> Callable[[jax.Array], jax.Array]:
        """The compiled function from pictures uint8 [b, h, w, c] to logits [b, classes] behind `predict`."""
        if self.method.predict is None:
            raise ConfigError(f"{self.config.method.name} trains no classifier: there is nothing to predict with")
        return partial(_predict, self.method, self.shape[-1], self.params, self.extra)

    def open(self, name: str, *, split: str = "train") -> Source:
        """A data set by name (`folder:PATH`, `npz:PATH`, `tfds:NAME`), its pictures sized as in pretraining."""
        return open_source(name, split=split, size=self.config.data.size or None)

    def untrained(self) -> "Encoder":
        """The same encoder before its first step: the baseline of every evaluation.

        Its batch norm uses the initial statistics, mean 0 and variance 1.
        """
        batch = example_batch(self.shape, 1)

        @jax.jit
        def init() -> tuple[PyTree, dict[str, PyTree]]:
            params, extra, _ = init_weights(self.method, self.config.seed, batch)
            return params, _without_banks(self.method, extra)

        params, extra = init()
        return self._replace(params=params, extra=extra, step=0)


def load(
    workdir: Path | str, checkpoint: str | int = "latest", *, devices: Sequence[jax.Device] | None = None
) -> Encoder:
    """The encoder of a run.

    Args:
        workdir: the folder given to `launch.pretrain`.
        checkpoint: "latest", "best" or a step.
        devices: where to compute; all there are by default, whatever the run was trained on.

    Raises:
        WorkdirError, CheckpointError: no run there, or no such checkpoint.
    """
    workdir = Path(workdir).expanduser()
    config = read_config(workdir)
    data = read_json(workdir / "data.json")
    shape, examples = tuple(data["shape"]), data["examples"]
    method, recipe = build(config, examples, len(data["classes"]))
    layout = make_layout(devices=devices)
    like = abstract_state(method, optax.identity(), config.seed, example_batch(shape, layout.devices), layout)
    like = like._replace(extra=_without_banks(method, like.extra))
    manager = open_checkpoints(workdir / "checkpoints", read_only=True)
    state = restore_weights(manager, like, checkpoint)
    manager.close()
    return Encoder(config, method, recipe, layout, shape, state.params, state.extra, int(state.step))


@partial(jax.jit, static_argnums=(0, 1))
def _embed(method: Method, channels: int, params: PyTree, extra: dict[str, PyTree], images: jax.Array) -> jax.Array:
    return method.embed(params, extra, _match_channels(images, channels))


@partial(jax.jit, static_argnums=(0, 1))
def _predict(method: Method, channels: int, params: PyTree, extra: dict[str, PyTree], images: jax.Array) -> jax.Array:
    return method.predict(params, extra, _match_channels(images, channels))


def _without_banks(method: Method, extra: dict[str, PyTree]) -> dict[str, PyTree]:
    """What `embed` needs: a bank would only take memory, and have to divide over the devices."""
    return {name: tree for name, tree in extra.items() if name not in method.sharded}


def _match_channels(images: jax.Array, channels: int) -> jax.Array:
    if images.shape[-1] == channels:
        return images
    if images.shape[-1] == 1:
        return jnp.repeat(images, channels, axis=-1)
    luma = jnp.array([0.299, 0.587, 0.114])  # ITU-R 601, what PIL's "L" uses
    grey = jnp.matmul(images.astype(jnp.float32), luma, precision="highest")  # TF32 would move it by a grey level
    return jnp.round(grey)[..., None].astype(images.dtype)
