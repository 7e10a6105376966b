"""Synchronisation on digits that bounce: which sound is of the same moment as what is seen? Made for two CPU cores.

Paper     Cooperative Learning from Self-Supervised Synchronization, arXiv:1807.00230, by the network of Objects that
          Sound, arXiv:1712.06651 (not a setting of the papers: digits that click where they bounce)
Command   python -m launch.pretrain --config=configs/correspondence_bouncing_digits.py --workdir=runs/bounces
          python -m benchmarks.own_task --workdir=runs/bounces
Cost      8 epochs of 31 steps: four CPU minutes
Measured  seed 0, float32, on the 1,000 test clips, in %: 88.6 of the moments are told from the other one of the same
          clip, and 50.0 where the clip stands still or both are noise. Which of eight ways a digit moves, by kNN /
          linear probe of the moment in the middle: by both senses 70.7 / 61.1 (untrained 46.4 / 56.8), by what is seen
          alone 61.6 / 33.3 (34.8 / 27.0; mean frame 49.2 / 35.1). The digit, which says nothing of when it bounces, is
          not learnt
"""

from ml_collections import ConfigDict

from jssl.augment.recipes import MNIST
from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """Two moments of 12 frames of each clip, 0.96 seconds; both networks know when, and the one of clips where."""
    config = defaults()
    config.data.name = "moving_digits"
    config.data.size = 40
    config.data.frames = 24
    config.data.speed = 4.0
    config.data.sound = True
    config.augment = {
        "clip": {
            **{"recipe": "plain", "size": 40, "frames": 12, "crop": None, "flip": 0.0, "mean": MNIST[0]},
            **{"std": MNIST[1]},
        },
        "sound": {
            **{"recipe": "masked", "gain": 6.0, "shift": 0.0, "noise": None, "crop": None, "masks": (0.0, 0.0)},
            **{"mels": 32, "hop": 161, "n_fft": 256},
        },
    }
    config.encoder = {
        "clip": {"name": "nature_cnn", "size": 40, "widths": (32, 32, 32), "features": 128},
        "sound": {"name": "vit", "dim": 64, "depth": 2, "heads": 2, "patch": 8},
    }
    config.method = {"name": "correspondence", "fusion": "concat", "hidden": (128,), "negatives": "same"}
    config.optimizer = {"name": "adamw", "learning_rate": 2e-3, "weight_decay": 1e-4, "warmup": "5%"}
    config.batch_size = 128
    config.epochs = 8
    config.evaluate.every = 0
    return config
