"""The data sets of papers: how large they are, which can be known without having them."""

from typing import NamedTuple


class DataSet(NamedTuple):
    """One data set, by what the papers call it."""

    examples: int
    """Of the split that is trained on."""
    classes: int
    gib: float
    """On disk, as it comes or as TFDS prepares it, about; 0 where nobody has it in one piece."""
    needs: str = ""
    """What must be fetched by hand."""


DATASETS = {
    "MNIST": DataSet(60_000, 10, 0.02),
    "CIFAR-10": DataSet(50_000, 10, 0.13),
    "ImageNet": DataSet(1_281_167, 1000, 156.0, "ILSVRC2012_img_train.tar and ILSVRC2012_img_val.tar"),
    "UCF-101": DataSet(9_537, 101, 6.5, "UCF101.rar and the lists of its splits"),
    "Kinetics-400": DataSet(240_000, 400, 0.0, "the films"),
    "films of YouTube": DataSet(100_000, 0, 0.0, "the films"),
    "Flickr-SoundNet": DataSet(500_000, 0, 0.0, "the films"),
    "LibriSpeech, 960 hours": DataSet(281_241, 0, 57.0, "train-clean-100, train-clean-360 and train-other-500"),
    "LibriSpeech, 100 hours": DataSet(28_539, 251, 6.0, "train-clean-100"),
    "VCTK, one speaker": DataSet(231, 0, 0.1, "the recordings of speaker p225"),
    "books and Wikipedia": DataSet(26_000_000, 0, 16.0, "a folder of texts"),
    "WebText": DataSet(8_800_000, 0, 40.0, "a folder of texts"),
    "sentences of Wikipedia": DataSet(1_000_000, 0, 0.1, "a file of sentences"),
}
"""Of books and Wikipedia: 3.3 billion words as windows of 128; of WebText, nine billion tokens as windows of 1,024."""
