"""Barlow Twins on ImageNet with ResNet-50, 1000 epochs.

Paper     Barlow Twins, arXiv:2103.03230: 73.2 % linear.
Command   python -m launch.pretrain --config=configs/barlow_twins_imagenet.py --workdir=runs/barlow_twins_imagenet
Data      tfds:imagenet2012 (needs the two archives in --config.data.manual_dir and TensorFlow to prepare), or
          --config.data.name=folder:PATH with train/ and val/ sub-folders of one folder per class
"""

from ml_collections import ConfigDict

from jssl.run.imagenet import imagenet


def get_config() -> ConfigDict:
    """The paper's settings, and the rates of the authors' code: 0.2 for kernels, 0.0048 for biases and norms."""
    config = imagenet()
    config.augment = {"recipe": "byol", "size": 224}
    config.encoder = {"name": "resnet50", "stem": "imagenet", "zero_init_residual": True}
    config.method = {
        "name": "barlow_twins", "projector": (8192, 8192, 8192), "redundancy": 0.0051, "initializer": "torch",
    }  # fmt: skip
    config.optimizer = {
        "name": "lars", "learning_rate": 0.2, "final_learning_rate": 1.6e-3, "weight_decay": 1e-6,
        "warmup": 10.0, "rates": {"vectors": 0.024},
    }  # fmt: skip
    config.batch_size = 2048
    config.epochs = 1000
    config.precision = "bf16"
    config.evaluate.k = 200
    config.evaluate.examples = 50_000
    config.checkpoint.every = 5
    config.paper = {
        "title": "Barlow Twins: Self-Supervised Learning via Redundancy Reduction",
        "arxiv": "2103.03230",
        "data": "ImageNet",
        "reported": ({"value": 73.2, "protocol": "linear_sgd", "like": "barlow_twins"},),
    }
    return config
