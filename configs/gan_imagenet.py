"""GAN features on ImageNet at 32 pixels, with DCGAN's networks.

Paper     DCGAN, arXiv:1511.06434: its features, of ImageNet at 32 pixels, have 82.8 % on CIFAR-10 with an L2-SVM
Command   python -m launch.pretrain --config=configs/gan_imagenet.py --workdir=runs/gan_imagenet
Data      tfds:imagenet2012 (needs the two archives in --config.data.manual_dir and TensorFlow to prepare), or
          --config.data.name=folder:PATH with train/ and val/ sub-folders of one folder per class
Differs   both players move at once
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
    config.augment = {
        "recipe": "plain",
        "size": 32,
        "crop": (0.7656, 0.7656),
        "ratio": (1.0, 1.0),
        "mean": (0.5,) * 3,
        "std": (0.5,) * 3,
    }
    config.encoder = {"name": "dcgan", "width": 64, "depth": 3}
    config.method = {"name": "gan", "latent": 100, "width": 64}
    config.optimizer = {
        "name": "adamw", "learning_rate": 2e-4, "final_learning_rate": 2e-4, "scale_by_batch": False,
        "weight_decay": 0.0, "warmup": 0.0, "b1": 0.5,
    }  # fmt: skip
    config.batch_size = 128
    config.epochs = 25
    config.evaluate.k = 200
    config.evaluate.examples = 50_000
    config.paper = {
        "title": "Unsupervised Representation Learning with Deep Convolutional Generative Adversarial Networks",
        "arxiv": "1511.06434",
        "data": "ImageNet",
        "reported": ({"value": 82.8, "protocol": "other", "how": "CIFAR-10: features of all layers, L2-SVM"},),
    }
    return config
