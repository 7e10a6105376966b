"""Colourisation on ImageNet with ResNet-50.

Paper     Colorful Image Colorization, arXiv:1603.08511: with AlexNet 31.5 % top-1, linear probe on its fourth layer;
          with ResNet-50 VISSL reports 40.1 %
Command   python -m launch.pretrain --config=configs/colourisation_imagenet.py --workdir=runs/colourisation_imagenet
Data      tfds:imagenet2012 (needs the two archives in --config.data.manual_dir and TensorFlow to prepare), or
          --config.data.name=folder:PATH with train/ and val/ sub-folders of one folder per class
Differs   the authors' network keeps an eighth of the resolution. Here each of 7x7 places guesses a square of
          8x8. How frequent colours are is counted while training
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """The paper's Adam, with its three rates, for about 450,000 steps of 40 pictures."""
    config = defaults()
    config.data.name = "tfds:imagenet2012"
    config.data.test = "validation"
    config.data.size = 256
    config.data.route = "stream"
    config.augment = {"recipe": "plain", "size": 224, "crop": (0.7656, 0.7656), "ratio": (1.0, 1.0)}
    config.encoder = {"name": "resnet50", "stem": "imagenet"}
    config.method = {"name": "colourisation", "reduction": 4, "uniform": 0.5, "hidden": 512}
    config.optimizer = {
        "name": "adamw", "learning_rate": 3e-5, "scale_by_batch": False, "weight_decay": 1e-3, "b1": 0.9, "b2": 0.99,
        "warmup": 0.0, "drops": ("200000 steps", "375000 steps"), "drop_factor": 0.32,
    }  # fmt: skip
    config.batch_size = 40
    config.epochs = "450000 steps"
    config.precision = "bf16"
    config.evaluate.k = 200
    config.evaluate.examples = 50_000
    config.paper = {
        "title": "Colorful Image Colorization",
        "arxiv": "1603.08511",
        "data": "ImageNet",
        "reported": (
            {"value": 31.5, "protocol": "other", "how": "linear probe on conv4 of AlexNet"},
            {"value": 40.11, "protocol": "other", "by": "VISSL", "how": "VISSL's linear probe of ResNet-50"},
        ),
    }
    return config
