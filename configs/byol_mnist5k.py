"""BYOL on 5,000 MNIST digits: made for two CPU cores, to be compared with configs/simclr_mnist5k.py.

Paper     BYOL, arXiv:2006.07733 (not a setting of the paper: a small network and small data)
Command   python -m launch.pretrain --config=configs/byol_mnist5k.py --workdir=runs/byol_mnist5k
Cost      60 epochs of 31 steps: 1.06 times the FLOPs of that demo's training
Expected  0.97 kNN on the held-out fifth of the train split, where its numbers were chosen
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """A quicker teacher than on ImageNet, for a run of 1,860 steps."""
    config = defaults()
    config.data.name = "mnist_5k"
    config.augment = {"recipe": "digits", "size": 28, "affine": (25.0, 0.1, (0.7, 1.3), 25.0), "crop": (0.6, 1.0)}
    config.encoder = {"name": "convnet", "width": 16, "depth": 3, "features": 256}
    config.method = {"name": "byol", "projector": (512, 128), "predictor": (512, 128), "momentum": 0.97}
    config.optimizer = {"name": "adamw", "learning_rate": 4e-3, "weight_decay": 1e-4, "warmup": "5%"}
    config.batch_size = 128
    config.epochs = 60
    config.evaluate.every = 20
    return config
