"""VAT on 5,000 MNIST digits with 10 labels per class, made for two CPU cores.

Paper     Virtual Adversarial Training, arXiv:1704.03976 (not a setting of the paper: a small network and small data)
Command   python -m launch.pretrain --config=configs/vat_mnist5k.py --workdir=runs/vat_mnist5k
Cost      40 epochs of 31 steps: about 90 CPU seconds
Expected  0.973 of the train split's other 3,900 digits, as in supervised_mnist5k.py (0.947)
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """Digits that move where it changes their class most."""
    config = defaults()
    config.data.name = "mnist_5k"
    config.augment = {"recipe": "digits", "size": 28, "affine": (15.0, 0.1, (0.9, 1.1), 10.0), "crop": None}
    config.encoder = {"name": "convnet", "width": 16, "depth": 3, "features": 256}
    config.method = {"name": "vat", "epsilon": 6.0, "entropy_weight": 0.3, "average": 0.99}
    config.labels.which, config.labels.ratio = "10 per class", 2
    config.optimizer = {"name": "adamw", "learning_rate": 3e-3, "weight_decay": 1e-4, "warmup": "5%"}
    config.batch_size = 128
    config.epochs = 40
    config.evaluate.every = 0
    return config
