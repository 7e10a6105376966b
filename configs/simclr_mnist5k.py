"""SimCLR on 5,000 MNIST digits: the demo, made for two CPU cores.

Paper     SimCLR, arXiv:2002.05709 (not a setting of the paper: a small network and small data)
Command   python -m launch.pretrain --config=configs/simclr_mnist5k.py --workdir=runs/simclr_mnist5k
Cost      80 epochs of 31 steps: about 120 CPU seconds of training; 2 to 3.5 minutes on two cores that others load too
Expected  0.95 with 10 labels per class (raw pixels: 0.75) and 0.98 kNN (0.94), both cross-validated on the train split;
          all numbers here were chosen there, and never on the test split
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """The demo's config."""
    config = defaults()
    config.data.name = "mnist_5k"
    # Degrees, shift, scale, shear: a half more of each does worse.
    config.augment = {"recipe": "digits", "size": 28, "affine": (25.0, 0.1, (0.7, 1.3), 25.0), "crop": (0.6, 1.0)}
    config.encoder = {"name": "convnet", "width": 16, "depth": 3, "features": 256}
    config.method = {"name": "simclr", "projector": (512, 128), "temperature": 0.5}
    config.optimizer = {"name": "adamw", "learning_rate": 6e-3, "weight_decay": 1e-4, "warmup": "3.75%"}
    config.batch_size = 128
    config.epochs = 80
    config.evaluate.every = 20
    return config
