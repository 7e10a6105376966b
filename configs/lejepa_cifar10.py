"""LeJEPA on CIFAR-10 with ResNet-18, 200 epochs.

Paper     LeJEPA, arXiv:2511.08544, has no CIFAR-10 from random weights that this could be compared with.
Command   python -m launch.pretrain --config=configs/lejepa_cifar10.py --workdir=runs/lejepa_cifar10
Data      tfds:cifar10 (downloaded by TFDS), or --config.data.name=npz:cifar10.npz
"""

from ml_collections import ConfigDict

from jssl.augment.recipes import CIFAR
from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """The paper's weight and number of directions, two large views and four small ones of half the side."""
    config = defaults()
    config.data.name = "tfds:cifar10"
    config.augment = {
        "recipe": "multi_crop", "size": 32, "local_views": 4, "local_size": 16, "crop": (0.3, 1.0),
        "local_crop": (0.05, 0.3), "blur": 0.0, "mean": CIFAR[0], "std": CIFAR[1],
    }  # fmt: skip
    config.encoder = {"name": "resnet18", "stem": "cifar"}
    config.method = {"name": "lejepa", "projector": (2048, 2048, 64), "weight": 0.05, "slices": 1024}
    config.optimizer = {"name": "adamw", "learning_rate": 5e-4, "weight_decay": 5e-4, "warmup": 10.0}
    config.batch_size = 256
    config.epochs = 200
    config.precision = "bf16"
    config.evaluate.k = 200
    config.evaluate.temperature = 0.1
    config.paper = {
        "title": "LeJEPA: Provable and Scalable Self-Supervised Learning Without the Heuristics",
        "arxiv": "2511.08544",
        "data": "CIFAR-10",
        "reported": (),
    }
    return config
