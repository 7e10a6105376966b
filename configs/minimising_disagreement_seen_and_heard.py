"""Minimising disagreement on digits seen and heard: ten categories that both senses agree about.

Paper     de Sa, Learning Classification with Unlabeled Data, NeurIPS 1993 (not a setting of the paper)
Command   python -m launch.pretrain --config=configs/minimising_disagreement_seen_and_heard.py --workdir=runs/moo
Data      mnist_5k and the Free Spoken Digit Dataset, to be fetched by hand: `seen_and_heard` says how
Measured  `python -m benchmarks.disagreement --workdir=runs/moo` sets the categories beside k-means on each sense alone
"""

from ml_collections import ConfigDict

from configs.correspondence_seen_and_heard import get_config as correspondence


def get_config() -> ConfigDict:
    """The data, views and towers of correspondence."""
    config = correspondence()
    config.method = {"name": "minimising_disagreement", "categories": 10}
    return config
