"""GAN features on CIFAR-10 with a small network, made for two CPU cores.

Paper     DCGAN, arXiv:1511.06434 (not a setting of the paper: a small network and small data)
Command   python -m launch.pretrain --config=configs/gan_cifar10_small.py --workdir=runs/gan_small
Data      npz:cifar10.npz in this folder (benchmarks/cifar10_jpeg.py makes one), or --config.data.name=tfds:cifar10
Measured  not yet
"""

from ml_collections import ConfigDict

from jssl.augment.recipes import CIFAR
from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """DCGAN's optimiser, and a discriminator of three layers."""
    config = defaults()
    config.data.name = "npz:cifar10.npz"
    config.augment = {"recipe": "plain", "size": 32, "crop": (0.6, 1.0), "mean": CIFAR[0], "std": CIFAR[1]}
    config.encoder = {"name": "dcgan", "width": 32, "depth": 3}
    config.method = {"name": "gan", "latent": 100, "width": 32}
    config.optimizer = {
        "name": "adamw", "learning_rate": 4e-4, "scale_by_batch": False, "weight_decay": 0.0, "b1": 0.5, "warmup": 0.0,
        "rates": {"generator": 2.0},
    }  # fmt: skip
    config.batch_size = 128
    config.epochs = 3
    config.evaluate.every = 1
    return config
