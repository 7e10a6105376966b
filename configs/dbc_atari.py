"""DBC on one game of Atari, played at random, made for two CPU cores.

Paper     DBC, arXiv:2006.10742 (a small setting of ours: 10,000 steps of play, no agent that learns beside it)
Command   python -m launch.prepare --data=games:atari/pong
          python -m launch.pretrain --config=configs/dbc_atari.py:pong --workdir=runs/dbc_pong
          python -m launch.evaluate --workdir=runs/dbc_pong --protocol=ram
Measured  F1 of RAM in %, mean of categories, after 500 steps, seed 0: Pong 63.6 (untrained 63.4); see docs/senses.md
"""

from ml_collections import ConfigDict

from configs.st_dim_atari import get_config as st_dim


def get_config(game: str = "pong") -> ConfigDict:
    """One frame and the next, the action and the reward."""
    config = st_dim(game)
    config.data.arrays = ("action", "reward")
    config.method = {"name": "dbc", "transition": "gaussian", "discount": 0.99, "weight": 1.0, "hidden": (256,)}
    return config
