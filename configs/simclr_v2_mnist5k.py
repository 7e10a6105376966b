"""SimCLR v2 on 5,000 MNIST digits: pretraining with a head of three layers, made for two CPU cores.

Paper     SimCLR v2, arXiv:2006.10029 (not a setting of the paper: a small network and small data)
Command   python -m launch.pretrain --config=configs/simclr_v2_mnist5k.py --workdir=runs/simclr_v2_mnist5k
          Its second step, fine-tuning from the first layer of the head:
          python -m launch.evaluate --workdir=runs/simclr_v2_mnist5k --protocol=finetune --head_layers=1
          Its third is configs/simclr_v2_distil_mnist5k.py
Cost      30 epochs of 31 steps: about 50 CPU seconds of training
Expected  after 12 epochs and 150 steps of fine-tuning on 10 labels per class 91.7 % of the test digits from the head's
          first layer, 90.2 from the encoder's output (one draw); all 30 epochs have not been measured
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
