"""Tracking by colourisation on Kinetics with ResNet-18 on each frame.

Paper     Tracking emerges by colorizing videos, arXiv:1806.09594: DAVIS 2017, J 34.6 and F 32.7
Command   python -m launch.pretrain --config=configs/video_colourisation_kinetics.py --workdir=runs/coloured_kinetics
Data      video:kinetics400, a folder of its films, or --config.data.name=video:PATH
Not run here: the films are not to be had. The paper's network has convolutions over time on top, and maps of 32 places
along a side: here they have 16, of a ResNet-18 without its first pooling and stride.
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """400,000 steps of clips of four frames."""
    config = defaults()
    config.data.name = "video:kinetics400"
    config.data.size = 128
    config.data.frames = 4
    config.data.stride = 4
    config.data.route = "stream"
    config.input = "clip"
    config.augment = {
        "recipe": "plain", "size": 128, "crop": None, "mean": (0.0, 0.0, 0.0), "std": (1.0, 1.0, 1.0),
    }  # fmt: skip
    config.encoder = {"name": "per_frame", "grey": True, "frame": {"name": "resnet18", "stem": "cifar"}}
    config.method = {"name": "video_colourisation", "colours": 16, "settle": "1000 steps"}
    config.optimizer = {"name": "adamw", "learning_rate": 1e-3, "weight_decay": 0.0}
    config.batch_size = 32
    config.epochs = "400000 steps"
    config.precision = "bf16"
    config.evaluate.every = "50000 steps"
    config.checkpoint.every = "10000 steps"
    config.paper = {
        "title": "Tracking Emerges by Colorizing Videos",
        "arxiv": "1806.09594",
        "data": "Kinetics-400",
        "reported": (
            {"value": 34.6, "unit": "J", "protocol": "other", "how": "DAVIS 2017, region"},
            {"value": 32.7, "unit": "F", "protocol": "other", "how": "DAVIS 2017, contour"},
        ),
    }
    return config
