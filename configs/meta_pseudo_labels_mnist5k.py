"""Meta Pseudo Labels on 5,000 MNIST digits with 10 labels per class, made for two CPU cores.

Paper     arXiv:2003.10580 (not a setting of the paper: a small network and small data)
Command   python -m launch.pretrain --config=configs/meta_pseudo_labels_mnist5k.py
          --workdir=runs/meta_pseudo_labels_mnist5k
Cost      40 epochs of 31 steps: about 95 CPU seconds
Expected  0.971 of the train split's other 3,900 digits, as in supervised_mnist5k.py (0.947), by the student, which is
          not fine-tuned on the labels
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """Digits a little turned and shifted, and distorted by RandAugment and Cutout."""
    config = defaults()
    config.data.name = "mnist_5k"
    config.augment = {"recipe": "fixmatch_digits", "size": 28}
    config.encoder = {"name": "convnet", "width": 16, "depth": 3, "features": 256}
    config.method = {"name": "meta_pseudo_labels", "weight": 1.0, "average": 0.99}
    config.labels.which, config.labels.ratio = "10 per class", 4
    config.optimizer = {"name": "adamw", "learning_rate": 3e-3, "weight_decay": 1e-4, "warmup": "5%"}
    config.batch_size = 128
    config.epochs = 40
    config.evaluate.every = 0
    return config
