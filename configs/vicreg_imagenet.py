"""VICReg on ImageNet with ResNet-50, 1000 epochs.

Paper     VICReg, arXiv:2105.04906: 73.2 % linear.
Command   python -m launch.pretrain --config=configs/vicreg_imagenet.py --workdir=runs/vicreg_imagenet
Data      tfds:imagenet2012 (needs the two archives in --config.data.manual_dir and TensorFlow to prepare), or
          --config.data.name=folder:PATH with train/ and val/ sub-folders of one folder per class
"""

from ml_collections import ConfigDict

from jssl.run.imagenet import imagenet


def get_config() -> ConfigDict:
    """The paper's settings."""
    config = imagenet()
    config.augment = {"recipe": "byol", "size": 224}
    config.encoder = {"name": "resnet50", "stem": "imagenet", "zero_init_residual": True}
    config.method = {
        "name": "vicreg", "expander": (8192, 8192, 8192), "invariance": 25.0, "variance": 25.0, "covariance": 1.0,
        "initializer": "torch",
    }  # fmt: skip
    config.optimizer = {
        "name": "lars", "learning_rate": 0.2, "final_learning_rate": 1.6e-3, "weight_decay": 1e-6,
        "warmup": 10.0,
    }  # fmt: skip
    config.batch_size = 2048
    config.epochs = 1000
    config.precision = "bf16"
    config.evaluate.k = 200
    config.evaluate.examples = 50_000
    config.checkpoint.every = 5
    config.paper = {
        "title": "VICReg: Variance-Invariance-Covariance Regularization for Self-Supervised Learning",
        "arxiv": "2105.04906",
        "data": "ImageNet",
        "reported": ({"value": 73.2, "protocol": "linear_sgd", "like": "vicreg"},),
    }
    return config
