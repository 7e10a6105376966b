"""Mixed Barlow Twins on ImageNet with ResNet-50, 300 epochs.

Paper     Mixed Barlow Twins, arXiv:2312.02151: 72.2 % linear
Command   python -m launch.pretrain --config=configs/mixed_barlow_twins_imagenet.py --workdir=runs/mixed_imagenet
Data      tfds:imagenet2012 (needs the two archives in --config.data.manual_dir and TensorFlow to prepare), or
          --config.data.name=folder:PATH with train/ and val/ sub-folders of one folder per class
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """The paper's setting, whose code for ImageNet halves the mixtures' weight of 1 and lets it rise for 10 epochs."""
    config = defaults()
    config.data.name = "tfds:imagenet2012"
    config.data.test = "validation"
    config.data.size = 256
    config.data.route = "stream"
    config.augment = {"recipe": "byol", "size": 224}
    config.encoder = {"name": "resnet50", "stem": "imagenet"}
    config.method = {
        "name": "mixed_barlow_twins", "projector": (8192, 8192, 8192), "redundancy": 0.0051, "mixing": 0.5,
        "ramp": 10.0,
    }  # fmt: skip
    config.optimizer.learning_rate = 0.2
    config.optimizer.weight_decay = 1e-6
    config.batch_size = 1024
    config.epochs = 300
    config.precision = "bf16"
    config.evaluate.k = 200
    config.evaluate.examples = 50_000
    config.checkpoint.every = 5
    config.paper = {
        "title": "Guarding Barlow Twins Against Overfitting with Mixed Samples",
        "arxiv": "2312.02151",
        "data": "ImageNet",
        "reported": ({"value": 72.2, "protocol": "linear_sgd", "like": "barlow_twins"},),
    }
    return config
