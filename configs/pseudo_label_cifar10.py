"""Pseudo-Label on CIFAR-10: FixMatch's rival, with the same network and steps.

Paper     Pseudo-Label, Lee, ICML-W 2013, which has no CIFAR-10.
          TorchSSL, whose setting this is: 74.61, 46.49 and 15.08 % error with 40, 250 and 4,000 labels
Command   python -m launch.pretrain --config=configs/pseudo_label_cifar10.py --workdir=runs/pseudo_label_cifar10
          with "4 per class" or "25 per class" for --config.labels.which
Data      tfds:cifar10 (downloaded by TFDS), or --config.data.name=npz:cifar10.npz
"""

from ml_collections import ConfigDict

from configs.mean_teacher_cifar10 import get_config as mean_teacher


def get_config() -> ConfigDict:
    """64 labelled and 64 unlabelled pictures a step, moved and mirrored; TorchSSL's optimiser."""
    config = mean_teacher()
    config.method = {
        "name": "pseudo_label", "weight": 1.0, "ramp": (0.0, 0.4), "threshold": 0.95, "average": 0.999,
    }  # fmt: skip
    config.paper = {
        "title": "Pseudo-Label: The Simple and Efficient Semi-Supervised Learning Method for Deep Neural Networks",
        "arxiv": "",
        "data": "CIFAR-10",
        "reported": (
            {
                "value": 74.61,
                "unit": "% error",
                "protocol": "classifier",
                "by": "TorchSSL",
                "at": {"labels.which": "4 per class"},
            },
            {
                "value": 46.49,
                "unit": "% error",
                "protocol": "classifier",
                "by": "TorchSSL",
                "at": {"labels.which": "25 per class"},
            },
            {
                "value": 15.08,
                "unit": "% error",
                "protocol": "classifier",
                "by": "TorchSSL",
                "at": {"labels.which": "400 per class"},
            },
        ),
        "differences": (
            "theirs are means over draws of the labels, and a run is one",
            "USB's rerun (arXiv:2208.07204) has 76.3, 48.3 and 14.9 % error",
        ),
    }
    return config
