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
    # Degrees, shift, scale, shear. Handwriting differs by slant and proportions more than a crop can imitate.
    config.augment = {"recipe": "digits", "size": 28, "affine": (25.0, 0.1, (0.7, 1.3), 25.0), "crop": (0.6, 1.0)}
    config.encoder = {"name": "convnet", "width": 16, "depth": 3, "features": 256}
    config.method = {"name": "simclr", "projector": (256, 64), "temperature": 0.2}
    config.optimizer = {"name": "adamw", "learning_rate": 3e-3, "weight_decay": 1e-4, "warmup_epochs": 2.0}
    config.batch_size = 128
    config.epochs = 40
    config.evaluate.every = 10
    return config
