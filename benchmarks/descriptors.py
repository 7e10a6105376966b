"""Recordings with hand-made descriptors beside them, for `hybrid_byol` and as a baseline: one .npz.

python -m benchmarks.descriptors --data=tfds:spoken_digit --manual_dir=FOLDER --out=described.npz

Descriptors are openSMILE's functionals (`pip install opensmile`; its licence is for research), of mean 0 and variance 1
over the train split: 6,373 of ComParE 2016, which the paper takes, or 88 of eGeMAPS. The file is read as
`npz:described.npz`; `--probe` also prints what a linear probe tells by them of each target of the data.
"""

from pathlib import Path
from typing import Any

import numpy as np
from absl import flags

from launch import command

SETS = {"compare": "ComParE_2016", "egemaps": "eGeMAPSv02"}


def described(source: Any, smile: Any) -> dict[str, np.ndarray]:
    """Sounds as int16 [n, samples], descriptors float32 [n, d], and all targets of a source."""
    rows = np.arange(source.length)
    read = source.read(rows)
    rate, lengths = source.about["rate"], read["length"]
    found = [
        smile.process_signal(sound[:length], rate).to_numpy()[0]
        for sound, length in zip(read["sound"], lengths, strict=True)
    ]
    arrays = {
        "sounds": np.round(np.clip(read["sound"], -1, 1) * 32767).astype(np.int16),
        "length": lengths,
        "descriptors": np.nan_to_num(np.array(found, np.float32)),
    }
    for i, (name, target) in enumerate(source.targets.items()):
        ending = "" if not i else f"_{name}"
        arrays |= {f"labels{ending}": target.labels, f"classes{ending}": np.array(target.classes)}
    return arrays


def standardised(train: np.ndarray, *others: np.ndarray) -> list[np.ndarray]:
    """Each column of mean 0 and variance 1 over the first; what never changes is 0."""
    mean, std = train.mean(0), train.std(0)
    return [np.where(std > 1e-8, (x - mean) / np.maximum(std, 1e-8), 0).astype(np.float32) for x in (train, *others)]


def main() -> None:
    """Describe both splits and write them."""
    try:
        import opensmile
    except ImportError as error:
        from jssl.errors import DataError

        raise DataError("descriptors need openSMILE: pip install opensmile") from error
    from jssl.data.sources import open_source
    from jssl.evaluate.linear import linear_probe

    smile = opensmile.Smile(opensmile.FeatureSet[SETS[SET.value]], opensmile.FeatureLevel.Functionals)
    splits = {
        kind: open_source(DATA.value, split=split, manual_dir=MANUAL.value or None, seconds=SECONDS.value)
        for kind, split in (("train", TRAIN.value), ("test", TEST.value))
    }
    arrays = {kind: described(source, smile) for kind, source in splits.items()}
    both = standardised(*(arrays[kind]["descriptors"] for kind in splits))
    whole = {"rate": np.array(splits["train"].about["rate"])}
    for kind, values in zip(splits, both, strict=True):
        arrays[kind]["descriptors"] = values
        whole |= {f"{kind}_{name}": array for name, array in arrays[kind].items()}
    np.savez_compressed(Path(OUT.value), **whole)
    print(f"{OUT.value}: {len(both[0])} and {len(both[1])} recordings, {both[0].shape[1]} descriptors each")
    if PROBE.value:
        for name, target in splits["train"].targets.items():
            labels = target.labels, splits["test"].targets[name].labels
            if np.intersect1d(*labels).size:
                found = linear_probe(both[0], labels[0], both[1], labels[1], classes=len(target.classes))
                print(f"{SET.value}, {name}: {100 * found.accuracy:.1f} % by a linear probe")


if __name__ == "__main__":
    DATA = flags.DEFINE_string("data", "tfds:spoken_digit", "Data of sounds.")
    TRAIN = flags.DEFINE_string("train", "train", "Its split to train on.")
    TEST = flags.DEFINE_string("test", "test", "Its split to test on.")
    MANUAL = flags.DEFINE_string("manual_dir", "", "Files that the data set makes you fetch by hand.")
    SECONDS = flags.DEFINE_float("seconds", 0.63, "Of a clip.")
    SET = flags.DEFINE_enum("set", "egemaps", list(SETS), "Which descriptors.")
    OUT = flags.DEFINE_string("out", "described.npz", "File to write.")
    PROBE = flags.DEFINE_bool("probe", False, "Probe them.")
    command.run(main)
