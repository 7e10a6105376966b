"""SimSiam on ImageNet with ResNet-50, 100 epochs; `:200`, `:400` and `:800` for longer runs.

Paper     SimSiam, arXiv:2011.10566: 68.1 % linear after 100 epochs, 71.3 % after 800.
Command   python -m launch.pretrain --config=configs/simsiam_imagenet.py --workdir=runs/simsiam_imagenet
Data      tfds:imagenet2012 (needs the two archives in --config.data.manual_dir and TensorFlow to prepare), or
          --config.data.name=folder:PATH with train/ and val/ sub-folders of one folder per class
"""

from ml_collections import ConfigDict

from jssl.run.imagenet import imagenet


def get_config(epochs: str = "100") -> ConfigDict:
    """The paper's settings."""
    config = imagenet()
    config.augment = {"recipe": "moco_v2", "size": 224}
    config.encoder = {"name": "resnet50", "stem": "imagenet", "zero_init_residual": True}
    config.method = {
        "name": "simsiam", "projector": (2048, 2048, 2048), "predictor": (512, 2048), "initializer": "torch",
    }  # fmt: skip
    config.optimizer = {
        "name": "sgd", "learning_rate": 0.05, "weight_decay": 1e-4, "decays": {"vectors": 1.0}, "warmup": 0.0,
        "constant": ("predictor",),
    }  # fmt: skip
    config.batch_size = 512
    config.epochs = int(epochs)
    config.precision = "bf16"
    config.evaluate.k = 200
    config.evaluate.examples = 50_000
    config.checkpoint.every = 5
    config.paper = {
        "title": "Exploring Simple Siamese Representation Learning",
        "arxiv": "2011.10566",
        "data": "ImageNet",
        "reported": (
            {"value": 68.1, "protocol": "linear_sgd", "like": "simsiam", "at": {"epochs": 100}},
            {"value": 70.0, "protocol": "linear_sgd", "like": "simsiam", "at": {"epochs": 200}},
            {"value": 70.8, "protocol": "linear_sgd", "like": "simsiam", "at": {"epochs": 400}},
            {"value": 71.3, "protocol": "linear_sgd", "like": "simsiam", "at": {"epochs": 800}},
        ),
    }
    return config
