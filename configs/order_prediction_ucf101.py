"""Order prediction on UCF-101 with ResNet-18 on each frame, in place of the paper's network.

Paper     Sorting sequences, arXiv:1708.01246: 59.8 % of UCF-101, and 23.8 of HMDB-51, all layers fine-tuned
Command   python -m launch.pretrain --config=configs/order_prediction_ucf101.py --workdir=runs/order_prediction_ucf101
Data      video:UCF-101, a folder of its films in folders by class with the lists trainlist01.txt and testlist01.txt,
          or --config.data.name=video:PATH
Differs   all orders of four frames are asked at once; frames keep their colours and move together, where the paper
          splits the channels and jitters each frame; optimiser, rate and epochs are ours
Not run here: the films are not to be had.
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """Four frames of 80 pixels."""
    config = defaults()
    config.data.name = "video:UCF-101"
    config.data.size = 128
    config.data.frames = 32
    config.data.stride = 2
    config.data.route = "stream"
    config.input = "clip"
    config.augment = {"recipe": "plain", "size": 80, "crop": (0.4, 1.0)}
    config.encoder = {"name": "per_frame", "frame": {"name": "resnet18", "stem": "imagenet"}}
    config.method = {"name": "order_prediction", "gap": (4, 8), "pair": 512, "head": ()}
    config.optimizer = {"name": "sgd", "learning_rate": 0.1, "weight_decay": 1e-4, "warmup": 5.0}
    config.batch_size = 256
    config.epochs = 300
    config.precision = "bf16"
    config.evaluate.every = 25
    config.checkpoint.every = 25
    config.paper = {
        "title": "Unsupervised Representation Learning by Sorting Sequences",
        "arxiv": "1708.01246",
        "data": "UCF-101",
        "reported": ({"value": 59.8, "protocol": "other", "how": "UCF-101, the paper's network, fine-tuned"},),
        "differences": ("ResNet-18", "no channel splitting, no jitter of single frames", "optimiser, rate and epochs"),
    }
    return config
