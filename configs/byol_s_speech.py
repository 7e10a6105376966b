"""BYOL-S: BYOL-A on speech alone, as in the paper.

Paper     BYOL-S, arXiv:2110.03414 (SERAB), arXiv:2206.12038 (HEAR 2021: CREMA-D 65.7 %, Speech Commands 94.8 %)
Command   python -m launch.pretrain --config=configs/byol_s_speech.py:PATH --workdir=runs/byol_s
          python -m launch.embed --workdir=runs/byol_s --data=tfds:crema_d --split=train --out=train.npz
Data      the clips of AudioSet that are labelled as speech, as files under PATH, which you must fetch
Cost      100 epochs of 256; not run here
"""

from ml_collections import ConfigDict

from configs.byol_a_audioset import get_config as byol_a


def get_config(path: str = "audioset/speech") -> ConfigDict:
    """The setting of BYOL-A: what differs is what it hears."""
    return byol_a(path)
