"""Adaptation from plain digits to digits on clouds, without a label of the latter, made for two CPU cores.

Paper     arXiv:1909.11825 (not a setting of the paper: a small network, and a shift like that of MNIST to MNIST-M)
Command   python -m launch.pretrain --config=configs/domain_adaptation_digits.py
          --workdir=runs/domain_adaptation_digits; with --config.method.tasks="()" the source alone
          The paper's choice of a checkpoint, without the target's labels: --config.evaluate.every=4
          --config.checkpoint.every=4 --config.labels.validation=0.1, then launch.evaluate --checkpoint=best
Cost      40 epochs of 31 steps: about 80 CPU seconds
Expected  0.78 of the test split's digits, all of the target domain, and 0.81 of the train split's of it; the source
          alone: 0.20
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """Labels of the plain half alone."""
    config = defaults()
    config.data.name = "shifted_digits"
    config.augment = {"recipe": "digits", "size": 28, "affine": (15.0, 0.1, (0.9, 1.1), 10.0), "crop": None}
    config.encoder = {"name": "convnet", "width": 16, "depth": 3, "features": 256}
    config.method = {"name": "domain_adaptation", "tasks": ("rotation", "flip", "location"), "average": 0.99}
    config.labels.which, config.labels.ratio = "domain=source", 2
    config.optimizer = {"name": "adamw", "learning_rate": 3e-3, "weight_decay": 1e-4, "warmup": "5%"}
    config.batch_size = 128
    config.epochs = 40
    config.evaluate.every = 0
    return config
