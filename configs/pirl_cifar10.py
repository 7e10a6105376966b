"""PIRL with jigsaw puzzles on CIFAR-10 with ResNet-18, 200 epochs.

Paper     PIRL, arXiv:1912.01991, has no CIFAR-10, and no result to compare with is known to us.
Command   python -m launch.pretrain --config=configs/pirl_cifar10.py --workdir=runs/pirl_cifar10
          ... --config.method.transform=rotation for quarter turns instead of puzzles
Data      tfds:cifar10 (downloaded by TFDS), or --config.data.name=npz:cifar10.npz
"""

from ml_collections import ConfigDict

from jssl.augment.recipes import CIFAR
from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """Puzzles of 9 patches of 12 pixels, cut from pictures scaled up to 48."""
    config = defaults()
    config.data.name = "tfds:cifar10"
    config.augment = {"recipe": "pirl", "size": 32, "puzzle": 48, "mean": CIFAR[0], "std": CIFAR[1]}
    config.encoder = {"name": "resnet18", "stem": "cifar"}
    config.method = {"name": "pirl", "transform": "jigsaw", "temperature": 0.1, "negatives": 4096, "weight": 0.5}
    config.optimizer = {"name": "sgd", "learning_rate": 0.03, "weight_decay": 5e-4, "warmup": 0.0}
    config.batch_size = 256
    config.epochs = 200
    config.precision = "bf16"
    config.evaluate.k = 200
    config.evaluate.temperature = 0.1
    config.paper = {
        "title": "Self-Supervised Learning of Pretext-Invariant Representations",
        "arxiv": "1912.01991",
        "data": "CIFAR-10",
        "reported": (),
    }
    return config
