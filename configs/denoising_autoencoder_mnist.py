"""Denoising autoencoder on all of MNIST.

Paper     Vincent et al., ICML 2008 and JMLR 2010: 1.28 % error with three stacked layers, fine-tuned
Command   python -m launch.pretrain --config=configs/denoising_autoencoder_mnist.py --workdir=runs/denoising_mnist
Data      tfds:mnist (downloaded by TFDS)
Differs   the layers are trained together and not stacked one by one, and the decoder is convolutional
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
    config.encoder = {"name": "perceptron", "widths": (1000, 1000, 1000)}
    config.method = {"name": "denoising_autoencoder", "corruption": "mask", "amount": 0.25}
    config.optimizer = {
        "name": "adamw", "learning_rate": 1e-3, "scale_by_batch": False, "weight_decay": 0.0, "warmup": 0.0,
    }  # fmt: skip
    config.batch_size = 100
    config.epochs = 200
    config.paper = {
        "title": "Stacked Denoising Autoencoders",
        "arxiv": "",
        "data": "MNIST",
        "reported": (
            {"value": 1.28, "unit": "% error", "protocol": "other", "how": "three stacked layers, fine-tuned"},
        ),
    }
    return config
