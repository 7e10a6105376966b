"""CPC on LibriSpeech, as in the paper.

Paper     CPC, arXiv:1807.03748, table 1: linear probes of a frame, 64.6 % of 41 phones and 97.4 % of 251 speakers
Command   python -m launch.pretrain --config=configs/cpc_librispeech.py:PATH --workdir=runs/cpc
Data      LibriSpeech's train-clean-100 under PATH, which you must fetch
Cost      300,000 steps; the paper's on 8 GPUs; not run here
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config(path: str = "librispeech") -> ConfigDict:
    """Windows of 20,480 samples at 16 kHz, 64 of them a batch, frames of 10 ms, 12 of them ahead; Adam at 2e-4."""
    config = defaults()
    config.data.name = f"sound:{path}"
    config.data.test = ""
    config.data.rate = 16_000
    config.data.seconds = 1.28
    config.input = "sound"
    config.augment = {"recipe": "wave"}
    config.encoder = {"name": "wave_gru", "dim": 256, "width": 512}
    config.method = {"name": "cpc", "nearest": 1, "furthest": 12}
    config.optimizer = {
        "name": "adamw", "learning_rate": 2e-4, "scale_by_batch": False, "weight_decay": 0.0, "warmup": 0.0,
    }  # fmt: skip
    config.batch_size = 64
    config.epochs = "300000 steps"
    config.evaluate.every = 0
    config.paper = {
        "title": "Representation Learning with Contrastive Predictive Coding",
        "arxiv": "1807.03748",
        "data": "LibriSpeech, 100 hours",
        "reported": (
            {"value": 97.4, "unit": "% of 251 speakers", "protocol": "other", "how": "linear probe of a frame"},
            {"value": 64.6, "unit": "% of 41 phones", "protocol": "other", "how": "linear probe of a frame"},
        ),
        "differences": (
            "frames have a layer norm, the paper names none",
            "each window has mean 0 and variance 1",
            "the rate falls along a cosine",
        ),
    }
    return config
