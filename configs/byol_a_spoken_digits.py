"""BYOL-A on spoken digits: made for two CPU cores.

Paper     BYOL-A, arXiv:2103.06695 (not a setting of the paper: a small network and small data)
Command   python -m launch.pretrain --config=configs/byol_a_spoken_digits.py --workdir=runs/byol_a_spoken_digits
Data      the Free Spoken Digit Dataset; put its zip or its folder into a folder, --config.data.manual_dir=FOLDER
          other speakers to test on: --config.data.train=train_speakers --config.data.test=test_speakers
Measured  seed 0, 300 test recordings, all labels; beside the untrained encoder and the mean log-mel:
          digit    kNN 83.0 (90.0, 82.3)   linear 90.7 (93.0, 95.7)
          speaker  kNN 97.0 (96.3, 95.7)   linear 97.7 (97.7, 99.0)
          digit, of two speakers never heard, 1,000 recordings: kNN 18.1 (17.9, 20.4)   linear 33.8 (30.0, 67.4)
          ten labels per class: digit kNN 36.1 (30.9, 33.1), speaker kNN 78.3 (62.7, 60.3)
          It learns who speaks; for what is said it is worse than its own untrained network. Nothing here was tuned.
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
