"""Triplets of tracked patches on digits that move, made for two CPU cores.

Paper     Unsupervised learning of visual representations using videos, arXiv:1505.00687 (not a setting of the paper: a
          small network and made clips)
Command   python -m launch.pretrain --config=configs/tracked_patches_moving_digits.py --workdir=runs/tracked
Measured  seed 0, 6 epochs: frozen, kNN / linear probe of the digit 42.1 / 43.1 (untrained 31.2 / 32.6), of the
          direction 39.0 / 15.9 (41.0 / 14.7). Nothing was tuned
"""

from ml_collections import ConfigDict

from jssl.augment.recipes import MNIST
from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """Patches of 20 pixels, followed through eight frames."""
    config = defaults()
    config.data.name = "moving_digits"
    config.input = "clip"
    config.augment = {
        "recipe": "plain", "size": 32, "frames": 8, "crop": (0.6, 1.0), "flip": 0.0, "mean": MNIST[0], "std": MNIST[1],
    }  # fmt: skip
    config.encoder = {"name": "per_frame", "frame": {"name": "convnet", "width": 16, "depth": 3, "features": 128}}
    config.method = {
        "name": "tracked_patches", "patch": 20, "reach": 3, "margin": 0.5, "negatives": 4, "hard_from": "30%",
    }  # fmt: skip
    config.optimizer = {"name": "adamw", "learning_rate": 4e-3, "weight_decay": 1e-4, "warmup": "5%"}
    config.batch_size = 128
    config.epochs = 8
    config.evaluate.every = 8
    return config
