"""Audio-visual correspondence on a folder of your own films with sound, labelled or not: small networks, for a laptop.

Paper     Look, Listen and Learn, arXiv:1705.08168, with the distance of Objects that Sound, arXiv:1712.06651 (a small
          setting of ours: four frames instead of one)
Command   python -m launch.pretrain --config=configs/correspondence_videos.py:PATH --workdir=runs/heard
          python -m launch.embed --workdir=runs/heard --data=video:PATH --out=seen_and_heard.npz
          python -m launch.embed --workdir=runs/heard --data=sound:OTHER --out=heard.npz
Data      some dozens of films under PATH (pip install "jssl[video,sound]"); sub-folders are labels, train/ and test/
          sub-folders are splits. Films without a track, or silent throughout, are skipped and named
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config(path: str = "videos") -> ConfigDict:
    """Four frames of 56 pixels with about a second of sound, a convnet for each; batches of 16, so small folders do."""
    config = defaults()
    config.data.name = f"video:{path}"
    config.data.test = ""
    config.data.size = 64
    config.data.frames = 4  # 24 frames at 25 a second: 0.96 s of sound
    config.data.stride = 6
    config.data.fps = 25.0
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
    config.batch_size = 16
    config.epochs = 100
    return config
