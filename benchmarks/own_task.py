"""What a run's own task scores on examples that it was not trained on, and what is left of it without its clues.

python -m benchmarks.own_task --workdir=runs/frame_order
python -m benchmarks.own_task --workdir=runs/frame_order --control=constant      # clips whose frames are all the first
python -m benchmarks.own_task --workdir=runs/arrow --control=reencoded    # clips once more through a codec, backwards

The metrics that training logs, on the test split: the mean over its whole batches, each seen once, augmented by the
run's recipe and with batch norm by the statistics of the batch, as in training. A loss is not told from its metrics:
both are printed. "noise" puts random numbers in place of what is seen or heard: nothing is to be told of them.
"reencoded" writes each clip as a film from its last frame to its first, coarsely, and reads it back: what a codec
leaves behind then runs against time. Who tells by what moves says what it said; who tells by the codec is wrong.
"""

from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import jax
import jax.numpy as jnp
import numpy as np
from absl import flags

from jssl import parallel
from jssl.data.film_index import library
from jssl.data.film_write import write_film
from jssl.data.source import Source
from jssl.encoder import Encoder, load
from jssl.errors import ConfigError
from jssl.run.config import open_split
from launch import command

CONTROLS = ("none", "constant", "noise", "reencoded")
COARSE = {"crf": "32", "x264-params": "mbtree=0"}
"""Of x264: traces that are plain to see."""


def own_task(encoder: Encoder, source: Source, *, control: str = "none") -> dict[str, float]:
    """The mean of "loss" and of each metric over the whole batches of a source.

    Raises:
        ConfigError: no whole batch; a control that is not one of its inputs'.
    """
    size, method, (params, extra) = encoder.config.batch_size, encoder.method, (encoder.params, encoder.extra)
    if source.length < size:
        raise ConfigError(f"{source.name} has {source.length} examples, and a batch {size}")

    def score(params: object, extra: object, keys: jax.Array, batch: dict[str, jax.Array]) -> dict[str, jax.Array]:
        loss, (_, metrics) = method.loss(params, extra, method.views(keys, batch), keys[0], jnp.asarray(encoder.step))
        return parallel.pmean({**metrics, "loss": loss})

    scored = parallel.make_layout(devices=jax.local_devices()[:1]).spread(score, [False, False, True, True])
    rng, found = np.random.default_rng(encoder.config.seed), []
    for start in range(0, source.length - size + 1, size):
        rows = np.arange(start, start + size)
        batch = {"index": rows.astype(np.int32), **controlled(source.read(rows), control, rng)}
        keys = jax.vmap(partial(jax.random.fold_in, jax.random.key(encoder.config.seed)))(rows)
        found.append(jax.device_get(scored(params, extra, keys, batch)))
    return {name: float(np.mean([each[name] for each in found])) for name in found[0]}


def controlled(batch: dict[str, np.ndarray], control: str, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """A batch without a clue: clips of one frame, noise of the same range, or clips that a codec wrote backwards."""
    if control == "noise":
        return {name: _noise(x, rng) for name, x in batch.items()}
    if control == "none":
        return batch
    if "clip" not in batch:
        raise ConfigError(f"--control={control} is of clips, and the data has {', '.join(batch)}")
    clips = batch["clip"]
    changed = np.repeat(clips[:, :1], clips.shape[1], axis=1) if control == "constant" else reencoded(clips)
    return {**batch, "clip": changed}


def reencoded(clips: np.ndarray) -> np.ndarray:
    """Clips uint8 [n, t, h, w, 1 or 3] of even sides, written as films from the last frame to the first and read."""
    av, found = library(), []
    with TemporaryDirectory() as folder:
        path = Path(folder) / "backwards.mp4"
        for clip in clips[:, ::-1]:
            frames = np.broadcast_to(clip, (*clip.shape[:-1], 3))
            write_film(path, frames, 25, keys=len(frames), options=COARSE)
            with av.open(path) as film:
                found.append([frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)])
    read = np.array(found)[:, ::-1]
    return read if clips.shape[-1] == 3 else read.mean(-1, keepdims=True).round().astype(np.uint8)


def _noise(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return (
        rng.integers(x.min(), int(x.max()) + 1, x.shape, x.dtype)
        if x.dtype.kind in "iu"
        else (rng.uniform(x.min(), x.max(), x.shape).astype(x.dtype))
    )


def main() -> None:
    """Measure and print."""
    encoder = load(WORKDIR.value, CHECKPOINT.value)
    source = open_split(encoder.config, encoder.config.data.test, encoder.facts.assets)
    found = own_task(encoder, source, control=CONTROL.value)
    print(", ".join(f"{name} {value:.4f}" for name, value in sorted(found.items())))


if __name__ == "__main__":
    WORKDIR = command.define_workdir()
    CHECKPOINT = flags.DEFINE_string("checkpoint", "latest", '"latest", "best" or a step.')
    CONTROL = flags.DEFINE_enum("control", "none", CONTROLS, "What is taken away.")
    command.run(main)
