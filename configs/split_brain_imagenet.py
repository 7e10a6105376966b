"""Split-brain autoencoder on ImageNet with two ResNet-18.

Paper     Split-Brain Autoencoders, arXiv:1611.09842: with two halves of AlexNet 35.4 % top-1, linear probe on its third
          layer
Command   python -m launch.pretrain --config=configs/split_brain_imagenet.py --workdir=runs/split_brain_imagenet
Data      tfds:imagenet2012 (needs the two archives in --config.data.manual_dir and TensorFlow to prepare), or
          --config.data.name=folder:PATH with train/ and val/ sub-folders of one folder per class
Differs   the network; optimiser and steps are those of colourisation_imagenet
"""

from ml_collections import ConfigDict

from configs.colourisation_imagenet import get_config as colourisation


def get_config() -> ConfigDict:
    """Each half guesses what the other sees."""
    config = colourisation()
    config.augment.update({"size": 224, "mean": (0.0,) * 3, "std": (1.0,) * 3})
    config.encoder = {"name": "lab_halves", "half": {"name": "resnet18", "stem": "imagenet"}}
    config.method = {"name": "split_brain", "reduction": 4, "hidden": 256}
    config.paper = {
        "title": "Split-Brain Autoencoders: Unsupervised Learning by Cross-Channel Prediction",
        "arxiv": "1611.09842",
        "data": "ImageNet",
        "reported": ({"value": 35.4, "protocol": "other", "how": "linear probe on conv3 of AlexNet in two halves"},),
    }
    return config
