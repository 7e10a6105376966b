"""CPC on 5,000 MNIST digits, for two CPU cores, to be compared with configs/simclr_mnist5k.py.

Paper     CPC, arXiv:1807.03748 (not a setting of the paper: a small network and small data)
Command   python -m launch.pretrain --config=configs/cpc_mnist5k.py --workdir=runs/cpc_mnist5k
Measured  not yet
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """Four rows of patches of 10 pixels; those two rows apart do not overlap."""
    config = defaults()
    config.data.name = "mnist_5k"
    config.augment = {"recipe": "digits", "size": 28, "crop": (0.6, 1.0)}
    config.encoder = {
        "name": "per_patch", "patch": 10, "stride": 6,
        "each": {"name": "convnet", "width": 16, "depth": 1, "features": 256, "batch_norm": "layer"},
    }  # fmt: skip
    config.method = {
        "name": "cpc", "nearest": 2, "furthest": 3, "context": 128, "depth": 2, "directions": 4, "apart": True,
    }  # fmt: skip
    config.optimizer = {"name": "adamw", "learning_rate": 4e-3, "weight_decay": 1e-4, "warmup": "5%"}
    config.batch_size = 128
    config.epochs = 20
    config.evaluate.every = 10
    return config
