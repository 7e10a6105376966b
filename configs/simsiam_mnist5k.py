"""SimSiam on 5,000 MNIST digits: made for two CPU cores, to be compared with configs/simclr_mnist5k.py.

Paper     SimSiam, arXiv:2011.10566 (not a setting of the paper: a small network and small data)
Command   python -m launch.pretrain --config=configs/simsiam_mnist5k.py --workdir=runs/simsiam_mnist5k
Cost      64 epochs of 31 steps: 1.02 times the FLOPs of that demo's training
Expected  0.97 kNN on the held-out fifth of the train split, where its numbers were chosen
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """Narrow heads for a small encoder, and AdamW: by SGD, as in the paper, so short a run learns little."""
    config = defaults()
    config.data.name = "mnist_5k"
    config.augment = {"recipe": "digits", "size": 28, "affine": (25.0, 0.1, (0.7, 1.3), 25.0), "crop": (0.6, 1.0)}
    config.encoder = {"name": "convnet", "width": 16, "depth": 3, "features": 256}
    config.method = {"name": "simsiam", "projector": (512, 512), "predictor": (128, 512)}
    config.optimizer = {
        "name": "adamw", "learning_rate": 1e-2, "weight_decay": 1e-4, "warmup": 3.0, "constant": ("predictor",),
    }  # fmt: skip
    config.batch_size = 128
    config.epochs = 64
    config.evaluate.every = 20
    return config
