"""The next word, told on your own texts and then written: a folder of .txt files, or one .txt, .jsonl or .tsv file.

Paper     GPT-2, Language Models are Unsupervised Multitask Learners, 2019 (a small setting of ours)
Command   python -m launch.pretrain --config=configs/next_word_texts.py:PATH --workdir=runs/writer
          python -m launch.sample --workdir=runs/writer --prompt="how a text begins"
Data      a hundred pages or more; sub-folders or a column are labels, train/ and test/ sub-folders are splits
With a GPU, --config.encoder.dim=512 --config.encoder.depth=8 --config.encoder.heads=8 --config.data.length=256, and
more of the language that the texts are in.
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config(path: str = "texts") -> ConfigDict:
    """Windows of 64 tokens, two blocks of 128; batches of 16, so that small folders do."""
    config = defaults()
    config.data.name = f"text:{path}"
    config.data.train, config.data.validation, config.data.test = "train[:95%]", "train[95%:]", ""
    config.data.length, config.data.vocabulary = 64, 4096
    config.input = "tokens"
    config.augment = {"recipe": "plain"}
    config.encoder = {"name": "text_transformer", "dim": 128, "depth": 2, "heads": 4, "causal": True}
    config.method = {"name": "next_word"}
    config.optimizer = {
        "name": "adamw", "learning_rate": 3e-2, "weight_decay": 0.1, "b2": 0.95, "warmup": "5%", "clip": 1.0,
    }  # fmt: skip
    config.batch_size = 16
    config.epochs = 20
    config.checkpoint.every = 2
    config.evaluate.every = 2
    return config
