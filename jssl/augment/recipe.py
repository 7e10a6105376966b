"""What a recipe is: the distribution of each view of an image, as plain data; `jssl.augment.views` draws them."""

from typing import Annotated, NamedTuple

from jssl.ranges import Count, NotNegative, Parts, Positive, Positives, Range, Share, Span

Turn = Annotated[float, Range(0, 0.5)]
"""Of the circle of hues, which half a turn either way is all of."""


class Affine(NamedTuple):
    """A random affine map; zeros and (1, 1) leave the image alone."""

    degrees: NotNegative = 0.0
    """Rotation is uniform in [-degrees, degrees]."""
    translate: Share = 0.0
    """Largest shift along either axis, as a share of that side."""
    scale: Positives = (1.0, 1.0)
    shear: NotNegative = 0.0
    """Shear along x is uniform in [-shear, shear], degrees."""


class RandAugment(NamedTuple):
    """`jssl.augment.rand_augment`; the defaults are FixMatch's."""

    operations: Count = 2
    magnitude: Span = (0.1, 0.9)
    """Uniform in this range, a share of the largest; (0.9, 0.9) always is Noisy Student's 27 of 30."""
    probability: Share = 0.5
    """Of applying each operation."""


class View(NamedTuple):
    """The distribution of one view; what has probability 0 (or None) costs nothing. Applied in the order below."""

    size: Count
    """Side of the view in pixels."""
    affine: Affine | None = None
    crop: Parts | None = (0.08, 1.0)
    """Range of the crop's area as a share of the image; None takes the centre as `prepare` does."""
    square: bool = False
    """Whether that is a share of the square of the shorter side: a square crop of 225 pixels of a picture whose shorter
    side was scaled to 256 has (225 / 256)**2 of it, whatever the picture's aspect."""
    ratio: Positives = (3 / 4, 4 / 3)
    """Range of the crop's width / height."""
    shift: Share = 0.0
    """Largest move along either axis, as a share of `size`, in whole pixels; the borders reflect."""
    flip: Share = 0.5
    jitter: tuple[NotNegative, NotNegative, NotNegative, Turn] | None = (0.8, 0.8, 0.8, 0.2)
    """Strengths of brightness, contrast, saturation (factors in [1 - s, 1 + s]) and hue (turns in [-s, s])."""
    jitter_probability: Share = 0.8
    photometric: Share = 0.0
    """Probability of `jssl.augment.photometric`: PIRL's, by VISSL."""
    grey: Share = 0.2
    blur: Share = 0.0
    sigma: Positives = (0.1, 2.0)
    """Range of the blur's standard deviation, pixels."""
    kernel: Share = 0.1
    """Length of the blur's kernel as a share of `size`, made odd: 23 at 224 pixels, 3 at 32."""
    solarize: Share = 0.0
    threshold: Share = 0.5
    rand_augment: RandAugment | None = None
    cutout: Share = 0.0
    """Side of a square around a random pixel, as a share of `size`; it takes the recipe's mean (arXiv:1708.04552)."""


class Recipe(NamedTuple):
    """All views of an image, and the statistics that normalise each channel."""

    views: tuple[View, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    margin: Positive = 1.0
    """`prepare` scales the shorter side to at most `margin * size` before the centre crop: 256 for 224 pixels."""
    plain: View | None = None
    """What a classifier is trained on, in place of views made to be hard; None is `plain_view` of the first's size."""


def plain_view(size: int) -> View:
    """A random crop of 8 to 100 % of the picture, or its mirror image, in its own colours: torchvision's
    RandomResizedCrop and RandomHorizontalFlip, on which the papers' linear classifiers and fine-tuning are trained.
    """
    return View(size, jitter=None, grey=0.0)
