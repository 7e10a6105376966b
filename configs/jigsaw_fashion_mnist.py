"""Jigsaw on Fashion-MNIST, through TFDS, made for two CPU cores.

Paper     Jigsaw, arXiv:1603.09246 (not a setting of the paper: a small network and small data)
Prepare   python -m launch.prepare --data=tfds:fashion_mnist        (30 MB; --manual_dir=DIR for files at hand)
Command   python -m launch.pretrain --config=configs/jigsaw_fashion_mnist.py --workdir=runs/jigsaw_fashion_mnist
Cost      one epoch of 468 steps: about 2 CPU minutes of training
Expected  after 286 steps on all but 5,000 of the train split's pictures, on those: 0.851 kNN, 0.847 linear probe and
          0.670 with 10 labels per class, mean of 2 seeds (untrained: 0.830, 0.835 and 0.657)
"""

from ml_collections import ConfigDict

from jssl.config import defaults


def get_config() -> ConfigDict:
    """The patches of configs/jigsaw_mnist5k.py."""
    config = defaults()
    config.data.name = "tfds:fashion_mnist"
    config.augment = {
        "recipe": "digits", "size": 28, "puzzle": 32, "affine": (25.0, 0.1, (0.7, 1.3), 25.0), "mean": (0.286,),
        "std": (0.353,),
    }  # fmt: skip
    config.encoder = {"name": "convnet", "width": 16, "depth": 3, "features": 256}
    config.method = {
        "name": "jigsaw", "permutations": 100, "patch": 18, "gap": -12, "jitter": 2, "tile": (512, 512, 512, 64),
        "head": (256,), "shuffles": 8,
    }  # fmt: skip
    config.optimizer = {"name": "sgd", "learning_rate": 0.2, "weight_decay": 1e-4, "warmup_epochs": 0.1}
    config.batch_size = 128
    config.epochs = 1
    config.evaluate.every = 1
    return config
