"""A pretrained encoder, for people who just want features of their own data."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jssl.convert.origins import is_origin
from jssl.data.senses import side_by_side
from jssl.data.source import Source
from jssl.data.sources import open_source, options_of
from jssl.errors import ConfigError, DataError
from jssl.features import Split, extract, mean_over_clips
from jssl.inputs.input import Input
from jssl.method import Batch, Method, PyTree
from jssl.nets.net import last_tokens
from jssl.run.foreign import read_foreign
from jssl.run.outgoing import convert, export
from jssl.run.saved import Saved, read_run, without_banks
from jssl.run.step import example_batch, init_weights
from jssl.run.writing import write


class Encoder(Saved):
    """Pictures, sounds, films or texts in, features out: what `load` returns."""

    __slots__ = ()

    def __call__(self, *given: Any, batch_size: int | None = None, **named: Any) -> np.ndarray:
        """Features float32 [n, d] of a user's own arrays, files or strings; of several inputs, in their order.

        Of some of several inputs, by name: `encoder(sound=waves)`.

        Pictures are uint8 [n, h, w, c], or [n, h, w] if grey, of any one size: grey ones are repeated for an encoder of
        colour, and colour ones become grey for an encoder of grey. See `Input.own` of `jssl.inputs` for others.

        Raises:
            ValueError: what the encoder's input cannot take.
        """
        if given:
            if len(given) != len(self.inputs) or named:
                raise ValueError(f"the encoder takes {' and '.join(self.inputs)}, one argument each, not {len(given)}")
            named = dict(zip(self.inputs, given, strict=True))
        if not named or not set(named) <= set(self.inputs):
            raise ValueError(f"the encoder takes {' and '.join(self.inputs)}, and not {sorted(named)}")
        sources = [self.inputs[key].own(value) for key, value in named.items()]
        return self.embed(side_by_side(sources), batch_size=batch_size)

    def tokens(self, given: Any, *, layers: int = 1, batch_size: int | None = None) -> np.ndarray:
        """What the encoder has before it pools, float32 [n, t, d], of a user's own arrays, files, strings or data set.

        Of a transformer its tokens (the class token first, if there is one); of a convolutional network the places of
        its last map, row by row.

        Args:
            given: as of a call; or a data set, as of `embed`.
            layers: of a vision transformer, how many of its last blocks are read; their tokens lie side by side, each
                through the final norm, and d is so many times as long.

        Raises:
            ConfigError: a network without tokens, or several networks.
            ValueError: what the encoder's input cannot take; more layers than the network gives tokens of.
        """
        (key, net), *others = self.encoders.items()
        if others or net.tokens is None:
            raise ConfigError(f"config.encoder={self.config.encoder.to_dict()} has no tokens of its own to give")
        apply = partial(_tokens, self.method, net.tokens, layers, self.inputs[key], self.params, self.extra)
        source = given if isinstance(given, Source) else self.inputs[key].own(given)
        return extract(apply, source, batch_size=batch_size, layout=self.layout)

    def embed(
        self, source: Source, *, batch_size: int | None = None, split: bool = False, clips: int = 1
    ) -> np.ndarray | Split:
        """Features float32 [n, d] of a whole data set, in its order; of several inputs, by those that it has.

        Args:
            clips: of what is too long to be seen whole, the mean features of so many clips, see `jssl.data.several`;
                one is from the middle.
            split: of several processes, each keeps the rows that it computed, where else all get all of them.

        Raises:
            DataError: it has none of them.
        """
        if not any(set(each.keys) <= set(source.spec) for each in self.inputs.values()):
            raise DataError(
                f"{source.name} has {', '.join(source.spec)}, and the encoder takes {', '.join(self.inputs)}"
            )
        apply = partial(_embed, self.method, tuple(self.inputs.values()), self.params, self.extra)
        extracted = partial(extract, apply, batch_size=batch_size, layout=self.layout, split=split)
        return mean_over_clips(extracted, source, clips)

    def predict(self, source: Source, *, batch_size: int | None = None) -> np.ndarray:
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

    def write(
        self, prompts: Sequence[str], *, temperature: float = 1.0, top_p: float = 1.0, seed: int = 0
    ) -> list[str]:
        """Texts that begin as the prompts do, and are written on until they end or are as long as the run's examples.

        Args:
            prompts: any number; "" begins anew.
            temperature: what the logits are divided by; 0 takes the most probable word each time.
            top_p: words are drawn from the fewest that together have this probability.
            seed: the same writes the same.

        Raises:
            ConfigError: a method that writes no texts; a prompt that leaves no room; numbers out of range.
        """
        return write(self, prompts, temperature=temperature, top_p=top_p, seed=seed)

    @property
    def classify(self) -> Callable[[Batch], jax.Array]:
        """The compiled function from a batch to logits [b, classes] behind `predict`."""
        if self.method.predict is None:
            raise ConfigError(f"{self.config.method.name} trains no classifier: there is nothing to predict with")
        return partial(_predict, self.method, tuple(self.inputs.values()), self.params, self.extra)

    def open(self, name: str, *, split: str = "train", size: int | None = None) -> Source:
        """A data set by name (`folder:PATH`, `text:PATH`, `tfds:NAME`, ...), its examples sized as in pretraining.

        Texts are an example each, and of the run's own tokenizer, as what a run keeps goes before what its config says.

        Args:
            size: of pictures and films, in place of the config's.
        """
        data = self.config.data.to_dict()
        # Sounds have the rate that those of the run had; what a run keeps goes before what its config says.
        kept = {Path(asset).stem: text for asset, text in self.facts.assets.items()}
        known = {**self.facts.about, **data, "whole": True, **kept}
        own = {key: known[key] for key in options_of(name) if key in known}
        place = {key: data[key] or None for key in ("data_dir", "manual_dir")}
        return open_source(name, split=split, size=size or data["size"] or None, **place, **own)

    def convert(self, folder: Path | str, to: str) -> str:
        """Write the encoder as a model of "torchvision", "timm" or "hf", see `jssl.convert.out`.

        Returns:
            The Python that loads it there.

        Raises:
            ConfigError: several encoders, or one of neither pictures nor texts.
            CheckpointError: they have no such network; the folder is not empty.
        """
        return convert(self, folder, to)

    def export(self, path: Path | str, to: str = "jax") -> str:
        """Write the encoder as one file: a function from examples as they come to features float32 [n, d], for any n.

        Pictures are uint8 [n, size, size, channels] of the size that the encoder was trained on; texts are tokens int32
        [n, t] and their length [n].

        Args:
            to: "jax", a program of `jax.export` for CPU, GPU and TPU; or "onnx".

        Returns:
            How it is loaded.

        Raises:
            ConfigError: several encoders.
        """
        return export(self, path, to)

    def untrained(self) -> "Encoder":
        """The same encoder before its first step: the baseline of every evaluation.

        Its batch norm uses the initial statistics, mean 0 and variance 1.
        """
        batch = example_batch(self.facts.spec, 1)

        @jax.jit
        def init() -> tuple[PyTree, dict[str, PyTree]]:
            params, extra, _ = init_weights(self.method, self.config.seed, batch)
            return params, without_banks(self.method, extra)

        params, extra = init()
        return self._replace(params=params, extra=extra, step=0)


def load(
    workdir: Path | str, checkpoint: str | int = "latest", *, devices: Sequence[jax.Device] | None = None
) -> Encoder:
    """The encoder of a run; arguments and errors as `jssl.run.saved.read_run`.

    Or, without a run, the weights of others: "timm:FILE", "torchvision:FILE" or "hf:FOLDER", see
    `jssl.run.foreign.read_foreign`.
    """
    if is_origin(str(workdir)):
        return Encoder(*read_foreign(str(workdir), devices=devices))
    return Encoder(*read_run(workdir, checkpoint, devices=devices))


def _matched(inputs: tuple[Input, ...], batch: Batch) -> Batch:
    for each in inputs:
        if set(each.keys) <= set(batch):
            batch = each.match(batch)
    return batch


@partial(jax.jit, static_argnums=(0, 1))
def _embed(
    method: Method, inputs: tuple[Input, ...], params: PyTree, extra: dict[str, PyTree], batch: Batch
) -> jax.Array:
    return method.embed(params, extra, _matched(inputs, batch))


@partial(jax.jit, static_argnums=(0, 1))
def _predict(
    method: Method, inputs: tuple[Input, ...], params: PyTree, extra: dict[str, PyTree], batch: Batch
) -> jax.Array:
    return method.predict(params, extra, _matched(inputs, batch))


@partial(jax.jit, static_argnums=(0, 1, 2, 3))
def _tokens(
    method: Method,
    before_pooling: Callable,
    layers: int,
    input: Input,
    params: PyTree,
    extra: dict[str, PyTree],
    batch: Batch,
) -> jax.Array:
    tokens, _ = last_tokens(before_pooling, layers)(*method.weights(params, extra), input.prepare(input.match(batch)))
    return tokens.astype(jnp.float32)
