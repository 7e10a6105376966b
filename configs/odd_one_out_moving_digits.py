"""Odd-one-out networks on clips of moving digits, made for two CPU cores.

Paper     O3N, arXiv:1611.06646 (not a setting of the paper: a small network and made clips)
Command   python -m launch.pretrain --config=configs/odd_one_out_moving_digits.py --workdir=runs/odd_one_out
          python -m benchmarks.own_task --workdir=runs/odd_one_out [--control=constant]
Measured  seed 0, 6 epochs: 99.6 % of test quartets told (25.0 of still clips, which is chance). Frozen, kNN /
          linear probe of the digit 15.0 / 15.4 (untrained 14.3 / 18.8), of the direction 36.4 / 29.6 (39.7 / 24.4).
          Nothing was tuned
"""

from ml_collections import ConfigDict

from jssl.augment.recipes import MNIST
from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """Four clips of six frames, each seen as the stack of its differences; the paper asks among six."""
    config = defaults()
    config.data.name = "moving_digits"
    config.input = "clip"
    config.augment = {
        "recipe": "plain", "size": 32, "frames": 6, "crop": (0.8, 1.0), "flip": 0.0, "mean": MNIST[0], "std": MNIST[1],
    }  # fmt: skip
    config.encoder = {
        "name": "frame_differences", "frame": {"name": "convnet", "width": 16, "depth": 3, "features": 128},
    }  # fmt: skip
    config.method = {"name": "odd_one_out", "among": 4, "head": (128,)}
    config.optimizer = {"name": "adamw", "learning_rate": 6e-3, "weight_decay": 1e-4, "warmup": "5%"}
    config.batch_size = 128
    config.epochs = 4
    config.evaluate.every = 4
    return config
