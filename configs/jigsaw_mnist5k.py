"""Jigsaw on 5,000 MNIST digits, made for two CPU cores.

Paper     Jigsaw, arXiv:1603.09246 (not a setting of the paper: a small network and small data)
Command   python -m launch.pretrain --config=configs/jigsaw_mnist5k.py --workdir=runs/jigsaw_mnist5k
Cost      10 epochs of 31 steps: about 85 CPU seconds of training
Expected  after 8 epochs 0.94 of the puzzles solved, but 0.866 kNN, 0.859 linear probe and 0.649 with 10 labels per
          class, on a held-out fifth of the train split: less than untrained (0.885, 0.869 and 0.653). On black, where
          the ink lies in a patch tells its place, and nothing need be known of the digit. The layers between the
          encoder and the puzzle keep some of that out of it: with one of 64 it is 0.836, 0.840 and 0.604
"""

from ml_collections import ConfigDict

from jssl.config import defaults


def get_config() -> ConfigDict:
    """Patches of half a digit that overlap: the encoder, which is to see whole digits, learns at their scale."""
    config = defaults()
    config.data.name = "mnist_5k"
    config.augment = {"recipe": "digits", "size": 28, "puzzle": 32, "affine": (25.0, 0.1, (0.7, 1.3), 25.0)}
    config.encoder = {"name": "convnet", "width": 16, "depth": 3, "features": 256}
    config.method = {
        "name": "jigsaw", "permutations": 100, "patch": 18, "gap": -12, "jitter": 2, "tile": (512, 512, 512, 64),
        "head": (256,), "shuffles": 8,
    }  # fmt: skip
    config.optimizer = {"name": "sgd", "learning_rate": 0.2, "weight_decay": 1e-4, "warmup_epochs": 1.0}
    config.batch_size = 128
    config.epochs = 10
    config.evaluate.every = 5
    return config
