"""What configs of ImageNet share."""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def imagenet() -> ConfigDict:
    """The defaults with ImageNet as their data: whole pictures, of up to 512 pixels on the longer side.

    Crops are drawn in the whole of a picture at its own aspect, as the papers do. Of 1.28 million pictures of 500 x 375
    in the median a seventh is longer and scaled down; docs/benchmarks.md has what other sizes cost.
    """
    config = defaults()
    config.data.name = "tfds:imagenet2012"
    config.data.test = "validation"
    config.data.canvas = 512
    config.data.route = "stream"
    return config
