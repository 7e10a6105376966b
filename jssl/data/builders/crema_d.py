"""TFDS's `crema_d` without TensorFlow: emotions in acted speech, no speaker in two splits."""

import tensorflow_datasets as tfds
from tensorflow_datasets.audio.crema_d import _get_inter_splits_by_group

from jssl.data.builders.sounds import File, SoundBuilder

EMOTIONS = ("NEU", "HAP", "SAD", "ANG", "FEA", "DIS")
BAD = ("1040_ITH_SAD_XX", "1006_TIE_NEU_XX", "1013_WSI_DIS_XX", "1017_IWW_FEA_XX")
"""What TFDS leaves out as wrongly named or empty."""
SPLITS = (("train", 0.7), ("validation", 0.1), ("test", 0.2))


class CremaD(SoundBuilder, skip_registration=True):
    """7,438 sentences by 91 actors at 16 kHz: `1001_DFA_ANG_XX.wav`. Splits equal TFDS's if all actors are there."""

    name = "crema_d"
    MANUAL_DOWNLOAD_INSTRUCTIONS = "put the wavs of CREMA-D's folder AudioWAV into manual_dir"
    rate = 16_000
    labels = {"emotion": EMOTIONS}  # noqa: RUF012  TFDS's builders are built so

    def _split_generators(self, dl_manager: tfds.download.DownloadManager) -> dict:
        files = {file.path.stem: file for file in self.files(dl_manager) if file.path.stem not in BAD}
        by_actor = [(stem, stem.split("_")[0]) for stem in files]
        splits = _get_inter_splits_by_group(by_actor, list(SPLITS), 0)

        def examples(split: str) -> list[tuple[str, File, dict[str, str]]]:
            return [(stem, files[stem], {"emotion": stem.split("_")[2]}) for stem in sorted(splits[split])]

        return {split: self._generate_examples(examples(split)) for split, _ in SPLITS}
