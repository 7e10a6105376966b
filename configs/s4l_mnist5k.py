"""S4L with exemplars on 5,000 MNIST digits with 10 labels per class, made for two CPU cores.

Paper     S4L, arXiv:1905.03670 (not a setting of the paper: a small network and small data)
Command   python -m launch.pretrain --config=configs/s4l_mnist5k.py --workdir=runs/s4l_mnist5k
Cost      10 epochs of 125 steps: about 120 CPU seconds
Expected  0.950 of the train split's other 3,900 digits, as in supervised_mnist5k.py (0.947). With rotations, all of
          which have the label, it is 0.780: a 6 that is turned is a 9
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """Digits classified, and each known again among others by the views it is seen through."""
    config = defaults()
    config.data.name = "mnist_5k"
    config.augment = {"recipe": "digits", "size": 28, "affine": (15.0, 0.1, (0.9, 1.1), 10.0), "crop": None}
    config.encoder = {"name": "convnet", "width": 16, "depth": 3, "features": 256}
    config.method = {"name": "s4l", "task": "exemplar", "copies": 4, "dim": 128, "average": 0.99}
    config.labels.which, config.labels.ratio = "10 per class", 1
    config.optimizer = {"name": "adamw", "learning_rate": 12e-3, "weight_decay": 1e-4, "warmup": "20%"}
    config.batch_size = 32
    config.epochs = 10
    config.evaluate.every = 0
    return config
