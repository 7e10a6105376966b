"""Jigsaw on 5,000 MNIST digits, made for two CPU cores.

Paper     Jigsaw, arXiv:1603.09246 (not a setting of the paper: a small network and small data)
Command   python -m launch.pretrain --config=configs/jigsaw_mnist5k.py --workdir=runs/jigsaw_mnist5k
Cost      10 epochs of 31 steps: about 65 CPU seconds of training
Expected  0.95 of the puzzles solved, but 0.78 kNN and 0.58 with 10 labels per class, on a held-out fifth of the train
          split (untrained: 0.89 and 0.68): where in a digit a patch lies tells little of which digit it is.
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
        "name": "jigsaw", "permutations": 100, "patch": 18, "gap": -12, "jitter": 2, "tile": 64, "head": (256,),
    }  # fmt: skip
    config.optimizer = {"name": "adamw", "learning_rate": 6e-3, "weight_decay": 1e-4, "warmup_epochs": 2.5}
    config.batch_size = 128
    config.epochs = 10
    config.evaluate.every = 5
    return config
