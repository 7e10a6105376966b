"""Egomotion on 5,000 MNIST digits, for two CPU cores, to be compared with configs/simclr_mnist5k.py.

Paper     Egomotion, arXiv:1505.01596 (not a setting of the paper: a small network and small data)
Command   python -m launch.pretrain --config=configs/egomotion_mnist5k.py --workdir=runs/egomotion_mnist5k
Cost      60 epochs of 31 steps, each about one and a half times what one of that demo costs
Expected  of the test digits, seed 0: 91.8 % linear probe, 73.9 % with 10 labels per class, 83.4 % kNN (untrained: 87.6,
          67.9, 88.7; raw pixels: 89.5, 75.5, 93.4): it knows more than random weights, and is no metric
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """The paper's motions of digits: up to 3 pixels along each axis and 30 degrees, in 20 classes."""
    config = defaults()
    config.data.name = "mnist_5k"
    config.augment = {"recipe": "digits", "size": 28, "affine": (30.0, 0.1, (0.8, 1.2), 15.0), "crop": None}
    config.encoder = {"name": "convnet", "width": 16, "depth": 3, "features": 256}
    config.method = {
        "name": "egomotion", "shift": 3, "degrees": 30.0, "bins": 20, "head": (512,),
    }  # fmt: skip
    config.optimizer = {"name": "adamw", "learning_rate": 4e-3, "weight_decay": 1e-4, "warmup": "5%"}
    config.batch_size = 128
    config.epochs = 60
    config.evaluate.every = 10
    return config
