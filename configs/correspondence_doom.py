"""Audio-visual correspondence on walks through Doom's levels, which are seen and heard: for a laptop.

Paper     Look, Listen and Learn, arXiv:1705.08168, with the distance of Objects that Sound, arXiv:1712.06651 (not a
          setting of the papers: a game's pictures and sounds, small networks)
Command   python -m launch.pretrain --config=configs/correspondence_doom.py --workdir=runs/doom
Data      `python -m launch.prepare --data=games:doom` (pip install "jssl[games,video,sound]", Debian's libopenal1): 12
          levels, 6 films of each to train on and 2 to test, 23 seconds long; four CPU minutes
Cost      300 steps: five CPU minutes
Measured  seed 0, of the pairs of the 24 test films: 52.9 ± 2.1 % after 180 steps and 52.1 after 900
          (--config.epochs=300), chance 50, where the loss of training pairs has fallen to 0.57 and that of test pairs
          is 0.70, above chance: 72 walks are known by heart. Not learnt
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """Four frames with about a second of sound, a convnet for each."""
    config = defaults()
    config.data.name = "games:doom"
    config.data.size = 64
    config.data.frames = 4
    config.data.stride = 4  # of 17.5 frames a second: 0.91 s
    config.data.sound = True
    config.data.silent = "drop"
    config.augment = {
        "clip": {
            **{"recipe": "simclr_cifar", "size": 56, "crop": (0.5, 1.0)},
            **{"jitter": (0.3, 0.3, 0.3, 0.0), "grey": 0.0},
        },
        # Loudness is no clue to what is seen, so it varies.
        "sound": {
            **{"recipe": "masked", "gain": 6.0, "shift": 0.0, "noise": None, "crop": None},
            **{"masks": (0.1, 0.1), "hop": 320},
        },
    }
    config.encoder = {
        "clip": {"name": "clip_convnet", "width": 16, "depth": 4},
        "sound": {"name": "convnet", "width": 16, "depth": 4, "features": 128},
    }
    config.method = {"name": "correspondence", "fusion": "distance"}
    config.optimizer = {"name": "adamw", "learning_rate": 4e-3, "weight_decay": 1e-4, "warmup": "5%"}
    config.batch_size = 24
    config.epochs = 100
    config.evaluate.every = 0
    return config
