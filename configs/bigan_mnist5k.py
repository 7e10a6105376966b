"""BiGAN on 5,000 MNIST digits, made for two CPU cores.

Paper     BiGAN, arXiv:1605.09782 (not a setting of the paper: a small network and small data)
Command   python -m launch.pretrain --config=configs/bigan_mnist5k.py --workdir=runs/bigan_mnist5k
Cost      40 epochs of 31 steps: about two minutes on two cores that others load too
Expected  83.0 % kNN, 91.9 % linear probe, 71.3 % with 10 labels per class, of the train split's last fifth
          (untrained: 83.1, 86.9, 67.1; raw pixels: 95.1, 91.0, 75.8)
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """The paper's codes; the discriminator, which wins else, has a tenth of the others' rate."""
    config = defaults()
    config.data.name = "mnist_5k"
    config.augment = {
        "recipe": "digits", "size": 28, "affine": (15.0, 0.1, (0.9, 1.1), 10.0), "crop": (0.8, 1.0),
        "jitter_probability": 0.0, "blur": 0.0, "mean": (0.5,), "std": (0.5,),
    }  # fmt: skip
    config.encoder = {"name": "convnet", "width": 16, "depth": 3, "features": 256}
    config.method = {"name": "bigan", "latent": 50, "width": 16, "hidden": 256}
    config.optimizer = {
        "name": "adamw", "learning_rate": 2e-3, "scale_by_batch": False, "weight_decay": 2.5e-5, "b1": 0.5,
        "warmup": 0.0, "rates": {"discriminator": 0.1},
    }  # fmt: skip
    config.batch_size = 128
    config.epochs = 40
    config.evaluate.every = 20
    return config
