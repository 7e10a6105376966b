"""Deep autoencoder on 5,000 MNIST digits, made for two CPU cores.

Paper     Hinton and Salakhutdinov, Science 2006 (not a setting of the paper: small data)
Command   python -m launch.pretrain --config=configs/deep_autoencoder_mnist5k.py --workdir=runs/deep_autoencoder_mnist5k
@@
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """The paper's widths; a share of the run for each of its layers, then the other half for all."""
    config = defaults()
    config.data.name = "mnist_5k"
    config.augment = {
        "recipe": "digits", "size": 28, "affine": None, "crop": None, "jitter_probability": 0.0, "blur": 0.0,
        "mean": (0.0,), "std": (1.0,),
    }  # fmt: skip
    config.encoder = {"name": "sigmoid_stack", "widths": (1000, 500, 250, 30)}
    config.method = {"name": "deep_autoencoder", "pretrain": "40%"}
    config.optimizer = {"name": "adamw", "learning_rate": 2e-3, "weight_decay": 1e-5, "warmup": 0.0}
    config.batch_size = 128
    config.epochs = 100
    config.evaluate.every = 20
    return config
