"""Jigsaw on CIFAR-10 with ResNet-18, 200 epochs.

Paper     Jigsaw, arXiv:1603.09246, has no CIFAR-10, and no result to compare with is known to us.
Command   python -m launch.pretrain --config=configs/jigsaw_cifar10.py --workdir=runs/jigsaw_cifar10
Data      tfds:cifar10 (downloaded by TFDS), or --config.data.name=npz:cifar10.npz
"""

from ml_collections import ConfigDict

from jssl.augment.recipes import CIFAR
from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """Patches of 14 pixels, cut from pictures scaled up to 48."""
    config = defaults()
    config.data.name = "tfds:cifar10"
    config.augment = {
        "recipe": "plain", "size": 32, "puzzle": 48, "crop": (0.6, 1.0), "grey": 0.3, "mean": CIFAR[0],
        "std": CIFAR[1],
    }  # fmt: skip
    config.encoder = {"name": "resnet18", "stem": "cifar"}
    config.method = {
        "name": "jigsaw", "permutations": 100, "patch": 14, "gap": 2, "jitter": 2, "shift": 1, "tile": (128,),
        "head": (512,),
    }  # fmt: skip
    config.optimizer = {"name": "sgd", "learning_rate": 0.1, "weight_decay": 5e-4, "warmup": 5.0}
    config.batch_size = 256
    config.epochs = 200
    config.precision = "bf16"
    config.evaluate.k = 200
    config.evaluate.temperature = 0.1
    config.paper = {
        "title": "Unsupervised Learning of Visual Representations by Solving Jigsaw Puzzles",
        "arxiv": "1603.09246",
        "data": "CIFAR-10",
        "reported": (),
    }
    return config
