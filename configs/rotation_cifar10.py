"""Rotation on CIFAR-10, 200 epochs, with the paper's schedule and ResNet-18 in place of its network in network.

Paper     Rotation, arXiv:1803.07728: 91.16 % with a convolutional classifier on the second of four blocks of a network
          in network, trained on all labels; the linear probe here reads the last layer, which is worse.
Command   python -m launch.pretrain --config=configs/rotation_cifar10.py --workdir=runs/rotation_cifar10
Data      tfds:cifar10 (downloaded by TFDS), or --config.data.name=npz:cifar10.npz
"""

from ml_collections import ConfigDict

from jssl.augment.recipes import CIFAR
from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """SGD with Nesterov's momentum, 0.1 at batch 128, times 0.2 at 60, 120 and 160 epochs."""
    config = defaults()
    config.data.name = "tfds:cifar10"
    # In place of the paper's 32 of 40 padded pixels.
    config.augment = {"recipe": "plain", "size": 32, "crop": (0.6, 1.0), "mean": CIFAR[0], "std": CIFAR[1]}
    config.encoder = {"name": "resnet18", "stem": "cifar"}
    config.method = {"name": "rotation", "head": ()}
    config.optimizer = {
        "name": "sgd", "learning_rate": 0.1, "scale_by_batch": False, "weight_decay": 5e-4, "nesterov": True,
        "decays": {"vectors": 1.0}, "warmup": 0.0, "drops": (60.0, 120.0, 160.0), "drop_factor": 0.2,
    }  # fmt: skip
    config.batch_size = 128
    config.epochs = 200
    config.precision = "bf16"
    config.evaluate.k = 200
    config.evaluate.temperature = 0.1
    config.paper = {
        "title": "Unsupervised Representation Learning by Predicting Image Rotations",
        "arxiv": "1803.07728",
        "data": "CIFAR-10",
        "reported": (
            {
                "value": 91.16,
                "protocol": "other",
                "how": "network in network, convolutional classifier on block 2 of 4",
            },
        ),
    }
    return config
