"""Exemplar-CNN on 5,000 MNIST digits, for two CPU cores, to be compared with configs/simclr_mnist5k.py.

Paper     Exemplar-CNN, arXiv:1406.6909 (not a setting of the paper: a small network and small data)
Command   python -m launch.pretrain --config=configs/exemplar_mnist5k.py --workdir=runs/exemplar_mnist5k
Expected  0.969 kNN on the held-out fifth of the train split; of the test digits, seed 0: 96.0 % kNN, 96.7 % linear
          probe, 90.4 % with 10 labels per class (untrained: 88.7, 87.6, 67.9; raw pixels: 93.4, 89.5, 75.5)
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """Nearly whole digits as patches: they are small, and so is what there is to see in them."""
    config = defaults()
    config.data.name = "mnist_5k"
    config.augment = {"recipe": "digits", "size": 28, "affine": (25.0, 0.15, (0.7, 1.4), 25.0), "crop": None}
    config.encoder = {"name": "convnet", "width": 16, "depth": 3, "features": 256}
    config.method = {
        "name": "exemplar", "patch": 24,
    }  # fmt: skip
    config.optimizer = {"name": "adamw", "learning_rate": 4e-3, "weight_decay": 1e-4, "warmup": "5%"}
    config.batch_size = 128
    config.epochs = 60
    config.evaluate.every = 10
    return config
