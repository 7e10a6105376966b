"""Audio-visual correspondence on digits seen and heard: pictures of MNIST with people who say them.

Paper     Look, Listen and Learn, arXiv:1705.08168, with the distance of Objects that Sound, arXiv:1712.06651 (not a
          setting of the papers: small networks and small data)
Command   python -m launch.pretrain --config=configs/correspondence_seen_and_heard.py --workdir=runs/seen_and_heard
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """Two small convnets."""
    config = defaults()
    config.data.name = "seen_and_heard"
    config.data.speakers = "others"  # than in training; "same": other recordings of the same
    config.augment = {
        "image": {"recipe": "digits", "size": 28, "affine": (15.0, 0.1, (0.8, 1.2), 15.0), "crop": (0.8, 1.0)},
        # Loudness is no clue to what is seen, so it varies. Fewer bands and frames than by default: for two CPU cores.
        "sound": {
            **{"recipe": "masked", "gain": 6.0, "shift": 0.2, "crop": None, "masks": (0.1, 0.1)},
            **{"mels": 32, "hop": 160},
        },
    }
    config.encoder = {
        "image": {"name": "convnet", "width": 16, "depth": 3, "features": 256},
        "sound": {"name": "convnet", "width": 16, "depth": 4, "features": 256},
    }
    config.method = {"name": "correspondence", "fusion": "distance"}
    config.optimizer = {"name": "adamw", "learning_rate": 3e-3, "weight_decay": 1e-4, "warmup_epochs": 1.0}
    config.batch_size = 128
    config.epochs = 20
    config.evaluate.every = 10
    return config
