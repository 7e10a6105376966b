"""One picture, of any mode and size, to square RGB uint8."""

import os
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

DEFAULT_SIZE = 256
"""Side in pixels when none is asked for."""
_ENDS = {"JPEG": b"\xff\xd9", "MPO": b"\xff\xd9", "PNG": b"IEND\xaeB`\x82", "GIF": b";"}


def decode(file: Path | BinaryIO, size: int | None, channels: int = 3) -> np.ndarray:
    """Read a picture as uint8 [size, size, channels]: upright, shorter side resized smoothly, centre cropped.

    The EXIF orientation is applied, transparency is laid on white, 16-bit grey is scaled by its full range, and of
    an animation the first frame is taken.

    Args:
        file: a path or the open file.
        size: None keeps the picture's own height and width.
        channels: 3 for RGB, 1 for grey.

    Raises:
        OSError, ValueError, SyntaxError, Image.DecompressionBombError: whatever Pillow finds wrong with the file.
    """
    with Image.open(file) as image:
        if size:
            # JPEG can be decoded at 1/2, 1/4 or 1/8 of its size for a fraction of the cost; twice `size` loses nothing.
            image.draft(None, (2 * size, 2 * size))
        upright, mode = ImageOps.exif_transpose(image), "L" if channels == 1 else "RGB"
        plain = upright if upright.mode == mode == "L" else to_rgb(upright).convert(mode)
        pixels = np.asarray(square(plain, size) if size else plain)
        return pixels.reshape(*pixels.shape[:2], channels)


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


def square_array(image: np.ndarray, size: int) -> np.ndarray:
    """`square` of a decoded picture, uint8 [h, w, 1 or 3] -> [size, size, same]."""
    if image.shape[:2] == (size, size):
        return image
    grey = image.shape[-1] == 1
    resized = np.asarray(square(Image.fromarray(image[..., 0] if grey else image), size))
    return resized[..., None] if grey else resized


def looks_whole(path: Path) -> bool:
    """Whether header and file end are those of a whole picture; False where only decoding can tell.

    Raises:
        OSError, Image.DecompressionBombError: not a picture, or one too large to be meant.
    """
    with Image.open(path) as image:
        kind, mode = image.format, image.mode
    if kind not in _ENDS or mode in ("I", "F"):
        return False
    end = _ENDS[kind]
    with path.open("rb") as file:
        file.seek(-len(end), os.SEEK_END)
        return file.read() == end


def reason(error: Exception, path: Path) -> str:
    """What is wrong with a picture, in one line."""
    if isinstance(error, UnidentifiedImageError):
        return "not a picture" if path.stat().st_size else "empty file"
    return (str(error) or type(error).__name__).splitlines()[0][:200]
