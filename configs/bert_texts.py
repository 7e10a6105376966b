"""BERT on your own texts: a folder of .txt files, or one .txt, .jsonl or .tsv file, labelled or not, for a laptop.

Paper     BERT, arXiv:1810.04805 (a small setting of ours)
Command   python -m launch.pretrain --config=configs/bert_texts.py:PATH --workdir=runs/texts
          python -m launch.embed --workdir=runs/texts --data=text:PATH --out=features.npz
Data      a hundred pages or more; sub-folders or a column are labels, train/ and test/ sub-folders are splits
With a GPU, --config.encoder.dim=512 --config.encoder.depth=8 --config.encoder.heads=8 --config.data.length=256, and
more of the language that the texts are in. `--config.method.next_sentence=true` adds the paper's second task.
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
    config.encoder = {"name": "text_transformer", "dim": 128, "depth": 2, "heads": 4}
    config.method = {"name": "bert"}
    config.optimizer = {
        "name": "adamw", "learning_rate": 8e-3, "weight_decay": 0.01, "warmup": "5%", "clip": 1.0,
    }  # fmt: skip
    config.batch_size = 16
    config.epochs = 20
    config.checkpoint.every = 2
    config.evaluate.every = 2
    return config
