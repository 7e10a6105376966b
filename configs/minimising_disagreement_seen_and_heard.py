"""Minimising disagreement on digits seen and heard: ten categories that both senses agree about.

Paper     de Sa, Learning Classification with Unlabeled Data, NeurIPS 1993 (not a setting of the paper)
Command   python -m launch.pretrain --config=configs/minimising_disagreement_seen_and_heard.py --workdir=runs/moo
Data      mnist_5k and the Free Spoken Digit Dataset, to be fetched by hand: `seen_and_heard` says how
Cost      20 epochs of 31 steps: four CPU minutes
Measured  seed 0, on the test split, whose speakers were never heard, in % with the right name
          (`python -m benchmarks.disagreement --workdir=runs/moo`): of what is seen 94.6, k-means of raw pixels 55.3,
          of the untrained network 46.9; of what is heard 47.7, k-means of the mean log-mel 12.3, of the untrained
          network 14.6; both say the same of 46.0. Nothing was tuned
"""

from ml_collections import ConfigDict

from configs.correspondence_seen_and_heard import get_config as correspondence


def get_config() -> ConfigDict:
    """The data, views and towers of correspondence."""
    config = correspondence()
    config.method = {"name": "minimising_disagreement", "categories": 10}
    return config
