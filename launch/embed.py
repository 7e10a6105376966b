"""Features of a data set, by a pretrained run: `features` [n, d] float32 beside file names and labels, in one .npz.

python -m launch.embed --workdir=runs/demo --data=folder:PATH --out=features.npz
"""

from absl import flags

from launch import command

WORKDIR = flags.DEFINE_string("workdir", None, "Folder of the run.", required=True)
DATA = flags.DEFINE_string("data", None, "folder:PATH, text:PATH, npz:PATH, tfds:NAME or one embedded.", required=True)
SPLIT = flags.DEFINE_string("split", "train", "Which split of the data.")
OUT = flags.DEFINE_string("out", "features.npz", "File to write.")
CHECKPOINT = flags.DEFINE_string("checkpoint", "latest", '"latest", "best" or a step.')


def main() -> None:
    """Embed."""
    import numpy as np

    import jssl

    encoder = jssl.load(WORKDIR.value, checkpoint=CHECKPOINT.value)
    source = encoder.open(DATA.value, split=SPLIT.value)
    arrays = {"features": encoder.embed(source)}
    if source.files:
        arrays["files"] = np.array(source.files)
    if source.labels is not None:
        arrays |= {"labels": source.labels, "classes": np.array(source.classes)}
    np.savez(OUT.value, **arrays)
    print(
        f"{OUT.value}: features {arrays['features'].shape} of {source.length} examples, {len(source.skipped)} skipped"
    )


if __name__ == "__main__":
    command.run(main)
