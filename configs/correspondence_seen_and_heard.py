"""Audio-visual correspondence on digits seen and heard: pictures of MNIST with people who say them.

Paper     Look, Listen and Learn, arXiv:1705.08168, with the distance of Objects that Sound, arXiv:1712.06651 (not a
          setting of the papers: small networks and small data)
Command   python -m launch.pretrain --config=configs/correspondence_seen_and_heard.py --workdir=runs/seen_and_heard
Data      mnist_5k and the Free Spoken Digit Dataset, to be fetched by hand: `seen_and_heard` says how. The sound of
          another example is one of the same digit in a tenth of all pairs, so that nobody tells more than 95 %
Cost      20 epochs of 31 steps: 154 seconds on two cores that others load too
Measured  seed 0, float32, last checkpoint, on the test split, in %; nothing was chosen on it. Digits by kNN / linear
          probe, all labels, each tower alone; R@1 is whether the nearest is of the same digit (chance 10)

                                    --config.data.speakers=same        others
          pairs told                87.2 (50.2 with shuffled sound)    68.8 (50.0)
          one sense held constant   50.0                               50.0
          R@1 image → sound         84.1                               85.8
          R@1 sound → image         81.3                               40.1
          image                     94.4 / 95.3                        95.7 / 95.7
            untrained, raw pixels   88.7 / 87.6, 93.4 / 89.5           the same
          sound                     97.5 / 98.2                        33.9 / 39.7
            untrained               82.2 / 94.7                        20.2 / 28.8
            mean log-mel            90.4 / 95.3                        21.1 / 54.7

          Four speakers are too few to hear two others by: there a probe of the mean spectrogram hears more
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
    config.optimizer = {"name": "adamw", "learning_rate": 3e-3, "weight_decay": 1e-4, "warmup": 1.0}
    config.batch_size = 128
    config.epochs = 20
    config.evaluate.every = 10
    return config
