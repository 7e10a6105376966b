"""SimCLR on 5,000 MNIST digits: the demo, made for two CPU cores.

Paper     SimCLR, arXiv:2002.05709 (not a setting of the paper: a small network and small data)
Command   python -m launch.pretrain --config=configs/simclr_mnist5k.py --workdir=runs/simclr_mnist5k
Expected  well above raw pixels with 10 labels per class
"""

from ml_collections import ConfigDict

from jssl.config import defaults


def get_config() -> ConfigDict:
    """The demo's config."""
    config = defaults()
    config.data.name = "mnist_5k"
    config.augment = {"recipe": "digits", "size": 28}
    config.encoder = {"name": "convnet", "width": 32}
    config.method = {"name": "simclr", "projector": (256, 64), "temperature": 0.2}
    config.optimizer = {"name": "adamw", "learning_rate": 1e-3, "weight_decay": 1e-4, "warmup_epochs": 5.0}
    config.batch_size = 256
    config.epochs = 60
    config.evaluate.every = 10
    return config
