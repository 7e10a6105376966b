"""Deep autoencoder on all of MNIST, with the paper's widths.

Paper     Hinton and Salakhutdinov, Science 313 (2006): a squared error of 3.00 a test picture with 30 numbers, where
          30 principal components have 13.87
Command   python -m launch.pretrain --config=configs/deep_autoencoder_mnist.py --workdir=runs/deep_autoencoder_mnist
Data      tfds:mnist (downloaded by TFDS)
Differs   Adam in place of momentum and conjugate gradients; as many epochs: 50 for each layer, and 200 for all
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """The paper's setting."""
    config = defaults()
    config.data.name = "tfds:mnist"
    config.augment = {
        "recipe": "digits", "size": 28, "affine": None, "crop": None, "jitter_probability": 0.0, "blur": 0.0,
        "mean": (0.0,), "std": (1.0,),
    }  # fmt: skip
    config.encoder = {"name": "sigmoid_stack", "widths": (1000, 500, 250, 30)}
    config.method = {"name": "deep_autoencoder", "pretrain": "50%"}
    config.optimizer = {
        "name": "adamw", "learning_rate": 1e-3, "scale_by_batch": False, "weight_decay": 0.0, "warmup": 0.0,
    }  # fmt: skip
    config.batch_size = 100
    config.epochs = 400
    config.paper = {
        "title": "Reducing the Dimensionality of Data with Neural Networks",
        "arxiv": "",
        "data": "MNIST",
        "reported": (
            {
                "value": 3.0,
                "unit": "squared error",
                "protocol": "other",
                "how": "squared error of a test picture by 30 numbers",
            },
        ),
    }
    return config
