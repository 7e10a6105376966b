"""CURL on one game of Atari, played at random, made for two CPU cores.

Paper     CURL, arXiv:2004.04136 (a small setting of ours: 10,000 steps of play, no agent that learns beside it)
Command   python -m launch.prepare --data=games:atari/pong
          python -m launch.pretrain --config=configs/curl_atari.py:pong --workdir=runs/curl_pong
          python -m launch.evaluate --workdir=runs/curl_pong --protocol=ram
Measured  F1 of RAM in %, mean of categories, after 500 steps, seed 0: Pong 54.8 (untrained 55.2); see docs/senses.md
"""

from ml_collections import ConfigDict

from configs.st_dim_atari import get_config as st_dim


def get_config(game: str = "pong") -> ConfigDict:
    """One frame, moved by two random crops of 84 of 96 pixels."""
    config = st_dim(game)
    config.data.size = 96
    config.augment.crop, config.augment.ratio = ((84 / 96) ** 2,) * 2, (1.0, 1.0)
    config.method = {"name": "curl", "dim": 50, "momentum": 0.95}
    return config
