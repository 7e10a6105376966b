"""wav2vec 2.0 BASE on LibriSpeech, as in the paper.

Paper     wav2vec 2.0, arXiv:2006.11477: fine-tuned by CTC on 100 hours, 3.4 and 8.0 % of the words wrong with a
          language model (test-clean, test-other)
Command   python -m launch.pretrain --config=configs/wav2vec2_librispeech.py:PATH --workdir=runs/wav2vec2
          ... --config.encoder.name=wav2vec2_large   the larger network, with --config.method.penalty=0,
          --config.method.feature_gradient=1 and --config.method.gumbel="(0.1, 2.0)"
Data      LibriSpeech's 960 hours of flac under PATH, which you must fetch
Cost      the paper's 1.6 days on 64 V100; not run here
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config(path: str = "librispeech") -> ConfigDict:
    """Crops of 15.6 s, 1.6 hours of sound in a batch, 400,000 steps of Adam with a peak of 5e-4."""
    config = defaults()
    config.data.name = f"sound:{path}"
    config.data.test = ""
    config.data.rate = 16_000
    config.data.seconds = 15.625
    config.input = "sound"
    config.augment = {"recipe": "wave"}
    config.encoder = {"name": "wav2vec2", "dim": 768, "depth": 12, "heads": 12}
    config.method = {"name": "wav2vec2", "mask": 0.65, "span": 10, "negatives": 100, "groups": 2, "entries": 320}
    config.optimizer = {
        "name": "adamw", "learning_rate": 5e-4, "scale_by_batch": False, "weight_decay": 0.01, "warmup": "32000 steps",
        "b2": 0.98, "eps": 1e-6,
    }  # fmt: skip
    config.batch_size = 384
    config.epochs = "400000 steps"
    config.precision = "bf16"
    config.checkpoint.every = 1
    config.evaluate.every = 0
    config.paper = {
        "title": "wav2vec 2.0: A Framework for Self-Supervised Learning of Speech Representations",
        "arxiv": "2006.11477",
        "data": "LibriSpeech, 960 hours",
        "reported": (
            {"value": 3.4, "unit": "% words wrong", "protocol": "other", "how": "CTC on 100 h, test-clean, with LM"},
            {"value": 8.0, "unit": "% words wrong", "protocol": "other", "how": "CTC on 100 h, test-other, with LM"},
        ),
        "differences": (
            "the rate falls along a cosine, where the paper's falls linearly",
            "batches of 384 crops of one length, where the paper packs recordings of unequal lengths",
            "attention weights are not dropped",
        ),
    }
    return config
