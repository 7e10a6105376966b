"""Speech Commands v2 (arXiv:1804.03209): all 35 words, in the authors' splits, without TensorFlow."""

from pathlib import Path

import tensorflow_datasets as tfds

from jssl.data.builders.sounds import SoundBuilder

WORDS = (
    *("backward", "bed", "bird", "cat", "dog", "down", "eight", "five", "follow"),
    *("forward", "four", "go", "happy", "house", "learn", "left", "marvin", "nine"),
    *("no", "off", "on", "one", "right", "seven", "sheila", "six", "stop"),
    *("three", "tree", "two", "up", "visual", "wow", "yes", "zero"),
)
LISTS = {"validation": "validation_list.txt", "test": "testing_list.txt"}


class SpeechCommands(SoundBuilder, skip_registration=True):
    """One-second words at 16 kHz, a folder for each. TFDS's builder has ten of the words, and all others as one."""

    name = "speech_commands"
    MANUAL_DOWNLOAD_INSTRUCTIONS = "unpack speech_commands_v0.02.tar.gz into manual_dir"
    rate = 16_000
    labels = {"word": WORDS}  # noqa: RUF012  TFDS's builders are built so

    def _split_generators(self, dl_manager: tfds.download.DownloadManager) -> dict:
        top = Path(dl_manager.manual_dir)
        listed = {split: set((top / name).read_text().split()) for split, name in LISTS.items()}
        splits: dict[str, list] = {"train": [], **{split: [] for split in LISTS}}
        for file in self.files(dl_manager):
            word = file.path.parent.name
            if word in WORDS:
                name = f"{word}/{file.path.name}"
                split = next((split for split, names in listed.items() if name in names), "train")
                splits[split].append((name, file, {"word": word}))
        return {split: self._generate_examples(examples) for split, examples in splits.items()}
