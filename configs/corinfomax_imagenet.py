"""CorInfoMax on ImageNet with ResNet-50, 100 epochs.

Paper     CorInfoMax, arXiv:2209.07999: 69.08 % linear
Command   python -m launch.pretrain --config=configs/corinfomax_imagenet.py --workdir=runs/corinfomax_imagenet
Data      tfds:imagenet2012 (needs the two archives in --config.data.manual_dir and TensorFlow to prepare), or
          --config.data.name=folder:PATH with train/ and val/ sub-folders of one folder per class
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """The paper's setting."""
    config = defaults()
    config.data.name = "tfds:imagenet2012"
    config.data.test = "validation"
    config.data.size = 256
    config.data.route = "stream"
    config.augment = {"recipe": "byol", "size": 224}
    config.encoder = {"name": "resnet50", "stem": "imagenet"}
    config.method = {
        "name": "corinfomax", "projector": (8192, 8192, 512), "invariance": 2000.0, "memory": 0.1, "epsilon": 1e-8,
    }  # fmt: skip
    config.optimizer = {"name": "sgd", "learning_rate": 0.2 / 6, "weight_decay": 1e-4, "warmup": 10.0}  # 0.2 for 1536
    config.batch_size = 1536
    config.epochs = 100
    config.precision = "bf16"
    config.evaluate.k = 200
    config.evaluate.examples = 50_000
    config.checkpoint.every = 5
    config.paper = {
        "title": "Self-Supervised Learning with an Information Maximization Criterion",
        "arxiv": "2209.07999",
        "data": "ImageNet",
        "reported": (
            {"value": 69.08, "protocol": "other", "how": "the authors' linear probe, 100 epochs of pretraining"},
        ),
    }
    return config
