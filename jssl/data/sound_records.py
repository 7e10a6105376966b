"""Sounds of a TFDS data set that a builder of our own has prepared."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from jssl.data.recordings import Clip, Recordings, about, in_ram, make_clip, resample
from jssl.data.source import RAM_LIMIT, Labels, Source

Example = dict[str, Any]


@dataclass(frozen=True)
class _Streamed:
    """The `read` of sounds that do not fit in RAM: as if each batch were all there is."""

    data: Any
    own: int
    clip: Clip

    def __call__(self, rows: np.ndarray, draws: np.ndarray | None = None) -> dict[str, np.ndarray]:
        read = _decoded(self.data.__getitems__(rows.tolist()), self.own, self.clip)
        return read(np.arange(len(rows)), draws)


def open_sound_records(name: str, builder: Any, data: Any, route: str, rate: int, seconds: float) -> Source:
    """A split of sounds, with all its class labels as targets.

    Args:
        name: of the data set.
        builder: its `SoundBuilder`, prepared.
        data: the split, by index.
        route: as in `open_source`.
        rate: Hz; 0 keeps the data set's own.
        seconds: of a clip.
    """
    clip = make_clip(name, rate or builder.rate, seconds)
    rows = np.array_split(np.arange(len(data)), -(-len(data) // 256))
    # Of int16 on disk, as float32 in RAM.
    bytes_in_ram = 2 * len(data) * builder.info.dataset_size / sum(x.num_examples for x in builder.info.splits.values())
    resident = route == "ram" or (route == "auto" and bytes_in_ram * clip.rate / builder.rate <= RAM_LIMIT)
    examples: list[Example] = []
    labels: dict[str, list[int]] = {target: [] for target in builder.labels}
    for part in rows:
        read = data.__getitems__(part.tolist())
        for target, found in labels.items():
            found += [example[target] for example in read]
        examples += read if resident else []
    read = _decoded(examples, builder.rate, clip) if resident else _Streamed(data, builder.rate, clip)
    targets = {key: Labels(np.array(found, np.int32), builder.labels[key]) for key, found in labels.items()}
    source = Source(name, len(data), clip.spec, read, targets, in_memory=resident)
    return source._replace(about=about(source, clip.rate))


def _decoded(examples: list[Example], own: int, clip: Clip) -> Recordings:
    sounds = [resample(example["audio"].astype(np.float32) / 32768, own, clip.rate) for example in examples]
    return in_ram(sounds, [1] * len(sounds), clip)
