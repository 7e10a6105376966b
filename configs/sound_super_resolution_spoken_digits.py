"""Super-resolution of spoken digits, four times as many samples; made for two CPU cores.

Paper     arXiv:1708.00853 (not a setting of the paper: a small network and small data)
Command   python -m launch.pretrain --config=configs/sound_super_resolution_spoken_digits.py \
              --workdir=runs/sound_super_resolution
Data      the Free Spoken Digit Dataset; put its zip or its folder into a folder, --config.data.manual_dir=FOLDER
Measured  12 epochs on four speakers, seed 0, digits of two others by kNN / linear probe, in %: 40.5 / 49.6
          (untrained 40.6 / 44.6, mean log-mel 20.4 / 67.6); who speaks, of all six: 81.3 / 98.0
          (82.7 / 93.0, 96.0 / 98.7)
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """A U-Net of four halvings on 5,040 samples."""
    config = defaults()
    config.data.name = "tfds:spoken_digit"
    config.data.seconds = 0.63
    config.input = "sound"
    config.augment = {"recipe": "wave"}
    config.encoder = {"name": "wave_unet", "widths": (16, 32, 64, 64), "kernel": 9}
    config.method = {"name": "sound_super_resolution", "factor": 4}
    config.optimizer = {"name": "adamw", "learning_rate": 4e-3, "weight_decay": 1e-4, "warmup": "5%"}
    config.batch_size = 32
    config.epochs = 6
    config.evaluate.every = 3
    return config
