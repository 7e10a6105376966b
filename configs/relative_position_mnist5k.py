"""Relative position on 5,000 MNIST digits, made for two CPU cores.

Paper     Relative position, arXiv:1505.05192 (not a setting of the paper: a small network and small data)
Command   python -m launch.pretrain --config=configs/relative_position_mnist5k.py --workdir=runs/patches_mnist5k
"""

from ml_collections import ConfigDict

from jssl.config import defaults


def get_config() -> ConfigDict:
    """Patches of half a digit that overlap: the encoder, which is to see whole digits, learns at their scale."""
    config = defaults()
    config.data.name = "mnist_5k"
    config.augment = {"recipe": "digits", "size": 28, "affine": (25.0, 0.1, (0.7, 1.3), 25.0), "crop": None}
    config.encoder = {"name": "convnet", "width": 16, "depth": 3, "features": 256}
    config.method = {
        "name": "relative_position", "patch": 16, "gap": -10, "jitter": 0, "rescaled": 0.0, "head": (256,),
    }  # fmt: skip
    config.optimizer = {"name": "adamw", "learning_rate": 3e-3, "weight_decay": 1e-4, "warmup_epochs": 1.0}
    config.batch_size = 128
    config.epochs = 13
    config.evaluate.every = 13
    return config
