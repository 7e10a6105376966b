"""Frame order on a folder of your own films, labelled or not: a small network, for a laptop.

Paper     Shuffle and learn, arXiv:1603.08561 (a small setting of ours)
Command   python -m launch.pretrain --config=configs/frame_order_videos.py:PATH --workdir=runs/videos
          python -m launch.embed --workdir=runs/videos --data=video:PATH --out=features.npz
Data      films under PATH; sub-folders are labels, train/ and test/ sub-folders are splits. A film is read once an
          epoch, from a place of its own each time; one shorter than 31 frames shows some of them again
Long films are better cut into pieces: an example is a film, however long. A camera that stands still shows most.
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config(path: str = "videos") -> ConfigDict:
    """16 frames, every second one, of 64 pixels; batches of 16, so that few films do."""
    config = defaults()
    config.data.name = f"video:{path}"
    config.data.test = ""
    config.data.size = 72
    config.data.frames = 16
    config.data.stride = 2
    config.input = "clip"
    config.augment = {"recipe": "plain", "size": 64, "crop": (0.5, 1.0)}
    config.encoder = {"name": "per_frame", "frame": {"name": "convnet", "width": 32, "depth": 4, "features": 256}}
    config.method = {
        "name": "frame_order", "form": "shuffled", "inner": (1, 3), "outer": (2, 4), "right": 0.5, "head": (256,),
    }  # fmt: skip
    config.optimizer = {"name": "adamw", "learning_rate": 4e-3, "weight_decay": 1e-4, "warmup": "5%"}
    config.batch_size = 16
    config.epochs = 100
    return config
