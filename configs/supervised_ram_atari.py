"""Supervised by RAM on one game of Atari, played at random, made for two CPU cores.

Paper     as AtariARI does for each byte alone, arXiv:1906.08226 (a small setting of ours: 10,000 steps of play)
Command   python -m launch.prepare --data=games:atari/pong
          python -m launch.pretrain --config=configs/supervised_ram_atari.py:pong --workdir=runs/supervised_ram_pong
          python -m launch.evaluate --workdir=runs/supervised_ram_pong --protocol=ram
Measured  F1 of RAM in %, mean of categories, after 500 steps, seed 0: Pong 62.2 (untrained 63.4): too short to be the
          ceiling that it is meant to be; see docs/senses.md
"""

from ml_collections import ConfigDict

from configs.st_dim_atari import get_config as st_dim


def get_config(game: str = "pong") -> ConfigDict:
    """One frame, and all of the RAM."""
    config = st_dim(game)
    config.data.arrays = ("ram",)
    config.method = {"name": "supervised_ram"}
    return config
