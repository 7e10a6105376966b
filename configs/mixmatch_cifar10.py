"""MixMatch on CIFAR-10 with WRN-28-2 and 25 labels per class, 2^20 steps.

Paper     MixMatch, arXiv:1905.02249: 11.08 and 6.24 % error with 250 and 4,000 labels. TorchSSL's rerun with SGD:
          36.19, 13.63 and 6.66 % with 40, 250 and 4,000
Command   python -m launch.pretrain --config=configs/mixmatch_cifar10.py --workdir=runs/mixmatch_cifar10
          with "4 per class" or "400 per class" for --config.labels.which
Data      tfds:cifar10 (downloaded by TFDS), or --config.data.name=npz:cifar10.npz
"""

from ml_collections import ConfigDict

from configs.mean_teacher_cifar10 import get_config as mean_teacher


def get_config() -> ConfigDict:
    """The authors' code: 64 labelled and 64 unlabelled pictures a step, two views each, Adam at one rate.

    Its weights lose 0.02 times the rate of themselves in a step; the weight of the guesses rises over 2^20 pictures.
    """
    config = mean_teacher()
    config.method = {
        "name": "mixmatch", "weight": 75.0, "ramp": 1 / 64, "temperature": 0.5, "alpha": 0.75, "average": 0.999,
    }  # fmt: skip
    config.labels.which = "25 per class"
    config.optimizer = {
        "name": "adamw", "learning_rate": 2e-3, "final_learning_rate": 2e-3, "scale_by_batch": False,
        "weight_decay": 0.02, "warmup": 0.0,
    }  # fmt: skip
    config.paper = {
        "title": "MixMatch: A Holistic Approach to Semi-Supervised Learning",
        "arxiv": "1905.02249",
        "data": "CIFAR-10",
        "reported": (
            {"value": 11.08, "unit": "% error", "protocol": "classifier", "at": {"labels.which": "25 per class"}},
            {"value": 6.24, "unit": "% error", "protocol": "classifier", "at": {"labels.which": "400 per class"}},
            *(
                {"value": value, "unit": "% error", "protocol": "other", "how": f"{labels} labels, TorchSSL's rerun"}
                for value, labels in ((36.19, "40"), (13.63, "250"), (6.66, "4,000"))
            ),
        ),
        "differences": (
            "theirs are means over draws of the labels, of the median of the last 20 checkpoints, and a run is one",
            "one pass has the labelled and unlabelled mixtures, and batch norm sees both; theirs are interleaved",
        ),
    }
    return config
