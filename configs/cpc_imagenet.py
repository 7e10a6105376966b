"""CPC v2 on ImageNet with ResNet-50, 200 epochs.

Paper     CPC v2, arXiv:1905.09272: 63.8 % linear, on the mean of the patches' features, which are this encoder's too.
          Its patches are distorted by other operations.
Command   python -m launch.pretrain --config=configs/cpc_imagenet.py --workdir=runs/cpc_imagenet
Data      tfds:imagenet2012 (needs the two archives in --config.data.manual_dir and TensorFlow to prepare), or
          --config.data.name=folder:PATH with train/ and val/ sub-folders of one folder per class
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """Patches of 64 pixels that overlap by half, in four directions."""
    config = defaults()
    config.data.name = "tfds:imagenet2012"
    config.data.test = "validation"
    config.data.size = 292
    config.data.route = "stream"
    config.augment = {"recipe": "simclr", "size": 256}
    config.encoder = {
        "name": "per_patch", "patch": 64, "stride": 32,
        "each": {"name": "resnet50", "stem": "imagenet", "batch_norm": "layer"},
    }  # fmt: skip
    config.method = {
        "name": "cpc", "nearest": 2, "furthest": 5, "context": 2048, "depth": 5, "directions": 4, "apart": True,
    }  # fmt: skip
    config.optimizer = {"name": "adamw", "learning_rate": 2e-4, "weight_decay": 1e-5, "warmup": 5.0}
    config.batch_size = 256
    config.epochs = 200
    config.precision = "bf16"
    config.evaluate.examples = 50_000
    config.paper = {
        "title": "Data-Efficient Image Recognition with Contrastive Predictive Coding",
        "arxiv": "1905.09272",
        "data": "ImageNet",
        "reported": ({"value": 63.8, "protocol": "other", "how": "linear probe on the mean of patch features"},),
    }
    return config
