"""Contrast across the senses on digits seen and heard: which of 128 recordings goes with this picture?

Paper     Contrastive Multiview Coding, arXiv:1906.05849, of a batch's negatives and of other senses (not a setting of
          the paper: small networks and small data)
Command   python -m launch.pretrain --config=configs/cmc_seen_and_heard.py --workdir=runs/cmc
Data      mnist_5k and the Free Spoken Digit Dataset, to be fetched by hand: `seen_and_heard` says how. A tenth of the
          negatives are of the same digit, so that no more than one guess in thirteen can be right
Measured  seed 0, speakers never heard, kNN / linear probe in %: seen 96.6 / 95.8 (untrained 88.7 / 87.6), heard
          50.4 / 47.2 (20.2 / 29.3; mean log-mel 21.1 / 54.9); the nearest of the other sense is of the same digit in
          91.9 (picture to sound) and 54.0 (10 by chance)
"""

from ml_collections import ConfigDict

from configs.correspondence_seen_and_heard import get_config as correspondence


def get_config() -> ConfigDict:
    """The data, views and towers of correspondence."""
    config = correspondence()
    config.method = {"name": "cmc", "projector": (128,), "temperature": 0.2}
    return config
