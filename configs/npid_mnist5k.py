"""NPID on 5,000 MNIST digits: made for two CPU cores, to be compared with configs/simclr_mnist5k.py.

Paper     NPID, arXiv:1805.01978 (not a setting of the paper: a small network and small data)
Command   python -m launch.pretrain --config=configs/npid_mnist5k.py --workdir=runs/npid_mnist5k
Cost      about 2 minutes of training on two cores
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """The exact softmax over all pictures, as the paper does on small data."""
    config = defaults()
    config.data.name = "mnist_5k"
    config.augment = {"recipe": "digits", "size": 28, "affine": (25.0, 0.1, (0.7, 1.3), 25.0), "crop": (0.6, 1.0)}
    config.encoder = {"name": "convnet", "width": 16, "depth": 3, "features": 256}
    config.method = {"name": "npid", "dim": 128, "temperature": 0.1, "negatives": 0, "momentum": 0.5}
    config.optimizer = {"name": "adamw", "learning_rate": 6e-3, "weight_decay": 1e-4, "warmup": "3.75%"}
    config.batch_size = 128
    config.epochs = 80
    config.evaluate.every = 20
    return config
