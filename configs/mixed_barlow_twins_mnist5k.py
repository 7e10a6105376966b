"""Mixed Barlow Twins on 5,000 MNIST digits, for two CPU cores, to be compared with configs/simclr_mnist5k.py.

Paper     Mixed Barlow Twins, arXiv:2312.02151 (not a setting of the paper: a small network and small data)
Command   python -m launch.pretrain --config=configs/mixed_barlow_twins_mnist5k.py --workdir=runs/mixed_mnist5k
Cost      60 epochs of 31 steps, each about one and a half times what one of that demo costs
Expected  0.954 kNN on the held-out fifth of the train split; of the test digits, seed 0: 95.6 % kNN, 96.4 % linear
          probe, 91.3 % with 10 labels per class (untrained: 88.7, 87.6, 67.9; raw pixels: 93.4, 89.5, 75.5)
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """The projector and the weights of configs/barlow_twins_mnist5k.py, and half of the paper's weight for mixtures."""
    config = defaults()
    config.data.name = "mnist_5k"
    config.augment = {"recipe": "digits", "size": 28, "affine": (25.0, 0.1, (0.7, 1.3), 25.0), "crop": (0.6, 1.0)}
    config.encoder = {"name": "convnet", "width": 16, "depth": 3, "features": 256}
    config.method = {"name": "mixed_barlow_twins", "projector": (512, 512), "redundancy": 0.02, "mixing": 2.0}
    config.optimizer = {"name": "adamw", "learning_rate": 4e-3, "weight_decay": 1e-4, "warmup": "5%"}
    config.batch_size = 128
    config.epochs = 60
    config.evaluate.every = 20
    return config
