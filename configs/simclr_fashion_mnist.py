"""SimCLR on Fashion-MNIST, through TFDS.

Paper     SimCLR, arXiv:2002.05709, with its CIFAR-10 setting; the paper has no Fashion-MNIST.
Prepare   python -m launch.prepare --data=tfds:fashion_mnist        (30 MB; --manual_dir=DIR for files at hand)
Command   python -m launch.pretrain --config=configs/simclr_fashion_mnist.py --workdir=runs/simclr_fashion_mnist
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """ResNet-18 with the CIFAR stem on 28 x 28 grey pictures."""
    config = defaults()
    config.data.name = "tfds:fashion_mnist"
    config.augment = {"recipe": "simclr_cifar", "size": 28, "mean": (0.286,), "std": (0.353,)}
    config.encoder = {"name": "resnet18", "stem": "cifar", "width": 64}
    config.method = {"name": "simclr", "projector": (512, 128), "temperature": 0.5}
    config.optimizer.learning_rate = 1.0
    config.optimizer.weight_decay = 1e-6
    config.batch_size = 512
    config.epochs = 100
    return config
