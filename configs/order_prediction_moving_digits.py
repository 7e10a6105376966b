"""Order prediction on clips of moving digits, made for two CPU cores.

Paper     Sorting sequences, arXiv:1708.01246 (not a setting of the paper: a small network and made clips)
Command   python -m launch.pretrain --config=configs/order_prediction_moving_digits.py --workdir=runs/order_prediction
          python -m benchmarks.own_task --workdir=runs/order_prediction [--control=constant]
Measured  seed 0, 6 epochs: 82.3 % of the orders of test clips told (8.3 of clips that stand still, which is chance).
          Frozen, kNN / linear probe of the digit 17.1 / 43.3 (untrained 31.6 / 35.3), of the direction 48.4 / 24.3
          (47.4 / 19.5). Nothing was tuned
"""

from ml_collections import ConfigDict

from jssl.augment.recipes import MNIST
from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """Four frames of each clip, all 24 orders of them."""
    config = defaults()
    config.data.name = "moving_digits"
    config.input = "clip"
    config.augment = {"recipe": "plain", "size": 32, "crop": (0.8, 1.0), "flip": 0.0, "mean": MNIST[0], "std": MNIST[1]}
    config.encoder = {"name": "per_frame", "frame": {"name": "convnet", "width": 16, "depth": 3, "features": 128}}
    config.method = {"name": "order_prediction", "gap": (1, 3), "pair": 128, "head": ()}
    config.optimizer = {"name": "adamw", "learning_rate": 6e-3, "weight_decay": 1e-4, "warmup": "5%"}
    config.batch_size = 128
    config.epochs = 8
    config.evaluate.every = 8
    return config
