"""A run of seconds: scikit-learn's 8x8 digits, a narrow network, views that compile quickly."""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config() -> ConfigDict:
    config = defaults()
    config.data.name = "digits"
    config.augment = {"recipe": "digits", "size": 8, "jitter": None, "blur": 0.0}
    config.encoder = {"name": "convnet", "width": 4, "depth": 2}
    config.method = {"name": "simclr", "projector": (16, 8), "temperature": 0.5}
    config.optimizer = {"name": "adamw", "learning_rate": 1e-3, "warmup": 1.0}
    config.batch_size = 64
    config.epochs = 4
    config.log_every = 1
    config.evaluate.every = 0
    config.evaluate.draws = 2
    config.checkpoint.every = 1
    return config
