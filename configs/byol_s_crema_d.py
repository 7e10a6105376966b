"""CREMA-D by a pretrained encoder of speech: BYOL-S learns from its training speakers alone, and is probed on others.

Paper     BYOL-S, arXiv:2206.12038; protocols: see docs/senses.md
Command   python -m launch.prepare --data=tfds:crema_d --manual_dir=AudioWAV
          python -m launch.pretrain --config=configs/byol_s_crema_d.py --workdir=runs/crema_d
          ... --config.start=runs/byol_s --config.epochs=1   from a run of configs/byol_s_speech.py
Data      the folder AudioWAV of CREMA-D, 7,438 sentences by 91 actors, which you must fetch. Its splits are TFDS's, by
          actor: 64 to learn from, 9 to choose by, 18 to test on, if all actors are there
Cost      not run here, where CREMA-D is not to be had
"""

from ml_collections import ConfigDict

from configs.byol_a_audioset import get_config as byol_a


def get_config() -> ConfigDict:
    """The setting of BYOL-A on clips of 2.5 s, as long as most sentences are."""
    config = byol_a()
    config.data.name = "tfds:crema_d"
    config.data.test = "test"
    config.data.seconds = 2.5
    return config
