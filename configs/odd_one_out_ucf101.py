"""Odd-one-out networks on UCF-101 with ResNet-18 on each clip's stack of differences, in place of the paper's AlexNet.

Paper     O3N, arXiv:1611.06646: 60.3 % of UCF-101, and 32.5 of HMDB-51, all layers fine-tuned
Command   python -m launch.pretrain --config=configs/odd_one_out_ucf101.py --workdir=runs/odd_one_out_ucf101
Data      video:UCF-101, a folder of its films in folders by class with the lists trainlist01.txt and testlist01.txt,
          or --config.data.name=video:PATH
Differs   every question is asked with each of its clips as the odd one; optimiser, rate and epochs are ours.
          --config.encoder.name=dynamic_image sees each clip's dynamic image
Not run here: the films are not to be had.
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """The paper's questions: six clips of six frames."""
    config = defaults()
    config.data.name = "video:UCF-101"
    config.data.size = 128
    config.data.frames = 32
    config.data.stride = 2
    config.data.route = "stream"
    config.input = "clip"
    config.augment = {"recipe": "plain", "size": 112, "frames": 6, "crop": (0.4, 1.0)}
    config.encoder = {"name": "frame_differences", "frame": {"name": "resnet18", "stem": "imagenet"}}
    config.method = {"name": "odd_one_out", "among": 6, "head": (128,)}
    config.optimizer = {"name": "sgd", "learning_rate": 0.1, "weight_decay": 1e-4, "warmup": 5.0}
    config.batch_size = 128
    config.epochs = 300
    config.precision = "bf16"
    config.evaluate.every = 25
    config.checkpoint.every = 25
    config.paper = {
        "title": "Self-Supervised Video Representation Learning with Odd-One-Out Networks",
        "arxiv": "1611.06646",
        "data": "UCF-101",
        "reported": ({"value": 60.3, "protocol": "other", "how": "UCF-101, AlexNet, all layers fine-tuned"},),
        "differences": ("ResNet-18 in place of AlexNet", "optimiser, rate and epochs are ours"),
    }
    return config
