"""Frame order on UCF-101 with ResNet-18 on each frame, in place of the paper's AlexNet.

Paper     Shuffle and learn, arXiv:1603.08561: 50.9 % on split 1, all layers fine-tuned
Command   python -m launch.pretrain --config=configs/frame_order_ucf101.py --workdir=runs/frame_order_ucf101
Data      video:UCF-101, a folder of its films in folders by class with the lists trainlist01.txt and testlist01.txt,
          or --config.data.name=video:PATH
Not run here: the films are not to be had. The paper's tuples of one kind a step are here six of each clip.
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """The paper's distances, of clips of every fourth frame: 60 at most from b to d, 15 at least from a to b."""
    config = defaults()
    config.data.name = "video:UCF-101"
    config.data.size = 128
    config.data.frames = 32
    config.data.stride = 4
    config.data.route = "stream"
    config.input = "clip"
    config.augment = {"recipe": "plain", "size": 112, "crop": (0.4, 1.0)}
    config.encoder = {"name": "per_frame", "frame": {"name": "resnet18", "stem": "imagenet"}}
    config.method = {
        "name": "frame_order", "form": "shuffled", "inner": (1, 7), "outer": (4, 8), "right": 0.25, "head": (512,),
    }  # fmt: skip
    config.optimizer = {"name": "sgd", "learning_rate": 0.1, "weight_decay": 1e-4, "warmup": 5.0}
    config.batch_size = 256
    config.epochs = 300
    config.precision = "bf16"
    config.evaluate.every = 25
    config.checkpoint.every = 25
    config.paper = {
        "title": "Shuffle and Learn: Unsupervised Learning using Temporal Order Verification",
        "arxiv": "1603.08561",
        "data": "UCF-101",
        "reported": ({"value": 50.9, "protocol": "other", "how": "UCF-101 split 1, AlexNet, all layers fine-tuned"},),
    }
    return config
