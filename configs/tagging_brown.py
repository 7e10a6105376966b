"""Parts of speech of the Brown corpus, by an encoder that was pretrained on texts, or from random weights.

Paper     BERT, arXiv:1810.04805, section 5.3 (there named entities; a small setting of ours)
Command   python -m launch.pretrain --config=configs/tagging_brown.py:brown_tagged.txt --workdir=runs/tags
          --config.start=runs/brown --config.data.tokenizer=runs/brown/tokenizer.json
          python -m launch.evaluate --workdir=runs/tags --protocol=tags --data=tagged:brown_tagged.txt
Data      `python -m benchmarks.texts tagged nltk_brown.zip brown_tagged.txt`: 57,000 sentences
Measured  % of the words of 2,000 held-out sentences, of the encoder of configs/bert_brown.py, seed 0. Frozen, by a
          linear probe: 62.4 (untrained 57.0). This config: 76.9, from random weights 79.4; 15 epochs of
          `data.length=64`: 77.8 and 81.5; the tag that a word has most often in the same sentences: 84.6.
          `data.train="train[:30%]"`, 3 epochs: 85.4, and the most frequent tag 89.9. Words are seen as
          pieces, of which so few sentences tell little
Without `start`, and with `--config.data.tokenizer=""`, it begins with random weights and a tokenizer of its own.
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config(path: str = "brown_tagged.txt") -> ConfigDict:
    """The encoder of configs/bert_brown.py; a twentieth of the sentences, and others to watch it by."""
    config = defaults()
    config.data.name = f"tagged:{path}"
    config.data.train, config.data.validation, config.data.test = "train[:5%]", "train[78%:80%]", ""
    config.data.length, config.data.vocabulary, config.data.tokenizer = 128, 4096, ""
    config.input = "tokens"
    config.augment = {"recipe": "plain"}
    config.encoder = {"name": "text_transformer", "dim": 128, "depth": 2, "heads": 4, "positions": 128}
    config.method = {"name": "tagging"}
    config.optimizer = {"name": "adamw", "learning_rate": 4e-3, "weight_decay": 0.01, "warmup": "5%", "clip": 1.0}
    config.batch_size = 64
    config.epochs = 4
    config.checkpoint.every = 1
    config.evaluate.every = 1
    return config
