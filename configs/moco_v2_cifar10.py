"""MoCo on CIFAR-10 with ResNet-18, 200 epochs, as in its authors' demo; `:lightly` as in lightly's benchmark.

Paper     MoCo v2, arXiv:2003.04297, has no CIFAR-10. The authors' demo reports 82.6 % kNN after 200 epochs, 86.3 %
          after 400 and 88.7 % after 800; lightly 0.847 after 200 and 0.899 after 800, at four times the rate, with a
          hidden layer, a queue twice as long and a symmetric loss.
Command   python -m launch.pretrain --config=configs/moco_v2_cifar10.py --workdir=runs/moco_v2_cifar10
          python -m launch.pretrain --config=configs/moco_v2_cifar10.py:lightly --workdir=runs/moco_v2_cifar10_lightly
Data      tfds:cifar10 (downloaded by TFDS), or --config.data.name=npz:cifar10.npz
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults

KNN = {"protocol": "knn", "k": 200, "temperature": 0.1}
REPORTED = {
    "demo": tuple(
        {"value": value, **KNN, "by": "MoCo's CIFAR-10 demo", "at": {"epochs": epochs}}
        for value, epochs in ((82.6, 200), (86.3, 400), (88.7, 800))
    ),
    "lightly": tuple(
        {"value": value, **KNN, "by": "lightly", "at": {"epochs": epochs}}
        for value, epochs in ((84.7, 200), (89.9, 800))
    ),
}


def get_config(whose: str = "demo") -> ConfigDict:
    """A queue of 8 or 16 batches and a quicker teacher, as fits a data set of 50,000."""
    if whose not in ("demo", "lightly"):
        raise ValueError(f"whose={whose!r} is neither demo nor lightly")
    own = {
        "demo": {"projector": (128,), "queue": 4096, "symmetric": False},
        "lightly": {"projector": (512, 128), "queue": 8192, "symmetric": True},
    }[whose]
    config = defaults()
    config.data.name = "tfds:cifar10"
    config.augment = {"recipe": "simclr_cifar", "size": 32}
    # Groups of less than the batch, with keys shuffled between them, as on the paper's eight GPUs.
    config.encoder = {"name": "resnet18", "stem": "cifar", "batch_norm": "ghost:64"}
    config.method = {"name": "moco", "temperature": 0.1, "momentum": 0.99, "initializer": "torch", **own}
    config.optimizer = {
        "name": "sgd", "learning_rate": 0.12 if whose == "lightly" else 0.03, "weight_decay": 5e-4,
        "decays": {"vectors": 1.0}, "warmup": 0.0,
    }  # fmt: skip
    config.batch_size = 512
    config.epochs = 200
    config.precision = "bf16"
    config.evaluate.k = 200
    config.evaluate.temperature = 0.1
    config.paper = {
        "title": "Improved Baselines with Momentum Contrastive Learning",
        "arxiv": "2003.04297",
        "data": "CIFAR-10",
        "reported": REPORTED[whose],
    }
    return config
