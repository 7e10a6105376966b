"""Restoration of spoken digits: noise, clipping, gaps and narrow bands are mended; made for two CPU cores.

Paper     none: a denoising autoencoder (Vincent et al., ICML 2008) of sounds
Command   python -m launch.pretrain --config=configs/restoration_spoken_digits.py --workdir=runs/restoration
Data      the Free Spoken Digit Dataset; put its zip or its folder into a folder, --config.data.manual_dir=FOLDER
Measured  12 epochs on four speakers, seed 0, digits of two others by kNN / linear probe, in %: 36.3 / 50.0
          (untrained 40.3 / 48.9, mean log-mel 20.4 / 67.6); who speaks, of all six: 86.3 / 94.0
          (79.3 / 93.7, 96.0 / 98.7)
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
    config.method = {"name": "restoration"}
    config.optimizer = {"name": "adamw", "learning_rate": 4e-3, "weight_decay": 1e-4, "warmup": "5%"}
    config.batch_size = 32
    config.epochs = 6
    config.evaluate.every = 3
    return config
