"""Noisy Student on 5,000 MNIST digits with 10 labels per class: two rounds on two CPU cores.

Paper     Noisy Student, arXiv:1911.04252 (not a setting of the paper: a small network and small data)
Command   python -m launch.selftrain --config=configs/noisy_student_mnist5k.py --workdir=runs/noisy_student_mnist5k
Cost      1,240 steps of the teacher and 920 of each student: about 40, 60 and 100 CPU seconds
Expected  noise was chosen by how many of the pool's 3,900 digits without a label are taken rightly: a first teacher
          (of half the steps) 0.908, its student 0.965, the wider one of round 2 0.966. Stronger noise, random crops
          too, gives 0.946 in round 1; and no more than the teacher's with an average of 0.999, too slow for so few
          steps. One seed.
"""

from typing import Any

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """A teacher on 100 labels; students on these and on 300 pseudo-labels of each class."""
    config = defaults()
    config.data.name = "mnist_5k"
    config.augment = {"recipe": "digits", "size": 28, "affine": (15.0, 0.1, (0.9, 1.1), 10.0), "crop": None}
    config.encoder = {"name": "convnet", "width": 16, "depth": 3, "features": 256}
    config.method = {"name": "supervised", "average": 0.99}
    config.labels.which = "10 per class"
    config.optimizer = {"name": "adamw", "learning_rate": 3e-3, "weight_decay": 1e-4, "warmup": 2.0}
    config.batch_size = 128
    config.epochs = 40
    config.evaluate.every = 0
    config.rounds = {"round_1": student(), "round_2": {**student(), "encoder": {"width": 24}}}
    config.teacher = ""  # folder of a finished run that takes the first teacher's place
    return config


def student() -> dict[str, Any]:
    """One round: which pseudo-labels, and what its student changes of the config above."""
    noise = {"affine": (25.0, 0.1, (0.8, 1.2), 15.0)}
    return {
        "threshold": 0.8, "per_class": 300, "ratio": 2, "soft": True, "epochs": 40, "augment": noise,
        "method": {"average": 0.99},
    }  # fmt: skip
