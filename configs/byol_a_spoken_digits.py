"""BYOL-A on spoken digits: made for two CPU cores.

Paper     BYOL-A, arXiv:2103.06695 (not a setting of the paper: a small network and small data)
Command   python -m launch.pretrain --config=configs/byol_a_spoken_digits.py --workdir=runs/byol_a_spoken_digits
Data      the Free Spoken Digit Dataset; put its zip or its folder into a folder, --config.data.manual_dir=FOLDER
          other speakers to test on: --config.data.train=train_speakers --config.data.test=test_speakers
Cost      30 epochs of 21 steps: about four minutes of training on two CPU cores that others used too
Measured  seed 0, 300 test recordings, all labels, in %; beside the untrained encoder and the mean log-mel:
          digit    kNN 85.0 (90.0, 82.3)   linear 92.0 (93.0, 95.7)
          speaker  kNN 96.0 (96.3, 95.7)   linear 99.0 (97.7, 99.0)
          ten labels per class: digit kNN 36.5 (30.9, 33.1), speaker kNN 77.6 (62.7, 60.3)
          two speakers it never heard: digit kNN 20.2 (17.9, 20.4), linear 37.5 (30.0, 67.4)
          It learns who speaks; of what is said, an untrained network of this kind tells as much. Nothing was tuned.
          configs/simclr_spoken_digits.py, under other views and with a plain convnet, does learn what is said
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """32 bands by 32 frames of the recordings' own 8 kHz; the paper's views, a narrow network, a quicker teacher."""
    config = defaults()
    config.data.name = "tfds:spoken_digit"
    config.data.seconds = 0.63
    config.input = "sound"
    config.augment = {"recipe": "byol_a", "mels": 32, "hop": 160}
    config.encoder = {"name": "audio_cnn", "width": 16, "features": 256, "mels": 32}
    config.method = {"name": "byol", "projector": (512, 128), "predictor": (512, 128), "momentum": 0.97}
    config.optimizer = {"name": "adamw", "learning_rate": 2e-3, "weight_decay": 1e-4, "warmup": 2.0}
    config.batch_size = 128
    config.epochs = 30
    config.evaluate.every = 10
    return config
