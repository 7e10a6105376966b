"""Jigsaw on Fashion-MNIST, through TFDS, made for two CPU cores.

Paper     Jigsaw, arXiv:1603.09246 (not a setting of the paper: a small network and small data)
Prepare   python -m launch.prepare --data=tfds:fashion_mnist        (30 MB; --manual_dir=DIR for files at hand)
Command   python -m launch.pretrain --config=configs/jigsaw_fashion_mnist.py --workdir=runs/jigsaw_fashion_mnist
Cost      one epoch of 468 steps: about 2 CPU minutes of training
Expected  with 4,000 of the train split's pictures and 217 steps, on 1,000 others of it: 0.786 kNN, 0.801 linear probe
          and 0.640 with 10 labels per class (untrained: 0.760, 0.783 and 0.619)
"""

from ml_collections import ConfigDict

from configs import jigsaw_mnist5k


def get_config() -> ConfigDict:
    """That of digits, with AdamW."""
    config = jigsaw_mnist5k.get_config()
    config.data.name = "tfds:fashion_mnist"
    config.augment.update(mean=(0.286,), std=(0.353,))
    config.optimizer = {"name": "adamw", "learning_rate": 6e-3, "weight_decay": 1e-4, "warmup_epochs": 0.2}
    config.epochs = 1
    config.evaluate.every = 1
    return config
