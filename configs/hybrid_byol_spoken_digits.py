"""Hybrid BYOL-S on spoken digits with openSMILE's descriptors: made for two CPU cores.

Paper     arXiv:2206.12038 (not a setting of the paper: a small network, small data, few descriptors)
Command   python -m benchmarks.descriptors --manual_dir=FOLDER --out=described.npz
          python -m launch.pretrain --config=configs/hybrid_byol_spoken_digits.py:described.npz --workdir=runs/hybrid
Data      the Free Spoken Digit Dataset in FOLDER, with eGeMAPS' 88 descriptors
"""

from ml_collections import ConfigDict

from configs.byol_a_spoken_digits import get_config as byol_a


def get_config(path: str = "described.npz") -> ConfigDict:
    """The setting of configs/byol_a_spoken_digits.py."""
    config = byol_a()
    config.data.name = f"npz:{path}"
    del config.data["seconds"]
    config.method.name = "hybrid_byol"
    config.method.weight = 1.0
    return config
