"""GAN features on 5,000 MNIST digits, made for two CPU cores.

Paper     DCGAN, arXiv:1511.06434 (not a setting of the paper: a small network and small data)
Command   python -m launch.pretrain --config=configs/gan_mnist5k.py --workdir=runs/gan_mnist5k
Cost      40 epochs of 31 steps: about two minutes on two cores
Expected  91.4 % kNN, 95.6 % linear probe, 77.3 % with 10 labels per class, of the train split's last fifth, seed 0
          (untrained: 90.9, 94.5, 79.5; raw pixels: 95.1, 91.0, 75.8): hardly more than its untrained encoder
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """DCGAN's optimiser, a discriminator of three layers, and a generator that learns four times as fast."""
    config = defaults()
    config.data.name = "mnist_5k"
    config.augment = {
        "recipe": "digits", "size": 28, "affine": (15.0, 0.1, (0.9, 1.1), 10.0), "crop": (0.8, 1.0),
        "jitter_probability": 0.0, "blur": 0.0, "mean": (0.5,), "std": (0.5,),
    }  # fmt: skip
    config.encoder = {"name": "dcgan", "width": 16, "depth": 3}
    config.method = {"name": "gan", "latent": 50, "width": 16}
    config.optimizer = {
        "name": "adamw", "learning_rate": 1e-3, "scale_by_batch": False, "weight_decay": 0.0, "b1": 0.5, "warmup": 0.0,
        "rates": {"encoder": 0.25, "head": 0.25},
    }  # fmt: skip
    config.batch_size = 128
    config.epochs = 40
    config.evaluate.every = 20
    return config
