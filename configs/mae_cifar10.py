"""MAE on CIFAR-10 with a ViT-S of 4-pixel patches, 1000 epochs.

Paper     MAE, arXiv:2111.06377, has no CIFAR-10. The setting is solo-learn's, which reports no number for it.
Command   python -m launch.pretrain --config=configs/mae_cifar10.py --workdir=runs/mae_cifar10
Data      tfds:cifar10 (downloaded by TFDS), or --config.data.name=npz:cifar10.npz
"""

from ml_collections import ConfigDict

from jssl.augment.recipes import CIFAR
from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """The setting of that replication."""
    config = defaults()
    config.data.name = "tfds:cifar10"
    config.augment = {"recipe": "plain", "size": 32, "mean": CIFAR[0], "std": CIFAR[1]}
    config.encoder = {"name": "vit", "dim": 384, "depth": 12, "heads": 12, "patch": 4, "image_size": 32}
    config.method = {"name": "mae", "mask": 0.75, "decoder": (512, 8, 16), "norm_pix": True}
    config.optimizer = {
        "name": "adamw", "learning_rate": 2e-4, "weight_decay": 0.05, "b2": 0.95, "warmup": 10.0,
    }  # fmt: skip
    config.batch_size = 256
    config.epochs = 1000
    config.precision = "bf16"
    config.evaluate.k = 200
    config.evaluate.temperature = 0.1
    config.paper = {
        "title": "Masked Autoencoders Are Scalable Vision Learners",
        "arxiv": "2111.06377",
        "data": "CIFAR-10",
        "reported": (),
    }
    return config
