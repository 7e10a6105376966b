"""Spoken prompts in five languages, as `sound:PATH` or `npz:PATH` reads them: 2,831 recordings by four speakers.

apt-get download asterisk-core-sounds-{en,es,fr,it,ru}-wav     (Debian's; CC BY-SA and CC BY)
python -m benchmarks.prompts FOLDER_OF_THE_DEBS prompts.npz

writes the sounds of 2 seconds at 8 kHz, zeros after shorter ones, with `labels`, the language, and `labels_speaker`:
English and Spanish are one woman's. A fifth of the prompts, by name, the same in all languages, is the test split: no
sentence is in both.

python -m launch.pretrain --config=configs/simclr_spoken_prompts.py:prompts.npz --workdir=runs/prompts
"""

import argparse
import io
import subprocess
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from jssl.data.recordings import read_whole
from jssl.errors import DataError

SPEAKERS = {"en": "a", "es": "a", "fr": "b", "it": "c", "ru": "d"}
"""Of each language."""
RATE, SECONDS, TESTED = 8000, 2.0, 5


def prompts(deb: Path) -> Iterator[tuple[str, np.ndarray]]:
    """The name below its language's folder, and the sound float32 [samples] at 8 kHz, of each prompt of a package.

    Raises:
        DataError: no Debian package.
    """
    unpacked = subprocess.run(["dpkg-deb", "--fsys-tarfile", deb], capture_output=True, check=False)
    if unpacked.returncode:
        raise DataError(f"{deb} is no Debian package: {unpacked.stderr.decode().strip()}")
    with tarfile.open(fileobj=io.BytesIO(unpacked.stdout)) as archive:
        for member in archive:
            if member.isfile() and member.name.endswith(".wav"):
                try:
                    sound, _ = read_whole(io.BytesIO(archive.extractfile(member).read()), RATE)
                except ValueError:  # a prompt of silence without a sample
                    continue
                parts = Path(member.name).parts
                yield "/".join(parts[parts.index("sounds") + 2 :]), sound


def held_out(name: str) -> bool:
    """Whether a prompt of that name is tested on, in every language."""
    return zlib.crc32(name.encode()) % TESTED == 0


def main() -> None:
    """Read the packages, write the arrays and say how many there are."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    given = parser.parse_args()
    languages, speakers = list(SPEAKERS), sorted(set(SPEAKERS.values()))
    samples = round(RATE * SECONDS)
    arrays: dict[str, list] = {f"{s}_{k}": [] for s in ("train", "test") for k in ("sounds", "length", "labels", "who")}
    for language in languages:
        found = sorted(given.folder.glob(f"asterisk-core-sounds-{language}-wav_*.deb"))
        if not found:
            raise DataError(f"{given.folder} has no asterisk-core-sounds-{language}-wav: apt-get download it")
        for name, sound in prompts(found[-1]):
            split, cut = "test" if held_out(name) else "train", sound[:samples]
            arrays[f"{split}_sounds"].append(np.pad(np.round(cut * 32767).astype(np.int16), (0, samples - len(cut))))
            arrays[f"{split}_length"].append(len(cut))
            arrays[f"{split}_labels"].append(languages.index(language))
            arrays[f"{split}_who"].append(speakers.index(SPEAKERS[language]))
    whole: dict[str, np.ndarray] = {"rate": np.array(RATE)}
    for split in ("train", "test"):
        whole |= {
            f"{split}_sounds": np.stack(arrays[f"{split}_sounds"]),
            f"{split}_length": np.array(arrays[f"{split}_length"], np.int32),
            f"{split}_labels": np.array(arrays[f"{split}_labels"]),
            f"{split}_classes": np.array(languages),
            f"{split}_labels_speaker": np.array(arrays[f"{split}_who"]),
            f"{split}_classes_speaker": np.array(speakers),
        }
    np.savez_compressed(given.out, **whole)
    print(f"{given.out}: {len(whole['train_sounds'])} prompts to train on, {len(whole['test_sounds'])} to test")


if __name__ == "__main__":
    main()
