"""Triplets of tracked patches on films of YouTube with ResNet-18, in place of the paper's AlexNet.

Paper     Unsupervised learning of visual representations using videos, arXiv:1505.00687: PASCAL VOC 2012, 52 % mAP
Command   python -m launch.pretrain --config=configs/tracked_patches_youtube.py --workdir=runs/tracked_youtube
Data      video:youtube, a folder of films, or --config.data.name=video:PATH
Not run here: the films are not to be had. Patches are followed by block matching, in place of the paper's tracker.
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """The paper's margin, and its patches of about half of a frame, 30 frames apart."""
    config = defaults()
    config.data.name = "video:youtube"
    config.data.size = 224
    config.data.frames = 31
    config.data.stride = 1
    config.data.route = "stream"
    config.input = "clip"
    config.augment = {"recipe": "plain", "size": 112, "crop": (0.8, 1.0)}
    config.encoder = {"name": "per_frame", "frame": {"name": "resnet18", "stem": "imagenet"}}
    config.method = {
        "name": "tracked_patches", "patch": 112, "reach": 4, "margin": 0.5, "negatives": 4, "hard_from": 10.0,
    }  # fmt: skip
    config.optimizer = {"name": "sgd", "learning_rate": 0.01, "weight_decay": 5e-4, "warmup": 1.0}
    config.batch_size = 128
    config.epochs = 100
    config.precision = "bf16"
    config.evaluate.every = 10
    config.paper = {
        "title": "Unsupervised Learning of Visual Representations using Videos",
        "arxiv": "1505.00687",
        "data": "films of YouTube",
        "reported": (
            {"value": 52, "unit": "% mAP", "protocol": "other", "how": "PASCAL VOC 2012, an ensemble, fine-tuned"},
        ),
    }
    return config
