"""BiGAN on ImageNet at 64 pixels.

Paper     BiGAN, arXiv:1605.09782: 31.0 % top-1 with AlexNet, linear probe on its third layer
Command   python -m launch.pretrain --config=configs/bigan_imagenet.py --workdir=runs/bigan_imagenet
Data      tfds:imagenet2012 (needs the two archives in --config.data.manual_dir and TensorFlow to prepare), or
          --config.data.name=folder:PATH with train/ and val/ sub-folders of one folder per class
Differs   ResNet-18 in place of AlexNet on 112 pixels; both players move at once
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
    config.augment = {"recipe": "plain", "size": 64, "crop": (0.8, 1.0), "mean": (0.5,) * 3, "std": (0.5,) * 3}
    config.encoder = {"name": "resnet18", "stem": "cifar"}
    config.method = {"name": "bigan", "latent": 200, "width": 64, "hidden": 1024}
    config.optimizer = {
        "name": "adamw", "learning_rate": 2e-4, "scale_by_batch": False, "weight_decay": 0.0, "warmup": 0.0, "b1": 0.5,
    }  # fmt: skip
    config.batch_size = 128
    config.epochs = 100
    config.evaluate.k = 200
    config.evaluate.examples = 50_000
    config.paper = {
        "title": "Adversarial Feature Learning",
        "arxiv": "1605.09782",
        "data": "ImageNet",
        "reported": ({"value": 31.0, "protocol": "other", "how": "linear probe on conv3 of AlexNet"},),
    }
    return config
