"""SimCLR on spoken prompts in five languages: which language is heard, and who speaks?

Paper     SimCLR, arXiv:2002.05709 (not a setting of the paper: another sense, a small network and small data)
Command   python -m launch.pretrain --config=configs/simclr_spoken_prompts.py:prompts.npz --workdir=runs/prompts
Data      `python -m benchmarks.prompts FOLDER_OF_THE_DEBS prompts.npz`: 2,831 prompts by four speakers
Measured  not yet
"""

from ml_collections import ConfigDict

from configs.simclr_spoken_digits import get_config as digits


def get_config(path: str = "prompts.npz") -> ConfigDict:
    """The views and network of configs/simclr_spoken_digits.py, on whole prompts of two seconds."""
    config = digits()
    config.data.name = f"npz:{path}"
    del config.data.seconds
    return config
