"""Super-resolution on CIFAR-10 with a small network, made for two CPU cores.

Paper     SRGAN, arXiv:1609.04802 (not a setting of the paper: a small network and small data)
Command   python -m launch.pretrain --config=configs/super_resolution_cifar10_small.py --workdir=runs/small
Data      npz:cifar10.npz in this folder (benchmarks/cifar10_jpeg.py makes one), or --config.data.name=tfds:cifar10
@@
"""

from ml_collections import ConfigDict

from jssl.augment.recipes import CIFAR
from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """Pictures of 16 pixels become those of 32."""
    config = defaults()
    config.data.name = "npz:cifar10.npz"
    config.augment = {"recipe": "plain", "size": 32, "crop": (0.6, 1.0), "mean": CIFAR[0], "std": CIFAR[1]}
    config.encoder = {"name": "convnet", "width": 32, "depth": 4}
    config.method = {"name": "super_resolution", "factor": 2, "hidden": 128}
    config.optimizer = {"name": "adamw", "learning_rate": 4e-3, "weight_decay": 1e-4, "warmup": "5%"}
    config.batch_size = 128
    config.epochs = 3
    config.evaluate.every = 1
    return config
