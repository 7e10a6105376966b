"""Denoising autoencoder on 5,000 MNIST digits, made for two CPU cores.

Paper     Vincent et al., ICML 2008 (not a setting of the paper: a small network and small data)
Command   python -m launch.pretrain --config=configs/denoising_autoencoder_mnist5k.py --workdir=runs/denoising_mnist5k
Cost      40 epochs of 31 steps: about a minute on two cores that others load too
Expected  95.4 % kNN, 93.9 % linear probe, 79.2 % with 10 labels per class, of the train split's last fifth
          (untrained: 88.5, 86.9, 65.4; raw pixels: 95.1, 91.0, 75.8)
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """The demo's network; a half of the pixels is black."""
    config = defaults()
    config.data.name = "mnist_5k"
    config.augment = {
        "recipe": "digits", "size": 28, "affine": (15.0, 0.1, (0.9, 1.1), 10.0), "crop": (0.8, 1.0),
        "jitter_probability": 0.0, "blur": 0.0,
    }  # fmt: skip
    config.encoder = {"name": "convnet", "width": 16, "depth": 3, "features": 256}
    config.method = {"name": "denoising_autoencoder", "corruption": "mask", "amount": 0.5, "width": 16}
    config.optimizer = {"name": "adamw", "learning_rate": 6e-3, "weight_decay": 1e-4, "warmup": "7.5%"}
    config.batch_size = 128
    config.epochs = 40
    config.evaluate.every = 20
    return config
