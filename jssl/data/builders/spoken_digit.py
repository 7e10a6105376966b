"""TFDS's `spoken_digit`, the Free Spoken Digit Dataset, without TensorFlow, with its speakers as a second target."""

import tensorflow_datasets as tfds

from jssl.data.builders.sounds import File, SoundBuilder

SPEAKERS = ("george", "jackson", "lucas", "nicolas", "theo", "yweweler")
UNSEEN = SPEAKERS[4:]
"""Whose digits are tested on in the split by speakers."""
TEST_INDEX = 5
"""Recordings below this number, of each digit and speaker, are the authors' test split."""


class SpokenDigit(SoundBuilder, skip_registration=True):
    """Digits from zero to nine, 50 times each by six speakers, 8 kHz: `{digit}_{speaker}_{index}.wav`.

    "train" and "test" are the authors' split, 2,700 and 300 recordings of the same speakers. "train_speakers" and
    "test_speakers" have other speakers each, four and two.
    """

    name = "spoken_digit"
    MANUAL_DOWNLOAD_INSTRUCTIONS = "put the Free Spoken Digit Dataset, zipped or not, into manual_dir"
    rate = 8000
    labels = {"digit": tuple("0123456789"), "speaker": SPEAKERS}  # noqa: RUF012  TFDS's builders are built so

    def _split_generators(self, dl_manager: tfds.download.DownloadManager) -> dict:
        files = [file for file in self.files(dl_manager) if file.path.stem.count("_") == 2]
        named = [(file, *file.path.stem.split("_")) for file in files]

        def chosen(test: bool, by_speaker: bool) -> list[tuple[str, File, dict[str, str]]]:
            return [
                (file.path.stem, file, {"digit": digit, "speaker": speaker})
                for file, digit, speaker, index in named
                if ((speaker in UNSEEN) if by_speaker else (int(index) < TEST_INDEX)) == test
            ]

        return {
            f"{split}{ending}": self._generate_examples(chosen(split == "test", bool(ending)))
            for ending in ("", "_speakers")
            for split in ("train", "test")
        }
