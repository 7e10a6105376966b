"""Super-resolution on 5,000 MNIST digits, made for two CPU cores.

Paper     SRGAN, arXiv:1609.04802 (not a setting of the paper: small data)
Command   python -m launch.pretrain --config=configs/super_resolution_mnist5k.py --workdir=runs/super_resolution_mnist5k
Cost      80 epochs of 31 steps: about two minutes on two cores that others load too
Expected  94.2 % kNN, 95.0 % linear probe, 80.5 % with 10 labels per class, of the train split's last fifth
          (untrained: 86.6, 92.1, 70.6; raw pixels of 28 x 28: 95.1, 91.0, 75.8)
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """The demo's network; pictures of 7 pixels become those of 28."""
    config = defaults()
    config.data.name = "mnist_5k"
    config.augment = {
        "recipe": "digits", "size": 28, "affine": (15.0, 0.1, (0.9, 1.1), 10.0), "crop": (0.8, 1.0),
        "jitter_probability": 0.0, "blur": 0.0,
    }  # fmt: skip
    config.encoder = {"name": "convnet", "width": 16, "depth": 3, "features": 256}
    config.method = {"name": "super_resolution", "factor": 4, "hidden": 64, "width": 16}
    config.optimizer = {"name": "adamw", "learning_rate": 6e-3, "weight_decay": 1e-4, "warmup": "7.5%"}
    config.batch_size = 128
    config.epochs = 80
    config.evaluate.every = 20
    return config
