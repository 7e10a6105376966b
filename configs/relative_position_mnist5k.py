"""Relative position on 5,000 MNIST digits, made for two CPU cores.

Paper     Relative position, arXiv:1505.05192 (not a setting of the paper: a small network and small data)
Command   python -m launch.pretrain --config=configs/relative_position_mnist5k.py --workdir=runs/patches_mnist5k
Cost      16 epochs of 31 steps: about 150 CPU seconds of training
Expected  after 8 epochs 0.89 kNN, 0.90 linear probe and 0.74 with 10 labels per class, on a held-out fifth of the train
          split (untrained: 0.885, 0.869 and 0.655). Patches of 14 pixels that do not overlap, from a digit drawn at 48,
          do worse by far: the encoder then knows strokes of another width, and never sees a digit.
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """Patches of half a digit that overlap: the encoder, which is to see whole digits, learns at their scale."""
    config = defaults()
    config.data.name = "mnist_5k"
    config.augment = {"recipe": "digits", "size": 28, "puzzle": 32, "affine": (25.0, 0.1, (0.7, 1.3), 25.0)}
    config.encoder = {"name": "convnet", "width": 16, "depth": 3, "features": 256}
    config.method = {
        "name": "relative_position", "patch": 18, "gap": -12, "jitter": 2, "rescaled": 0.0, "head": (256, 256),
    }  # fmt: skip
    config.optimizer = {"name": "adamw", "learning_rate": 6e-3, "weight_decay": 1e-4, "warmup": 2.5}
    config.batch_size = 128
    config.epochs = 16
    config.evaluate.every = 8
    return config
