"""VICReg on spoken digits: the method as it is for pictures, on spectrograms, by a config alone.

Paper     VICReg, arXiv:2105.04906 (not a setting of the paper: another sense, a small network and small data)
Command   python -m launch.pretrain --config=configs/vicreg_spoken_digits.py --workdir=runs/vicreg_spoken_digits
Data      the Free Spoken Digit Dataset; put its zip or its folder into a folder, --config.data.manual_dir=FOLDER
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """The clips of configs/byol_a_spoken_digits.py under views that are louder, moved, noisy, cropped and masked."""
    config = defaults()
    config.data.name = "tfds:spoken_digit"
    config.data.seconds = 0.63
    config.input = "sound"
    config.augment = {"recipe": "masked", "mels": 32, "hop": 160}
    config.encoder = {"name": "convnet", "width": 32, "depth": 4}
    config.method = {"name": "vicreg", "expander": (512, 512, 512)}
    config.optimizer = {"name": "adamw", "learning_rate": 4e-3, "weight_decay": 1e-4, "warmup": 2.0}
    config.batch_size = 128
    config.epochs = 30
    config.evaluate.every = 10
    return config
