"""Texts that a run of a language model writes on from their beginnings."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jssl.data.tokenizer import ASSET, encode, spell
from jssl.errors import ConfigError
from jssl.method import Method, PyTree
from jssl.ranges import NotNegative, Part, check_value
from jssl.run.saved import Saved


def write(run: Saved, prompts: Sequence[str], *, temperature: float, top_p: float, seed: int) -> list[str]:
    """What `jssl.encoder.Encoder.write` says."""
    if run.method.write is None:
        raise ConfigError(f"{run.config.method.name} writes no texts: next_word does")
    for name, value, annotation in (("temperature", temperature, NotNegative), ("top_p", top_p, Part)):
        try:
            check_value(name, value, annotation)
        except ValueError as error:
            raise ConfigError(str(error)) from error
    tokenizer, length = run.facts.assets[ASSET], run.facts.spec["tokens"].shape[0]
    x = np.full((len(prompts), length), -1, np.int32)
    x[:, 0] = run.facts.about["class_token"]
    begun = encode(tokenizer, prompts)
    for row, prompt, words in zip(x, prompts, begun, strict=True):
        if len(words) > length - 2:
            room = f"{len(words)} tokens, and the run's texts have room for {length - 2}"
            raise ConfigError(f"the prompt {prompt[:40]!r} has {room}")
        row[1 : 1 + len(words)] = words
    keys = jax.vmap(partial(jax.random.fold_in, jax.random.key(seed)))(jnp.arange(len(prompts)))
    written = np.asarray(
        _write(run.method, run.params, run.extra, keys, x, jnp.float32(temperature), jnp.float32(top_p))
    )
    rest = [row[1 + len(words) :] for row, words in zip(written, begun, strict=True)]
    spelt = [spell(tokenizer, row[row >= 0].tolist()) for row in rest]
    return [prompt + (words if prompt else words.lstrip()) for prompt, words in zip(prompts, spelt, strict=True)]


@partial(jax.jit, static_argnums=0)
def _write(method: Method, params: PyTree, extra: dict[str, PyTree], keys: jax.Array, x: jax.Array, *how: Any) -> Any:
    return method.write(params, extra, keys, x, *how)
