"""CPC on spoken digits: the paper's first experiment, made for two CPU cores.

Paper     CPC, arXiv:1807.03748 (not a setting of the paper: a small network and small data)
Command   python -m launch.pretrain --config=configs/cpc_spoken_digits.py --workdir=runs/cpc_spoken_digits
Data      the Free Spoken Digit Dataset; put its zip or its folder into a folder, --config.data.manual_dir=FOLDER
Measured  12 epochs on four speakers, seed 0, digits of two others by kNN / linear probe, in %: 42.8 / 59.6
          (untrained 20.9 / 25.7, mean log-mel 20.4 / 67.6); who speaks, of all six: 88.0 / 95.0
          (49.0 / 61.3, 96.0 / 98.7)
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """Frames of 16 ms, up to 8 of them ahead, by a recurrent context of 64."""
    config = defaults()
    config.data.name = "tfds:spoken_digit"
    config.data.seconds = 0.63
    config.input = "sound"
    config.augment = {"recipe": "wave"}
    config.encoder = {
        "name": "wave_gru", "dim": 64, "width": 48, "kernels": (16, 8, 4, 3), "strides": (8, 4, 2, 2),
    }  # fmt: skip
    config.method = {"name": "cpc", "nearest": 1, "furthest": 8}
    config.optimizer = {"name": "adamw", "learning_rate": 4e-3, "weight_decay": 1e-4, "warmup": "5%"}
    config.batch_size = 32
    config.epochs = 12
    config.evaluate.every = 4
    return config
