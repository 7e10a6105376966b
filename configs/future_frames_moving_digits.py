"""Future frames of moving digits by a ConvLSTM, made for two CPU cores.

Paper     arXiv:1511.05440 (loss) and arXiv:1506.04214 (network); not a setting of either
Command   python -m launch.pretrain --config=configs/future_frames_moving_digits.py --workdir=runs/future_frames
          python -m benchmarks.own_task --workdir=runs/future_frames      # errors by horizon, beside the last frame's
          --config.method.adversarial=0.05 adds a discriminator
Cost      about 0.9 CPU seconds a step, of 248 steps
Measured  seed 0, 6 epochs, 6 CPU minutes: squared error on test clips, in normalised colours, one to six frames ahead:
          0.145 0.184 0.196 0.204 0.211 0.216; the last frame again: 0.177 0.262 0.293 0.317 0.333 0.346. Frozen, kNN /
          linear probe of the digit 32.6 / 43.4 (untrained 27.5 / 37.2), of the direction 49.7 / 60.1 (45.8 / 54.5).
          Nothing was tuned
"""

from ml_collections import ConfigDict

from jssl.augment.recipes import MNIST
from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """Six frames are seen, and the next six predicted."""
    config = defaults()
    config.data.name = "moving_digits"
    config.input = "clip"
    config.augment = {
        "recipe": "plain", "size": 32, "frames": 6, "crop": None, "flip": 0.0, "mean": MNIST[0], "std": MNIST[1],
    }  # fmt: skip
    config.encoder = {"name": "conv_lstm", "width": 16, "depth": 2}
    config.method = {"name": "future_frames", "horizon": 6, "width": 16, "gradient": 0.1}
    config.optimizer = {"name": "adamw", "learning_rate": 8e-3, "weight_decay": 1e-4, "warmup": "5%"}
    config.batch_size = 64
    config.epochs = 4
    config.evaluate.every = 4
    return config
