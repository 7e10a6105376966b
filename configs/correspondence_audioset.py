"""Audio-visual correspondence as its authors train it, on films of AudioSet's size.

Paper     Look, Listen and Learn, arXiv:1705.08168: one frame and a second of sound, fused by concatenation, Adam,
          weight decay 1e-5, 16 GPUs with 16 pairs each; 78 % of Flickr-SoundNet's and 74 % of Kinetics-Sounds' pairs
Command   python -m launch.pretrain --config=configs/correspondence_audioset.py:PATH --workdir=runs/audioset
Data      films of AudioSet (or Flickr-SoundNet, Kinetics-Sounds), fetched by yourself, under PATH/train and PATH/test
Differs   towers are ResNet-18 (theirs are eight convolutions each), sound is a log-mel spectrogram of 16 kHz (theirs
          257 linear bands of 48 kHz)
Expected  not run here: no such films
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config(path: str = "audioset") -> ConfigDict:
    """224 pixels of one frame, and the second that begins with it."""
    config = defaults()
    config.data.name = f"video:{path}"
    config.data.size = 256
    config.data.frames = 1
    config.data.stride = 25
    config.data.fps = 25.0
    config.data.sound = True
    config.data.silent = "drop"
    config.augment = {
        "clip": {
            **{"recipe": "simclr", "size": 224, "crop": (0.75, 1.0)},
            **{"jitter": (0.4, 0.0, 0.4, 0.0), "grey": 0.0, "blur": 0.0},
        },
        # Louder or softer by 10 %: 0.9 dB.
        "sound": {"recipe": "masked", "gain": 0.9, "shift": 0.0, "noise": None, "crop": None, "masks": None},
    }
    config.encoder = {"clip": {"name": "per_frame", "frame": {"name": "resnet18"}}, "sound": {"name": "resnet18"}}
    config.method = {"name": "correspondence"}
    config.optimizer = {"name": "adamw", "learning_rate": 1e-4, "weight_decay": 1e-5, "warmup": 0.0}
    config.batch_size = 256
    config.epochs = 100
    config.paper = {
        "title": "Look, Listen and Learn",
        "arxiv": "1705.08168",
        "data": "Flickr-SoundNet",
        "reported": (
            {"value": 78, "unit": "% of pairs", "protocol": "pairs"},
            {"value": 74, "unit": "% of pairs", "protocol": "pairs", "at": {"data.name": "video:Kinetics-Sounds"}},
        ),
        "differences": (
            "towers are ResNet-18, and theirs eight convolutions each",
            "sound is a log-mel spectrogram of 16 kHz, and theirs of 257 linear bands of 48 kHz",
        ),
    }
    return config
