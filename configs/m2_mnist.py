"""M2 on all of MNIST with 10 labels per class, of fully connected layers.

Paper     Semi-Supervised Learning with Deep Generative Models, arXiv:1406.5298, table 1: 11.97 % error with 100 labels,
          4.94, 3.60 and 3.92 % with 600, 1,000 and 3,000; 3.33 % where M2 is given the features of a VAE (M1)
Command   python -m launch.pretrain --config=configs/m2_mnist.py --workdir=runs/m2_mnist
          with "60 per class", "100 per class" or "300 per class" for --config.labels.which
Data      tfds:mnist (downloaded by TFDS)
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """50 latent variables, 500 units, one labelled digit to 499 without, as in the authors' code."""
    config = defaults()
    config.data.name = "tfds:mnist"
    config.augment = {
        "recipe": "digits", "size": 28, "affine": None, "crop": None, "jitter": None, "blur": 0.0,
        "mean": (0.0,), "std": (1.0,),
    }  # fmt: skip
    config.encoder = {"name": "perceptron", "widths": (500, 500)}
    config.method = {"name": "m2", "latent": 50, "hidden": (500,), "alpha": 0.1, "average": 0.0}
    config.labels.which, config.labels.ratio = "10 per class", 500
    config.optimizer = {
        "name": "adamw", "learning_rate": 3e-4, "final_learning_rate": 3e-4, "scale_by_batch": False,
        "weight_decay": 0.0, "warmup": 0.0,
    }  # fmt: skip
    config.batch_size = 500
    config.epochs = 3000
    config.evaluate.every = 0
    config.checkpoint.every = 100
    config.paper = {
        "title": "Semi-Supervised Learning with Deep Generative Models",
        "arxiv": "1406.5298",
        "data": "MNIST",
        "reported": tuple(
            {"value": value, "unit": "% error", "protocol": "classifier", "at": {"labels.which": f"{count} per class"}}
            for value, count in ((11.97, 10), (4.94, 60), (3.60, 100), (3.92, 300))
        ),
        "differences": (
            "rectifiers and batch norm where theirs have softplus units",
            "the style's network sees the classifier's features, and theirs the pixels",
        ),
    }
    return config
