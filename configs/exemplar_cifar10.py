"""Exemplar-CNN on CIFAR-10, 200 epochs.

Paper     Exemplar-CNN, arXiv:1406.6909: 84.3 % of CIFAR-10, by an SVM on features of patches of STL-10.
          Classes are the 50,000 pictures here, where the paper has 8,000 to 16,000 seeds; patches are the pictures.
Command   python -m launch.pretrain --config=configs/exemplar_cifar10.py --workdir=runs/exemplar_cifar10
Data      tfds:cifar10 (downloaded by TFDS), or --config.data.name=npz:cifar10.npz
"""

from ml_collections import ConfigDict

from jssl.augment.recipes import CIFAR
from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """The paper's moves, scales and turns, and its change of hue."""
    config = defaults()
    config.data.name = "tfds:cifar10"
    config.augment = {
        "recipe": "plain", "size": 32, "crop": None, "affine": (20.0, 0.2, (0.7, 1.4), 0.0),
        "jitter": (0.4, 0.4, 0.4, 0.1), "mean": CIFAR[0], "std": CIFAR[1],
    }  # fmt: skip
    config.encoder = {"name": "resnet18", "stem": "cifar"}
    config.method = {"name": "exemplar", "patch": 32}
    config.optimizer = {
        "name": "sgd", "learning_rate": 0.01, "scale_by_batch": False, "weight_decay": 5e-4, "warmup": 0.0,
    }  # fmt: skip
    config.batch_size = 128
    config.epochs = 200
    config.precision = "bf16"
    config.paper = {
        "title": "Discriminative Unsupervised Feature Learning with Exemplar Convolutional Neural Networks",
        "arxiv": "1406.6909",
        "data": "CIFAR-10",
        "reported": ({"value": 84.3, "protocol": "other", "how": "an SVM on features of another network"},),
    }
    return config
