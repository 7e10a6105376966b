"""SimCLR on spoken prompts in five languages: which language is heard, and who speaks?

Paper     SimCLR, arXiv:2002.05709 (not a setting of the paper: another sense, a small network and small data)
Command   python -m launch.pretrain --config=configs/simclr_spoken_prompts.py:prompts.npz --workdir=runs/prompts
Data      `python -m benchmarks.prompts FOLDER_OF_THE_DEBS prompts.npz`: 2,831 prompts by four speakers
Measured  10 epochs (`--config.epochs=10`, five CPU minutes), seed 0, 497 prompts that are trained on in
          no language, kNN / linear probe in %: language 76.1 / 88.7 (untrained 71.2 / 88.7, mean log-mel 78.7 / 91.8),
          speaker 77.7 / 90.7 (76.1 / 92.8, 83.7 / 95.0). With four speakers the two are nearly one question
"""

from ml_collections import ConfigDict

from configs.simclr_spoken_digits import get_config as digits


def get_config(path: str = "prompts.npz") -> ConfigDict:
    """The views and network of configs/simclr_spoken_digits.py, on whole prompts of two seconds."""
    config = digits()
    config.data.name = f"npz:{path}"
    del config.data.seconds
    return config
