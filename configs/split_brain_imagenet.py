"""Split-brain autoencoder on ImageNet with two ResNet-18.

Paper     Split-Brain Autoencoders, arXiv:1611.09842: with two halves of AlexNet 35.4 % top-1, linear probe on its third
          layer
Command   python -m launch.pretrain --config=configs/split_brain_imagenet.py --workdir=runs/split_brain_imagenet
Data      tfds:imagenet2012 (needs the two archives in --config.data.manual_dir and TensorFlow to prepare), or
          --config.data.name=folder:PATH with train/ and val/ sub-folders of one folder per class
Differs   the network; optimiser and steps are those of colourisation_imagenet
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """Each half guesses what the other sees."""
    config = defaults()
    config.data.name = "tfds:imagenet2012"
    config.data.test = "validation"
    config.data.size = 256
    config.data.route = "stream"
    config.augment = {
        "recipe": "plain", "size": 224, "crop": (0.7656, 0.7656), "ratio": (1.0, 1.0),
        "mean": (0.0,) * 3, "std": (1.0,) * 3,
    }  # fmt: skip
    config.encoder = {"name": "lab_halves", "half": {"name": "resnet18", "stem": "imagenet"}}
    config.method = {"name": "split_brain", "reduction": 4, "hidden": 256}
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
        "title": "Split-Brain Autoencoders: Unsupervised Learning by Cross-Channel Prediction",
        "arxiv": "1611.09842",
        "data": "ImageNet",
        "reported": ({"value": 35.4, "protocol": "other", "how": "linear probe on conv3 of AlexNet in two halves"},),
    }
    return config
