"""Super-resolution of speech, as in the paper: four times as many samples, on VCTK's first speaker.

Paper     arXiv:1708.00853: on one speaker of VCTK, four times
Command   python -m launch.pretrain --config=configs/sound_super_resolution_vctk.py:PATH --workdir=runs/sr
Data      recordings of VCTK's speaker p225 under PATH, which you must fetch
Cost      400 epochs; not run here
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config(path: str = "vctk/p225") -> ConfigDict:
    """Patches of 8,192 samples at 16 kHz; Adam at 3e-4."""
    config = defaults()
    config.data.name = f"sound:{path}"
    config.data.test = ""
    config.data.rate = 16_000
    config.data.seconds = 0.512
    config.input = "sound"
    config.augment = {"recipe": "wave"}
    config.encoder = {"name": "wave_unet", "widths": (128, 256, 512, 512), "kernel": 9}
    config.method = {"name": "sound_super_resolution", "factor": 4}
    config.optimizer = {
        "name": "adamw", "learning_rate": 3e-4, "scale_by_batch": False, "weight_decay": 0.0, "warmup": 0.0,
    }  # fmt: skip
    config.batch_size = 16
    config.epochs = 400
    config.evaluate.every = 0
    config.paper = {
        "title": "Audio Super-Resolution using Neural Nets",
        "arxiv": "1708.00853",
        "data": "VCTK, one speaker",
        "differences": (
            "kernels of 9 on every level, where the paper's go from 65 to 9; no dropout",
            "a windowed sinc before samples are left out, where the paper's code has a Chebyshev filter",
            "windows are drawn anew in each pass",
        ),
    }
    return config
