"""Mean Teacher on CIFAR-10 with WRN-28-2 and 400 labels per class: FixMatch's rival, with the same network and steps.

Paper     Mean Teacher, arXiv:1703.01780: 6.28 % error with 4,000 labels and a shake-shake ResNet-26. TorchSSL, whose
          setting this is, with WRN-28-2: 70.09, 37.46 and 8.10 % with 40, 250 and 4,000 labels
Command   python -m launch.pretrain --config=configs/mean_teacher_cifar10.py --workdir=runs/mean_teacher_cifar10
          with "4 per class" or "25 per class" for --config.labels.which
Data      tfds:cifar10 (downloaded by TFDS), or --config.data.name=npz:cifar10.npz
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """64 labelled and 64 unlabelled pictures a step, each moved and mirrored twice."""
    config = defaults()
    config.data.name = "tfds:cifar10"
    config.augment = {"recipe": "fixmatch", "size": 32, "rand_augment": None, "cutout": 0.0}
    config.encoder = {"name": "wide_resnet", "depth": 28, "width": 2}
    # TorchSSL's weight rises in a straight line, and is not on the labelled pictures.
    config.method = {"name": "mean_teacher", "weight": 50.0, "ramp": 0.4, "average": 0.999}
    config.labels.which, config.labels.ratio = "400 per class", 1
    config.optimizer = {
        "name": "sgd", "learning_rate": 0.03, "scale_by_batch": False, "momentum": 0.9, "nesterov": True,
        "weight_decay": 5e-4, "arc": 7 / 16,
    }  # fmt: skip
    config.batch_size = 64
    config.epochs = 1343  # of 781 steps: 2^20, and 307 more
    config.precision = "bf16"
    config.evaluate.every = 0
    config.checkpoint.every = 20
    config.paper = {
        "title": "Mean teachers are better role models: Weight-averaged consistency targets improve semi-supervised"
        " deep learning results",
        "arxiv": "1703.01780",
        "data": "CIFAR-10",
        "reported": (
            {
                "value": 70.09,
                "unit": "% error",
                "protocol": "classifier",
                "by": "TorchSSL",
                "at": {"labels.which": "4 per class"},
            },
            {
                "value": 37.46,
                "unit": "% error",
                "protocol": "classifier",
                "by": "TorchSSL",
                "at": {"labels.which": "25 per class"},
            },
            {
                "value": 8.10,
                "unit": "% error",
                "protocol": "classifier",
                "by": "TorchSSL",
                "at": {"labels.which": "400 per class"},
            },
            {"value": 6.28, "unit": "% error", "protocol": "other", "how": "4,000 labels, a shake-shake ResNet-26"},
        ),
        "differences": (
            "theirs are means over draws of the labels, and a run is one",
            "evaluated with the student's batch statistics, and TorchSSL's with the teacher's own",
        ),
    }
    return config
