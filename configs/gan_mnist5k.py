"""GAN features on 5,000 MNIST digits, made for two CPU cores.

Paper     DCGAN, arXiv:1511.06434 (not a setting of the paper: a small network and small data)
Command   python -m launch.pretrain --config=configs/gan_mnist5k.py --workdir=runs/gan_mnist5k
@@
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """DCGAN's optimiser, and a discriminator of three layers."""
    config = defaults()
    config.data.name = "mnist_5k"
    config.augment = {
        "recipe": "digits", "size": 28, "affine": (15.0, 0.1, (0.9, 1.1), 10.0), "crop": (0.8, 1.0),
        "jitter_probability": 0.0, "blur": 0.0, "mean": (0.5,), "std": (0.5,),
    }  # fmt: skip
    config.encoder = {"name": "dcgan", "width": 16, "depth": 3}
    config.method = {"name": "gan", "latent": 50, "width": 16}
    config.optimizer = {
        "name": "adamw", "learning_rate": 5e-4, "scale_by_batch": False, "weight_decay": 0.0, "b1": 0.5, "warmup": 0.0,
    }  # fmt: skip
    config.batch_size = 128
    config.epochs = 40
    config.evaluate.every = 20
    return config
