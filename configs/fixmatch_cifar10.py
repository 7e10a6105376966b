"""FixMatch on CIFAR-10 with WRN-28-2 and 4 labels per class, 2^20 steps.

Paper     FixMatch, arXiv:2001.07685, table 2, with RandAugment: 13.81, 5.07 and 4.26 % error with 40, 250 and 4,000
          labels. USB (arXiv:2208.07204), same network: 8.33, 4.97 and 4.29 %. Both are means over draws of the labels
Command   python -m launch.pretrain --config=configs/fixmatch_cifar10.py --workdir=runs/fixmatch_cifar10
          with "25 per class" or "400 per class" for --config.labels.which, and 0, 1, 2 ... for --config.labels.seed
Data      tfds:cifar10 (downloaded by TFDS), or --config.data.name=npz:cifar10.npz
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """The paper's setting: 64 labelled and 448 unlabelled pictures a step."""
    config = defaults()
    config.data.name = "tfds:cifar10"
    config.augment = {"recipe": "fixmatch", "size": 32}
    config.encoder = {"name": "wide_resnet", "depth": 28, "width": 2}
    config.method = {"name": "fixmatch", "threshold": 0.95, "weight": 1.0, "average": 0.999}
    config.labels.which, config.labels.ratio = "4 per class", 7
    config.optimizer = {
        "name": "sgd", "learning_rate": 0.03, "scale_by_batch": False, "momentum": 0.9, "nesterov": True,
        "weight_decay": 5e-4, "arc": 7 / 16,
    }  # fmt: skip
    config.batch_size = 448
    config.epochs = 9447  # of 111 steps: 2^20, and 41 more
    config.precision = "bf16"
    config.evaluate.every = 0
    config.checkpoint.every = 100
    config.paper = {
        "title": "FixMatch: Simplifying Semi-Supervised Learning with Consistency and Confidence",
        "arxiv": "2001.07685",
        "data": "CIFAR-10",
        "reported": (
            {"value": 13.81, "unit": "% error", "protocol": "classifier", "at": {"labels.which": "4 per class"}},
            {"value": 5.07, "unit": "% error", "protocol": "classifier", "at": {"labels.which": "25 per class"}},
            {"value": 4.26, "unit": "% error", "protocol": "classifier", "at": {"labels.which": "400 per class"}},
            {
                "value": 8.33,
                "unit": "% error",
                "protocol": "classifier",
                "by": "USB (arXiv:2208.07204)",
                "at": {"labels.which": "4 per class"},
            },
            {
                "value": 4.97,
                "unit": "% error",
                "protocol": "classifier",
                "by": "USB (arXiv:2208.07204)",
                "at": {"labels.which": "25 per class"},
            },
            {
                "value": 4.29,
                "unit": "% error",
                "protocol": "classifier",
                "by": "USB (arXiv:2208.07204)",
                "at": {"labels.which": "400 per class"},
            },
        ),
        "differences": ("theirs are means over draws of the labels, and a run is one",),
    }
    return config
