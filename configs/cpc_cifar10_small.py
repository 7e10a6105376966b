"""CPC on CIFAR-10 with a small network, made for two CPU cores.

Paper     CPC, arXiv:1807.03748, and v2, arXiv:1905.09272 (not a setting of the papers: a small network and small data)
Command   python -m launch.pretrain --config=configs/cpc_cifar10_small.py --workdir=runs/cpc_cifar10_small
Data      npz:cifar10.npz in this folder (benchmarks/cifar10_jpeg.py makes one), or --config.data.name=tfds:cifar10
Measured  not yet
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """Five rows of patches of 12 pixels, of which those three rows apart do not overlap."""
    config = defaults()
    config.data.name = "npz:cifar10.npz"
    config.augment = {"recipe": "simclr_cifar", "size": 32, "crop": (0.5, 1.0)}
    config.encoder = {
        "name": "per_patch", "patch": 12, "stride": 5,
        "each": {"name": "convnet", "width": 32, "depth": 3, "batch_norm": "layer"},
    }  # fmt: skip
    config.method = {
        "name": "cpc", "nearest": 3, "furthest": 4, "context": 128, "depth": 2, "directions": 4, "apart": True,
    }  # fmt: skip
    config.optimizer = {
        "name": "adamw", "learning_rate": 2e-3, "scale_by_batch": False, "weight_decay": 1e-4, "warmup": "5%",
    }  # fmt: skip
    config.batch_size = 64
    config.epochs = 1
    config.evaluate.every = 1
    return config
