"""Contrast across the senses on your own films with sound: frames find the second that was heard with them.

Paper     Contrastive Multiview Coding, arXiv:1906.05849, of frames and their sound (not a setting of the paper)
Command   python -m launch.pretrain --config=configs/cmc_videos.py:PATH --workdir=runs/films
Data      a folder of films with sound, see docs/senses.md
"""

from ml_collections import ConfigDict

from configs.correspondence_videos import get_config as correspondence


def get_config(path: str = "films") -> ConfigDict:
    """The data, views and towers of correspondence, and the paper's temperature."""
    config = correspondence(path)
    config.method = {"name": "cmc", "projector": (128,), "temperature": 0.07}
    return config
