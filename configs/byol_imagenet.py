"""BYOL on ImageNet with ResNet-50, 1000 epochs; `:300` and `:100` for shorter runs.

Paper     BYOL, arXiv:2006.07733: 74.3 % linear after 1000 epochs.
Command   python -m launch.pretrain --config=configs/byol_imagenet.py --workdir=runs/byol_imagenet
          python -m launch.pretrain --config=configs/byol_imagenet.py:300 --workdir=runs/byol_imagenet_300
Data      tfds:imagenet2012 (needs the two archives in --config.data.manual_dir and TensorFlow to prepare), or
          --config.data.name=folder:PATH with train/ and val/ sub-folders of one folder per class
"""

from ml_collections import ConfigDict

from jssl.run.imagenet import imagenet

# Learning rate for 256 pictures, weight decay and the teacher's first momentum, by the authors' code.
PRESETS = {1000: (0.2, 1.5e-6, 0.996), 300: (0.3, 1e-6, 0.99), 100: (0.45, 1e-6, 0.99)}


def get_config(epochs: str = "1000") -> ConfigDict:
    """The paper's settings."""
    if int(epochs) not in PRESETS:
        raise ValueError(f"epochs {epochs!r} is none of {sorted(PRESETS)}")
    config = imagenet()
    config.augment = {"recipe": "byol", "size": 224}
    config.encoder = {"name": "resnet50", "stem": "imagenet"}
    config.epochs = int(epochs)
    rate, decay, momentum = PRESETS[config.epochs]
    config.method = {"name": "byol", "projector": (4096, 256), "predictor": (4096, 256), "momentum": momentum}
    config.optimizer.learning_rate = rate
    config.optimizer.weight_decay = decay
    config.batch_size = 4096
    config.precision = "bf16"
    config.evaluate.k = 200
    config.evaluate.examples = 50_000
    config.checkpoint.every = 5
    config.paper = {
        "title": "Bootstrap Your Own Latent",
        "arxiv": "2006.07733",
        "data": "ImageNet",
        "reported": ({"value": 74.3, "protocol": "linear_sgd", "like": "byol", "at": {"epochs": 1000}},),
        "differences": ("the paper chooses the probe's rate of five by held-out pictures; 0.2 is its code's",),
    }
    return config
