"""Features of a data set, by a pretrained run: `features` [n, d] float32 beside file names and labels, in one .npz.

python -m launch.embed --workdir=runs/demo --data=folder:PATH --out=features.npz
"""

import os
from pathlib import Path

from absl import flags

from launch import command

WORKDIR = command.define_workdir()
DATA = flags.DEFINE_string("data", None, "folder:PATH, text:PATH, npz:PATH, tfds:NAME or one embedded.", required=True)
SPLIT = flags.DEFINE_string("split", "train", "Which split of the data.")
OUT = flags.DEFINE_string("out", "features.npz", "File to write.")
CHECKPOINT = flags.DEFINE_string("checkpoint", "latest", '"latest", "best" or a step.')
CLIPS = flags.DEFINE_integer("clips", 1, "Of long films, sounds, texts, the mean over so many.", lower_bound=1)


def main() -> None:
    """Embed."""
    import numpy as np

    import jssl
    from jssl.errors import ConfigError
    from jssl.report.collect import save_arrays

    out = Path(OUT.value).expanduser()
    if out.suffix != ".npz" or not out.parent.is_dir() or not os.access(out.parent, os.W_OK):
        raise ConfigError(f"--out={OUT.value!r} must be a file ending in .npz, in a folder that can be written")
    encoder = jssl.load(WORKDIR.value, checkpoint=CHECKPOINT.value)
    source = encoder.open(DATA.value, split=SPLIT.value)
    arrays = {"features": encoder.embed(source, clips=CLIPS.value)}
    if source.files:
        arrays["files"] = np.array(source.files)
    if source.labels is not None:
        arrays |= {"labels": source.labels, "classes": np.array(source.classes)}
    save_arrays(out, arrays, compress=False)
    print(f"{out}: features {arrays['features'].shape} of {source.length} examples, {len(source.skipped)} skipped")


if __name__ == "__main__":
    command.run(main)
