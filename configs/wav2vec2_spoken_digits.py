"""wav2vec 2.0 on spoken digits: made for two CPU cores.

Paper     wav2vec 2.0, arXiv:2006.11477 (not a setting of the paper: a small network and small data)
Command   python -m launch.pretrain --config=configs/wav2vec2_spoken_digits.py --workdir=runs/wav2vec2_spoken_digits
          python -m launch.evaluate --workdir=runs/wav2vec2_spoken_digits --protocol=ctc --labels="10 per class" \
              --transcripts=zero,one,two,three,four,five,six,seven,eight,nine
Data      the Free Spoken Digit Dataset; put its zip or its folder into a folder, --config.data.manual_dir=FOLDER
Measured  12 epochs on four speakers, seed 0, of two others: a hidden frame's code is told from 20 in 52.5 % (chance
          4.8), code perplexity 27 of 64 entries; digits by kNN / linear probe 25.5 / 35.6 % (untrained 18.5 / 27.6,
          mean log-mel 20.4 / 67.6); who speaks, of all six: 54.0 / 68.0 (44.0 / 56.0, 96.0 / 98.7)
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """Frames of 16 ms, of which spans of three are hidden; four convolutions, two blocks, two codebooks of 32."""
    config = defaults()
    config.data.name = "tfds:spoken_digit"
    config.data.seconds = 0.63
    config.input = "sound"
    config.augment = {"recipe": "wave"}
    config.encoder = {
        "name": "wav2vec2", "dim": 64, "depth": 2, "heads": 4, "width": 48, "kernels": (16, 8, 4, 3),
        "strides": (8, 4, 2, 2), "positions": 8, "groups": 4, "dropout": 0.0, "layer_drop": 0.0,
    }  # fmt: skip
    config.method = {
        "name": "wav2vec2", "span": 3, "negatives": 20, "entries": 32, "code": 64, "dim": 64, "gumbel_decay": 0.997,
        "penalty": 1.0, "feature_gradient": 1.0,
    }  # fmt: skip
    config.optimizer = {"name": "adamw", "learning_rate": 4e-3, "weight_decay": 1e-2, "warmup": "10%", "clip": 1.0}
    config.batch_size = 64
    config.epochs = 12
    config.evaluate.every = 4
    return config
