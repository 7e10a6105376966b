"""VideoMAE on Kinetics-400 with ViT-B, 800 epochs.

Paper     VideoMAE, arXiv:2203.12602: 81.5 % after 1600 epochs, all layers fine-tuned
Command   python -m launch.pretrain --config=configs/video_mae_kinetics.py --workdir=runs/video_mae_kinetics
Data      video:kinetics400, a folder of its films in train/ and test/ by class, or --config.data.name=video:PATH
Not run here: the films are not to be had. Each clip is seen once a pass, where the authors repeat its augmentation.
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """The paper's settings: 16 frames, every fourth, of which 20 of 196 places are seen."""
    config = defaults()
    config.data.name = "video:kinetics400"
    config.data.size = 256
    config.data.frames = 16
    config.data.stride = 4
    config.data.route = "stream"
    config.input = "clip"
    config.augment = {"recipe": "plain", "size": 224, "crop": (0.44, 1.0)}
    config.encoder = {"name": "video_vit_base", "tubelet": 2, "patch": 16}
    config.method = {"name": "video_mae", "mask": 0.9, "masking": "tube", "decoder": (384, 4, 6), "norm_pix": True}
    config.optimizer = {
        "name": "adamw", "learning_rate": 1.5e-4, "weight_decay": 0.05, "b2": 0.95, "warmup": 40.0,
    }  # fmt: skip
    config.batch_size = 2048
    config.epochs = 800
    config.precision = "bf16"
    config.evaluate.every = 50
    config.checkpoint.every = 5
    config.paper = {
        "title": "VideoMAE: Masked Autoencoders are Data-Efficient Learners for Self-Supervised Video Pre-Training",
        "arxiv": "2203.12602",
        "data": "Kinetics-400",
        "reported": (
            {
                "value": 81.5,
                "protocol": "other",
                "how": "Kinetics-400, ViT-B, all layers fine-tuned",
                "at": {"epochs": 1600},
            },
        ),
    }
    return config
