"""SimCLR v2 on 5,000 MNIST digits: pretraining with a head of three layers, made for two CPU cores.

Paper     SimCLR v2, arXiv:2006.10029 (not a setting of the paper: a small network and small data)
Command   python -m launch.pretrain --config=configs/simclr_v2_mnist5k.py --workdir=runs/simclr_v2_mnist5k
          Its second step, fine-tuning from the first layer of the head:
          python -m launch.evaluate --workdir=runs/simclr_v2_mnist5k --protocol=finetune --head_layers=1
          Its third is configs/simclr_v2_distil_mnist5k.py
Cost      30 epochs of 31 steps: about 50 CPU seconds of training
Measured  seed 0, 300 steps of fine-tuning at 3e-3 on 10 labels per class, three draws: 93.8 ± 0.6 % of the test digits
          from the head's first layer, 94.2 ± 0.9 from the encoder's output, 89.8 ± 1.2 from random weights
"""

from ml_collections import ConfigDict

from configs.simclr_mnist5k import get_config as simclr


def get_config() -> ConfigDict:
    """SimCLR's demo with a deeper head, in fewer epochs."""
    config = simclr()
    config.method.projector = (512, 512, 128)
    config.epochs = 30
    config.optimizer.warmup = "5%"
    return config
