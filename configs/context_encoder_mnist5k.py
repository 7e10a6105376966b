"""Context encoder on 5,000 MNIST digits, made for two CPU cores.

Paper     Context Encoders, arXiv:1604.07379 (not a setting of the paper: a small network and small data)
Command   python -m launch.pretrain --config=configs/context_encoder_mnist5k.py --workdir=runs/context_encoder_mnist5k
"""

from ml_collections import ConfigDict

from jssl.config import defaults

WEIGHTS = {"joint": (0.999, 0.001), "l2": (1.0, 0.0), "adversarial": (0.0, 1.0)}


def get_config(loss: str = "joint") -> ConfigDict:
    """The demo's config with one of three losses: "joint", "l2" or "adversarial"."""
    config = defaults()
    config.data.name = "mnist_5k"
    config.augment = {
        "recipe": "digits", "size": 28, "affine": (25.0, 0.1, (0.7, 1.3), 25.0), "crop": (0.6, 1.0),
        "jitter_probability": 0.0, "blur": 0.0,
    }  # fmt: skip
    config.encoder = {"name": "convnet", "width": 16, "depth": 3, "features": 256}
    reconstruction, adversarial = WEIGHTS[loss]
    config.method = {
        "name": "context_encoder", "region": "blocks", "overlap": 2, "width": 16,
        "reconstruction": reconstruction, "adversarial": adversarial,
    }  # fmt: skip
    config.optimizer = {"name": "adamw", "learning_rate": 6e-3, "weight_decay": 1e-4, "warmup_epochs": 3.0, "b1": 0.5}
    if adversarial:
        config.optimizer.rates = {"discriminator": 0.1}
    config.batch_size = 128
    config.epochs = 80
    config.evaluate.every = 20
    return config
