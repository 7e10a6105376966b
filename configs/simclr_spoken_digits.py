"""SimCLR on spoken digits: the method as it is for pictures, on spectrograms, by a config alone.

Paper     SimCLR, arXiv:2002.05709 (not a setting of the paper: another sense, a small network and small data)
Command   python -m launch.pretrain --config=configs/simclr_spoken_digits.py --workdir=runs/simclr_spoken_digits
Data      the Free Spoken Digit Dataset; put its zip or its folder into a folder, --config.data.manual_dir=FOLDER
Cost      30 epochs of 21 steps: about four minutes of training on two CPU cores that others used too
Measured  seed 0, 300 test recordings, all labels, in %; beside the untrained encoder and the mean log-mel:
          digit    kNN 90.3 (73.0, 82.3)   linear 99.0 (93.0, 95.7)
          speaker  kNN 96.3 (90.7, 95.7)   linear 99.3 (96.0, 99.0)
          ten labels per class: digit linear 71.5 ± 4.5 (49.9, 76.1), speaker kNN 71.7 ± 3.6 (49.5, 60.3). Not tuned
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
    config.method = {"name": "simclr", "projector": (512, 128), "temperature": 0.2}
    config.optimizer = {"name": "adamw", "learning_rate": 4e-3, "weight_decay": 1e-4, "warmup": 2.0}
    config.batch_size = 128
    config.epochs = 30
    config.evaluate.every = 10
    return config
