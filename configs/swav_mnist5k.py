"""SwAV on 5,000 MNIST digits, for two CPU cores, to be compared with configs/simclr_mnist5k.py.

Paper     SwAV, arXiv:2006.09882 (not a setting of the paper: a small network and small data)
Command   python -m launch.pretrain --config=configs/swav_mnist5k.py --workdir=runs/swav_mnist5k
Cost      60 epochs of 31 steps: 195 CPU seconds with compiling and evaluating
Expected  0.977 kNN on a held-out fifth of the train split (monitor/knn), 0.970 after 20 epochs; chosen there
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """Ten prototypes for each digit, in a space that is small enough for them to differ from the start.

    With the paper's 128 dimensions and epsilon of 0.05, and small crops, 300 prototypes stay at a loss of ln 300.
    """
    config = defaults()
    config.data.name = "mnist_5k"
    config.augment = {"recipe": "digits", "size": 28, "affine": (25.0, 0.1, (0.7, 1.3), 25.0), "crop": (0.6, 1.0)}
    config.encoder = {"name": "convnet", "width": 16, "depth": 3, "features": 256}
    config.method = {"name": "swav", "projector": (512, 32), "prototypes": 100, "epsilon": 0.03, "freeze": 1.0}
    config.optimizer = {"name": "adamw", "learning_rate": 6e-3, "weight_decay": 1e-4, "warmup": 1.0}
    config.batch_size = 128
    config.epochs = 60
    config.evaluate.every = 20
    return config
