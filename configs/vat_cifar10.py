"""VAT with entropy minimisation on CIFAR-10: FixMatch's rival, with the same network and steps.

Paper     Virtual Adversarial Training, arXiv:1704.03976, with a network of its own.
          TorchSSL, whose setting this is: 74.66, 41.03 and 10.51 % error with 40, 250 and 4,000 labels
Command   python -m launch.pretrain --config=configs/vat_cifar10.py --workdir=runs/vat_cifar10
          with "4 per class" or "25 per class" for --config.labels.which
Data      tfds:cifar10 (downloaded by TFDS), or --config.data.name=npz:cifar10.npz
"""

from ml_collections import ConfigDict

from configs.mean_teacher_cifar10 import get_config as mean_teacher


def get_config() -> ConfigDict:
    """64 labelled and 64 unlabelled pictures a step, moved and mirrored; TorchSSL's optimiser."""
    config = mean_teacher()
    config.method = {
        "name": "vat", "epsilon": 6.0, "weight": 0.3, "entropy_weight": 0.06, "average": 0.999,
    }  # fmt: skip
    config.paper = {
        "title": "Virtual Adversarial Training: A Regularization Method for Supervised and Semi-Supervised Learning",
        "arxiv": "1704.03976",
        "data": "CIFAR-10",
        "reported": (
            {
                "value": 74.66,
                "unit": "% error",
                "protocol": "classifier",
                "by": "TorchSSL",
                "at": {"labels.which": "4 per class"},
            },
            {
                "value": 41.03,
                "unit": "% error",
                "protocol": "classifier",
                "by": "TorchSSL",
                "at": {"labels.which": "25 per class"},
            },
            {
                "value": 10.51,
                "unit": "% error",
                "protocol": "classifier",
                "by": "TorchSSL",
                "at": {"labels.which": "400 per class"},
            },
        ),
        "differences": (
            "theirs are means over draws of the labels, and a run is one",
            "TorchSSL's adversarial loss rises over the first 40 % of the steps, and has no part in batch statistics",
        ),
    }
    return config
