"""Prepare a data set once, so that every later run finds it.

python -m launch.prepare --data=tfds:fashion_mnist --manual_dir=downloads
python -m launch.prepare --data=games:doom
python -m launch.prepare --data=games:atari/pong
"""

from absl import flags

from . import command

DATA = flags.DEFINE_string(
    "data",
    None,
    "tfds:NAME, mnist_5k, digits, games:doom, games:atari, or one game alone: games:atari/pong.",
    required=True,
)
DATA_DIR = flags.DEFINE_string("data_dir", None, "Where prepared data sets lie; by default JSSL_DATA or the cache.")
MANUAL_DIR = flags.DEFINE_string("manual_dir", None, "Folder of files that were downloaded by hand.")
OUT = flags.DEFINE_string("out", None, "Folder to record a game into instead, to be opened as video:OUT.")


def main() -> None:
    """Prepare."""
    from jssl.data.sources import prepare

    print(f"{DATA.value} lies in {prepare(DATA.value, DATA_DIR.value, MANUAL_DIR.value, OUT.value)}")


if __name__ == "__main__":
    command.run(main)
