"""CURL on one game of Atari: four frames a state, crops of 84 of 100 pixels, as in the paper, without its agent.

Paper     CURL, arXiv:2004.04136
Command   python -m launch.pretrain --config=configs/curl_atari100k.py:pong --workdir=runs/curl_pong100k
          python -m launch.evaluate --workdir=runs/curl_pong100k --protocol=ram --examples=50000
Data      as configs/st_dim_atari100k.py says
Differs   no agent learns beside it, and play is at random; screens are in colour; features are made of the whole screen
          at 96 of its 100 pixels, and not at their own size
Not run here: hours of a GPU.
"""

from ml_collections import ConfigDict

from configs.st_dim_atari100k import get_config as st_dim


def get_config(game: str = "pong") -> ConfigDict:
    """A state of four frames is cropped as one."""
    config = st_dim(game)
    config.data.size, config.data.frames = 100, 4
    config.augment.frames = 4
    config.augment.crop, config.augment.ratio = ((84 / 100) ** 2,) * 2, (1.0, 1.0)
    config.method = {"name": "curl", "dim": 50, "momentum": 0.95}
    return config
