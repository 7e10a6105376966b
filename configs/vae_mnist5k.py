"""VAE on 5,000 MNIST digits, made for two CPU cores.

Paper     Auto-Encoding Variational Bayes, arXiv:1312.6114 (not a setting of the paper: a small network and small data)
Command   python -m launch.pretrain --config=configs/vae_mnist5k.py --workdir=runs/vae_mnist5k
Cost      40 epochs of 31 steps: about two minutes on two cores that others load too
Expected  95.1 % kNN, 95.1 % linear probe, 83.8 % with 10 labels per class, of the train split's last fifth
          (untrained: 88.1, 87.5, 67.3; raw pixels: 95.1, 91.0, 75.8)
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """The demo's network, and codes of 20 numbers."""
    config = defaults()
    config.data.name = "mnist_5k"
    config.augment = {
        "recipe": "digits", "size": 28, "affine": (15.0, 0.1, (0.9, 1.1), 10.0), "crop": (0.8, 1.0),
        "jitter_probability": 0.0, "blur": 0.0,
    }  # fmt: skip
    config.encoder = {"name": "convnet", "width": 16, "depth": 3, "features": 256}
    config.method = {"name": "vae", "latent": 20, "likelihood": "bernoulli", "width": 16}
    config.optimizer = {"name": "adamw", "learning_rate": 6e-3, "weight_decay": 1e-4, "warmup": "7.5%"}
    config.batch_size = 128
    config.epochs = 40
    config.evaluate.every = 20
    return config
