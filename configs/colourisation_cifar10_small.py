"""Colourisation on CIFAR-10 with a small network, made for two CPU cores.

Paper     Colorful Image Colorization, arXiv:1603.08511 (not a setting of the paper: a small network and small data)
Command   python -m launch.pretrain --config=configs/colourisation_cifar10_small.py \
              --workdir=runs/colourisation_cifar10_small
Data      npz:cifar10.npz in this folder (benchmarks/cifar10_jpeg.py makes one), or --config.data.name=tfds:cifar10
Cost      3 epochs of 390 steps: about 4 minutes on two cores that others load too
Expected  of 5,000 pictures held out of the train split, 43.5 % by kNN and 49.7 % by the linear probe (untrained: 33.2
          and 37.5, raw pixels: 35.8 and 43.2)
"""

from ml_collections import ConfigDict

from jssl.augment.recipes import CIFAR
from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """Colours of squares of four pixels, from a map of 4x4 places."""
    config = defaults()
    config.data.name = "npz:cifar10.npz"
    config.augment = {"recipe": "plain", "size": 32, "crop": (0.4, 1.0), "mean": CIFAR[0], "std": CIFAR[1]}
    config.encoder = {"name": "convnet", "width": 32, "depth": 4}
    config.method = {"name": "colourisation", "uniform": 0.5, "hidden": 128}
    config.optimizer = {"name": "adamw", "learning_rate": 6e-3, "weight_decay": 1e-4, "warmup": "5%"}
    config.batch_size = 128
    config.epochs = 3
    config.evaluate.every = 1
    return config
