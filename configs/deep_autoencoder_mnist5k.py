"""Deep autoencoder on 5,000 MNIST digits, made for two CPU cores.

Paper     Hinton and Salakhutdinov, Science 2006 (not a setting of the paper: small data)
Command   python -m launch.pretrain --config=configs/deep_autoencoder_mnist5k.py --workdir=runs/deep_autoencoder_mnist5k
Cost      100 epochs of 31 steps: about two minutes on two cores that others load too
Expected  95.4 % kNN and 75.9 % with 10 labels per class, by 30 numbers, of the train split's last fifth (untrained:
          77.2 and 53.9; 784 raw pixels: 95.1 and 75.8). Without pretraining 89.5 and 74.7
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
