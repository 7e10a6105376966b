"""Test-time training on 5,000 MNIST digits: spoilt test pictures teach the network, made for two CPU cores.

Paper     TTT, arXiv:1909.13231 (not a setting of the paper: a small network and small data)
Command   python -m launch.pretrain --config=configs/ttt_mnist5k.py --workdir=runs/ttt_mnist5k
          python -m launch.evaluate --workdir=runs/ttt_mnist5k --protocol=ttt
Cost      20 epochs of 31 steps: about 60 CPU seconds
Measured  seed 0, 1,000 test digits, as trained and adapted online, in %: Gaussian noise of 0.3 85.3, 87.2; salt and
          pepper of 0.2 69.8, 72.7; masks of 0.3 88.3, 89.1; as they are 96.8, 96.8. Nothing was chosen
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """All labels; the first two of three layers are shared."""
    config = defaults()
    config.data.name = "mnist_5k"
    config.augment = {"recipe": "digits", "size": 28, "affine": (10.0, 0.1, (0.9, 1.1), 5.0), "crop": None}
    config.encoder = {"name": "convnet", "width": 16, "depth": 3, "features": 256, "batch_norm": "group:8"}
    config.method = {"name": "ttt", "shared": 2, "all_turns": False, "average": 0.99}
    config.labels.which = "all"
    config.optimizer = {"name": "adamw", "learning_rate": 3e-3, "weight_decay": 1e-4, "warmup": "5%"}
    config.batch_size = 128
    config.epochs = 20
    config.evaluate.every = 0
    return config
