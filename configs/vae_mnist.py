"""VAE on all of MNIST, with two small fully connected layers as encoder.

Paper     Auto-Encoding Variational Bayes, arXiv:1312.6114, whose bound is a figure; the importance-weighted
          autoencoder's paper (arXiv:1509.00519) reports 86.8 nats for it, on binarised digits
Command   python -m launch.pretrain --config=configs/vae_mnist.py --workdir=runs/vae_mnist
Data      tfds:mnist (downloaded by TFDS)
Differs   grey values are taken for probabilities, and the decoder is convolutional
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
    config.encoder = {"name": "perceptron", "widths": (200, 200)}
    config.method = {"name": "vae", "latent": 50, "likelihood": "bernoulli"}
    config.optimizer = {
        "name": "adamw", "learning_rate": 1e-3, "scale_by_batch": False, "weight_decay": 0.0, "warmup": 0.0,
    }  # fmt: skip
    config.batch_size = 100
    config.epochs = 200
    config.paper = {
        "title": "Auto-Encoding Variational Bayes",
        "arxiv": "1312.6114",
        "data": "MNIST",
        "reported": (
            {
                "value": 86.8,
                "unit": "nats",
                "protocol": "other",
                "how": "nats a test picture, by 5,000 importance samples (arXiv:1509.00519)",
            },
        ),
    }
    return config
