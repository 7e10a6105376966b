"""Arrow of time on UCF-101 with R(2+1)D on colours, in place of the paper's VGG on optical flow.

Paper     Learning and Using the Arrow of Time, CVPR 2018: 86.3 % of UCF-101, all layers fine-tuned, on flow
Command   python -m launch.pretrain --config=configs/arrow_of_time_ucf101.py --workdir=runs/arrow_of_time_ucf101
Data      video:UCF-101, a folder of its films in folders by class with the lists trainlist01.txt and testlist01.txt,
          or --config.data.name=video:PATH
Differs   colours and not flow; films as they are, neither steadied nor without black borders, so that
          `benchmarks.own_task --control=reencoded` is to be looked at first; optimiser, rate and epochs are ours
Not run here: the films are not to be had.
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """16 frames of 112 pixels."""
    config = defaults()
    config.data.name = "video:UCF-101"
    config.data.size = 128
    config.data.frames = 16
    config.data.stride = 2
    config.data.route = "stream"
    config.input = "clip"
    config.augment = {"recipe": "plain", "size": 112, "crop": (0.4, 1.0)}
    config.encoder = {"name": "r2plus1d_18"}
    config.method = {"name": "arrow_of_time", "antisymmetric": False, "head": ()}
    config.optimizer = {"name": "sgd", "learning_rate": 0.05, "weight_decay": 1e-4, "warmup": 5.0}
    config.batch_size = 128
    config.epochs = 200
    config.precision = "bf16"
    config.evaluate.every = 25
    config.checkpoint.every = 25
    config.paper = {
        "title": "Learning and Using the Arrow of Time",
        "arxiv": "",
        "data": "UCF-101",
        "reported": ({"value": 86.3, "protocol": "other", "how": "UCF-101, VGG on optical flow, fine-tuned"},),
        "differences": ("colours, not flow", "films neither steadied nor cropped", "optimiser, rate and epochs"),
    }
    return config
