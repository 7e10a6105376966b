"""CorInfoMax on 5,000 MNIST digits, for two CPU cores, to be compared with configs/simclr_mnist5k.py.

Paper     CorInfoMax, arXiv:2209.07999 (not a setting of the paper: a small network and small data)
Command   python -m launch.pretrain --config=configs/corinfomax_mnist5k.py --workdir=runs/corinfomax_mnist5k
Cost      60 epochs of 31 steps, each about what one of that demo costs
Expected  0.975 kNN on the held-out fifth of the train split; of the test digits, seed 0: 96.9 % kNN, 97.1 % linear
          probe, 93.1 % with 10 labels per class (untrained: 88.7, 87.6, 67.9; raw pixels: 93.4, 89.5, 75.5)
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """Embeddings of 32 dimensions, of which 128 examples have a covariance."""
    config = defaults()
    config.data.name = "mnist_5k"
    config.augment = {"recipe": "digits", "size": 28, "affine": (25.0, 0.1, (0.7, 1.3), 25.0), "crop": (0.6, 1.0)}
    config.encoder = {"name": "convnet", "width": 16, "depth": 3, "features": 256}
    config.method = {"name": "corinfomax", "projector": (512, 32), "invariance": 100.0}
    config.optimizer = {"name": "adamw", "learning_rate": 4e-3, "weight_decay": 1e-4, "warmup": "5%"}
    config.batch_size = 128
    config.epochs = 60
    config.evaluate.every = 20
    return config
