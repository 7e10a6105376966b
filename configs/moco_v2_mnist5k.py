"""MoCo v2 on 5,000 MNIST digits: made for two CPU cores, to be compared with configs/simclr_mnist5k.py.

Paper     MoCo v2, arXiv:2003.04297 (not a setting of the paper: a small network and small data)
Command   python -m launch.pretrain --config=configs/moco_v2_mnist5k.py --workdir=runs/moco_v2_mnist5k
Cost      about 2 minutes of training on two cores
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """A short queue and a quick teacher, for a data set of 31 batches."""
    config = defaults()
    config.data.name = "mnist_5k"
    config.augment = {"recipe": "digits", "size": 28, "affine": (25.0, 0.1, (0.7, 1.3), 25.0), "crop": (0.6, 1.0)}
    config.encoder = {"name": "convnet", "width": 16, "depth": 3, "features": 256}
    # Groups of less than the batch, with keys shuffled between them, as on the paper's eight GPUs.
    config.encoder.batch_norm = "ghost:32"
    config.method = {"name": "moco", "projector": (512, 128), "queue": 2048, "temperature": 0.2, "momentum": 0.99}
    config.optimizer = {"name": "adamw", "learning_rate": 6e-3, "weight_decay": 1e-4, "warmup": "3.75%"}
    config.batch_size = 128
    config.epochs = 80
    config.evaluate.every = 20
    return config
