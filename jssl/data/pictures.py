"""One picture, of any mode and size, to RGB uint8 in an array of one shape: its middle square, or the whole of it."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, NamedTuple

import jax
import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from jssl.data.source import Spec, picture_spec
from jssl.errors import DataError

DEFAULT_SIZE = 256
"""Side in pixels when none is asked for."""
LARGEST = 1 << 25
"""Pixels of a picture that may always be decoded, for however small a one: what cameras make, and 100 MB."""
TIMES = 16
"""How many times longer than the side that is asked for those of a still larger picture may be."""
_ENDS = {"JPEG": b"\xff\xd9", "MPO": b"\xff\xd9", "PNG": b"IEND\xaeB`\x82", "GIF": b";"}


class Form(NamedTuple):
    """How pictures of any size come in arrays of one shape."""

    side: int
    whole: bool = False
    """Whether a picture is carried whole, in the top left corner of a square of that side, scaled down where it is
    larger and never up; else its middle square is scaled to it."""
    channels: int = 3
    """3 for RGB, 1 for grey."""

    @property
    def spec(self) -> Spec:
        """Of one example; of a whole picture with its "extent", height and width in pixels."""
        spec = picture_spec(self.side, self.side, self.channels)
        return {**spec, "extent": jax.ShapeDtypeStruct((2,), np.int32)} if self.whole else spec

    def example(self, file: Path | BinaryIO) -> dict[str, np.ndarray]:
        """A picture in this form: all that its `spec` names. Arguments and errors as of `decode`."""
        pixels = decode(file, self.side, self.channels, whole=self.whole)
        if not self.whole:
            return {"image": pixels}
        image, extent = np.zeros((self.side, self.side, self.channels), np.uint8), pixels.shape[:2]
        image[: extent[0], : extent[1]] = pixels
        return {"image": image, "extent": np.array(extent, np.int32)}

    def looks_whole(self, path: Path) -> bool:
        """Whether header and file end are those of a whole picture; False where only decoding can tell.

        Raises:
            OSError, ValueError, Image.DecompressionBombError: not a picture, or one too large to be meant.
        """
        with Image.open(path) as image:
            kind, mode = image.format, image.mode
            _reduce(image, self.side, self.whole)
        if kind not in _ENDS or mode in ("I", "F"):
            return False
        end = _ENDS[kind]
        with path.open("rb") as file:
            file.seek(-len(end), os.SEEK_END)
            return file.read() == end


def make_form(name: str, size: int | None, canvas: int, channels: int = 3) -> Form:
    """The form that `config.data.size` or `config.data.canvas` ask for, either of which may be nothing.

    Raises:
        DataError: both, or a canvas of less than no pixels.
    """
    if canvas < 0 or (size and canvas):
        raise DataError(
            f"{name}: config.data.size={size or 0} cuts the middle square out, and config.data.canvas={canvas} carries"
            " pictures whole: one of them must be 0, and the other at least 0"
        )
    return Form(canvas or size or DEFAULT_SIZE, bool(canvas), channels)


def decode(file: Path | BinaryIO, size: int | None, channels: int = 3, *, whole: bool = False) -> np.ndarray:
    """Read a picture as uint8 [size, size, channels]: upright, shorter side resized smoothly, centre cropped.

    The EXIF orientation is applied, transparency is laid on white, 16-bit grey is scaled by its full range, and of
    an animation the first frame is taken.

    Args:
        file: a path or the open file.
        size: None keeps the picture's own height and width.
        channels: 3 for RGB, 1 for grey.
        whole: keep all of the picture instead, with the longer side scaled down to `size` if it is longer.

    Raises:
        OSError, ValueError, SyntaxError, Image.DecompressionBombError: whatever Pillow finds wrong with the file, and
            more pixels than this size justifies.
    """
    with Image.open(file) as image:
        if size:
            _reduce(image, size, whole)
        upright, mode = ImageOps.exif_transpose(image), "L" if channels == 1 else "RGB"
        plain = upright if upright.mode == mode == "L" else to_rgb(upright).convert(mode)
        if size:
            plain = fitted(plain, size) if whole else square(plain, size)
        pixels = np.asarray(plain)
        return pixels.reshape(*pixels.shape[:2], channels)


def _reduce(image: Image.Image, size: int, whole: bool) -> None:
    """Have a JPEG decoded at 1/2, 1/4 or 1/8 of its size, which takes a fraction of the time and memory.

    Raises:
        ValueError: what is to be decoded then is still too much.
    """
    width, height = image.size
    wanted = fit(width, height, size) if whole else (size, size)
    image.draft(None, (2 * wanted[0], 2 * wanted[1]))  # of twice as many pixels nothing is lost
    # The coefficients of a progressive JPEG all lie in memory, at whatever size it is decoded.
    pixels = width * height if image.info.get("progressive") else image.width * image.height
    if pixels > (most := max(LARGEST, (TIMES * size) ** 2)):
        raise ValueError(
            f"{width} x {height} pixels: too many for a picture of {size}, of at most {most / 1e6:.0f} million; scale"
            " it down"
        )


def to_rgb(image: Image.Image) -> Image.Image:
    """8-bit RGB of a picture of any mode.

    Raises:
        ValueError: 32-bit grey, which has no fixed white level.
    """
    if image.mode.startswith("I"):
        grey = np.asarray(image)
        if grey.min() < 0 or grey.max() > 65535:
            raise ValueError("32-bit grey has no fixed white level; save it as 8 or 16 bit")
        image = Image.fromarray(np.round(grey / 257).astype(np.uint8))
    elif image.mode == "F":
        raise ValueError("float grey has no fixed white level; save it as 8 or 16 bit")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, (255, 255, 255, 255))
        image = Image.alpha_composite(white, image)
    return image.convert("RGB")


def square(image: Image.Image, size: int) -> Image.Image:
    """Resize the shorter side to `size` and cut the middle square out, in one pass over the square alone."""
    width, height = image.size
    side = min(width, height)
    left, top = (width - side) / 2, (height - side) / 2
    return image.resize((size, size), Image.Resampling.BILINEAR, box=(left, top, left + side, top + side))


def fit(width: int, height: int, side: int) -> tuple[int, int]:
    """Width and height of a picture, scaled down so that it fits into a square of that side."""
    scale = min(1.0, side / max(width, height))
    return max(round(width * scale), 1), max(round(height * scale), 1)


def fitted(image: Image.Image, side: int) -> Image.Image:
    """The picture, smoothly scaled down where it does not fit into a square of that side."""
    size = fit(*image.size, side)
    return image if size == image.size else image.resize(size, Image.Resampling.BILINEAR)


def square_array(image: np.ndarray, size: int) -> np.ndarray:
    """`square` of a decoded picture, uint8 [h, w, 1 or 3] -> [size, size, same]."""
    return image if image.shape[:2] == (size, size) else _of_array(square, image, size)


def fitted_array(image: np.ndarray, side: int) -> np.ndarray:
    """`fitted` of a decoded picture, uint8 [h, w, 1 or 3]."""
    return _of_array(fitted, image, side)


def _of_array(change: Callable[[Image.Image, int], Image.Image], image: np.ndarray, side: int) -> np.ndarray:
    grey = image.shape[-1] == 1
    changed = np.asarray(change(Image.fromarray(image[..., 0] if grey else image), side))
    return changed[..., None] if grey else changed


def reason(error: Exception, path: Path) -> str:
    """What is wrong with a picture, in one line."""
    if isinstance(error, UnidentifiedImageError):
        return "not a picture" if path.stat().st_size else "empty file"
    return (str(error) or type(error).__name__).splitlines()[0][:200]
