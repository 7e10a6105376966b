"""ST-DIM on one game of Atari with the paper's sizes, of screens squeezed to 84 pixels.

Paper     ST-DIM, arXiv:1906.08226
Command   python -m launch.pretrain --config=configs/st_dim_atari100k.py:pong --workdir=runs/st_dim_pong100k
          python -m launch.evaluate --workdir=runs/st_dim_pong100k --protocol=ram --examples=50000
Data      100,000 steps of play, ten times what launch.prepare records, 2 GB of RAM:
          python -c "from jssl.data.games.recorded import *; from jssl.data.source import default_data_dir; \\
          record('atari/pong', games_folder('atari/pong', default_data_dir()), films={'train': 100, 'test': 20})"
Differs   screens are squeezed to 84 pixels and in colour, where the paper's are whole, 160x210, and grey; places are
          those of the last of three convolutions, where its network has four and takes the third's; play holds its
          buttons for some steps, and the game's actions are sticky; the rate falls along a cosine, and nothing stops
          early
Not run here: hours of a GPU.
"""

from ml_collections import ConfigDict

from configs.st_dim_atari import get_config as small


def get_config(game: str = "pong") -> ConfigDict:
    """The network of DQN, 256 features, 64 steps at a time for 100 epochs."""
    config = small(game)
    config.encoder = {"name": "nature_cnn", "features": 256}
    config.optimizer = {
        "name": "adamw", "learning_rate": 3e-4, "scale_by_batch": False, "weight_decay": 0.0, "warmup": 0.0,
    }  # fmt: skip
    config.epochs = 100
    return config
