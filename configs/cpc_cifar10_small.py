"""CPC on CIFAR-10 with a small network, made for two CPU cores.

Paper     CPC, arXiv:1807.03748, and v2, arXiv:1905.09272 (not a setting of the papers: a small network and small data)
Command   python -m launch.pretrain --config=configs/cpc_cifar10_small.py --workdir=runs/cpc_cifar10_small
Data      npz:cifar10.npz in this folder (benchmarks/cifar10_jpeg.py makes one), or --config.data.name=tfds:cifar10
Cost      400 steps of 64 pictures: 114 CPU seconds
Expected  of 5,000 pictures held out of the train split, 34.9 % by kNN and 41.8 % by the linear probe (untrained: 34.1
          and 38.4), with 10,000 labels
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """Three rows of patches of 16 pixels. Neighbours overlap by half, but each is mirrored and coloured on its own."""
    config = defaults()
    config.data.name = "npz:cifar10.npz"
    config.data.train = "train[:10000]"
    config.augment = {"recipe": "simclr_cifar", "size": 32, "crop": (0.5, 1.0)}
    config.encoder = {
        "name": "per_patch", "patch": 16, "stride": 8,
        "each": {"name": "convnet", "width": 32, "depth": 2, "features": 256, "batch_norm": "group:1"},
    }  # fmt: skip
    config.method = {
        "name": "cpc", "nearest": 1, "furthest": 2, "context": 128, "depth": 2, "directions": 4, "apart": True,
    }  # fmt: skip
    config.optimizer = {
        "name": "adamw", "learning_rate": 2e-3, "scale_by_batch": False, "weight_decay": 1e-4, "warmup": "5%",
    }  # fmt: skip
    config.batch_size = 64
    config.epochs = 2.56
    config.evaluate.every = 0
    return config
