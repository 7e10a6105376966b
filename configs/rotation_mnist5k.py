"""Rotation on 5,000 MNIST digits, made for two CPU cores.

Paper     Rotation, arXiv:1803.07728 (not a setting of the paper: a small network and small data)
Command   python -m launch.pretrain --config=configs/rotation_mnist5k.py --workdir=runs/rotation_mnist5k
Cost      24 epochs of 31 steps: about 120 CPU seconds of training
Expected  after 10 epochs 0.92 kNN and 0.81 with 10 labels per class, on a held-out fifth of the train split (untrained:
          0.89 and 0.68). 0, 1 and 8 look the same upside down, so 0.7 of the turns are told and not all.
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """The demo's network and augmentation; a step sees four times as many pictures as its batch."""
    config = defaults()
    config.data.name = "mnist_5k"
    config.augment = {"recipe": "digits", "size": 28, "affine": (25.0, 0.1, (0.7, 1.3), 25.0), "crop": (0.6, 1.0)}
    config.encoder = {"name": "convnet", "width": 16, "depth": 3, "features": 256}
    config.method = {"name": "rotation", "head": (256,)}
    config.optimizer = {"name": "adamw", "learning_rate": 6e-3, "weight_decay": 1e-4, "warmup": "12.5%"}
    config.batch_size = 128
    config.epochs = 24
    config.evaluate.every = 8
    return config
