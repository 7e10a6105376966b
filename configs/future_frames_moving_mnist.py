"""Future frames at the size of Moving MNIST: ten frames of 64 pixels, and the ten after them.

Paper     Convolutional LSTM, arXiv:1506.04214: a cross entropy of about 367 nats a frame, summed over its pixels
Command   python -m launch.pretrain --config=configs/future_frames_moving_mnist.py --workdir=runs/future_frames_mnist
Data      moving_digits, made of the 5,000 digits that are at hand: one digit a clip
Differs   one digit in place of two that cross each other, from 4,000 pictures; a squared error and the difference of
          gradients of arXiv:1511.05440 in place of the cross entropy; one layer of memory in place of up to three.
          The papers' numbers are of another quantity than ours
Not run here.
"""

from ml_collections import ConfigDict

from jssl.augment.recipes import MNIST
from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """The paper's frames, and its width of 128 in one layer."""
    config = defaults()
    config.data.name = "moving_digits"
    config.data.size = 64
    config.data.frames = 20
    config.data.speed = 3.0
    config.input = "clip"
    config.augment = {
        "recipe": "plain", "size": 64, "frames": 10, "crop": None, "flip": 0.0, "mean": MNIST[0], "std": MNIST[1],
    }  # fmt: skip
    config.encoder = {"name": "conv_lstm", "width": 128, "depth": 2}
    config.method = {"name": "future_frames", "horizon": 10, "width": 128, "gradient": 0.1, "adversarial": 0.0}
    config.optimizer = {"name": "adamw", "learning_rate": 1e-3, "weight_decay": 0.0, "warmup": "5%"}
    config.batch_size = 64
    config.epochs = 200
    config.evaluate.every = 20
    config.paper = {
        "title": "Convolutional LSTM Network: A Machine Learning Approach for Precipitation Nowcasting",
        "arxiv": "1506.04214",
        "data": "MNIST",
        "reported": (
            {
                "value": 367.0,
                "unit": "nats",
                "protocol": "other",
                "how": "cross entropy of a frame of two moving digits, summed over its pixels, ten frames after ten",
            },
        ),
        "differences": ("one digit of 4,000", "squared error and difference of gradients", "one layer of memory"),
    }
    return config
