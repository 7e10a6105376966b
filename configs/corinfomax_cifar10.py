"""CorInfoMax on CIFAR-10 with ResNet-18, 1000 epochs.

Paper     CorInfoMax, arXiv:2209.07999: 93.18 % linear
Command   python -m launch.pretrain --config=configs/corinfomax_cifar10.py --workdir=runs/corinfomax_cifar10
Data      tfds:cifar10 (downloaded by TFDS), or --config.data.name=npz:cifar10.npz
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """The paper's setting; where its code computes the determinants in float64, ours has float32."""
    config = defaults()
    config.data.name = "tfds:cifar10"
    config.augment = {"recipe": "simclr_cifar", "size": 32, "jitter": (0.4, 0.4, 0.4, 0.1)}
    config.encoder = {"name": "resnet18", "stem": "cifar"}
    config.method = {
        "name": "corinfomax", "projector": (2048, 2048, 64), "invariance": 250.0, "memory": 0.01, "epsilon": 1e-8,
    }  # fmt: skip
    config.optimizer = {"name": "sgd", "learning_rate": 0.25, "weight_decay": 1e-4, "warmup": 10.0}  # 0.5 for 512
    config.batch_size = 512
    config.epochs = 1000
    config.precision = "bf16"
    config.paper = {
        "title": "Self-Supervised Learning with an Information Maximization Criterion",
        "arxiv": "2209.07999",
        "data": "CIFAR-10",
        "reported": ({"value": 93.18, "protocol": "other", "how": "the authors' linear probe on features"},),
    }
    return config
