"""A folder of TIFF pictures with any number of channels, in 8 or 16 bits: of satellites, microscopes, scanners."""

from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np
from PIL import Image

from jssl.data.folder import open_listing
from jssl.data.listing import list_folder
from jssl.data.pictures import DEFAULT_SIZE, square
from jssl.data.source import Source, Spec
from jssl.errors import DataError

EXTENSIONS = (".tif", ".tiff")
LEVELS = (np.uint8, np.uint16)


class TiffForm(NamedTuple):
    """The shape and levels of every picture of a folder."""

    side: int
    channels: int
    bits: int

    @property
    def spec(self) -> Spec:
        """Of one example."""
        return {"image": jax.ShapeDtypeStruct((self.side, self.side, self.channels), np.dtype(f"uint{self.bits}"))}

    def example(self, path: Path) -> dict[str, np.ndarray]:
        """A picture's middle square, scaled smoothly, with the levels that the file has.

        Raises:
            Exception: nearly anything that tifffile says of a broken file; ValueError of other levels or channels.
        """
        image = _channels_last(path)
        if image.shape[-1] != self.channels or image.dtype != self.spec["image"].dtype:
            raise ValueError(
                f"{image.shape[-1]} channels of {image.dtype}, and the first picture has {self.channels} of"
                f" uint{self.bits}"
            )
        planes = [square(Image.fromarray(plane.astype(np.float32)), self.side) for plane in np.moveaxis(image, -1, 0)]
        return {"image": np.round(np.stack(planes, axis=-1)).clip(0, 2**self.bits - 1).astype(image.dtype)}

    def looks_whole(self, path: Path) -> bool:
        """Whether all that the first picture's page names lies within the file, and is of this form."""
        with _tifffile().TiffFile(path) as file:
            page = file.pages[0]
            ends = [sum(both) for both in zip(page.dataoffsets, page.databytecounts, strict=True)]
            alike = page.dtype == self.spec["image"].dtype and page.samplesperpixel == self.channels
            return bool(ends) and alike and max(ends) <= path.stat().st_size


def open_tiffs(path: str, split: str, size: int | None, route: str) -> Source:
    """Open a folder of .tif pictures, all of as many channels and bits as the first; arguments as in `open_source`.

    Channels lie beside each other, in planes, or on a page each. Files of another form are left out and named.

    Raises:
        DataError: tifffile is not installed; no picture that can be read, or one of levels with no fixed white.
    """
    name = f"tiff:{path}"
    listing = list_folder(name, path, split, EXTENSIONS, "picture")
    return open_listing(listing, _form(listing.root, listing.files, size or DEFAULT_SIZE), route)


def _form(root: Path, files: tuple[str, ...], side: int) -> TiffForm:
    """That of the first file which can be read."""
    _tifffile()  # a package that is missing is no file that is broken
    why = ""
    for each in files:
        try:
            image = _channels_last(root / each)
            return TiffForm(side, image.shape[-1], 8 * image.dtype.itemsize)
        except Exception as error:  # of a broken file it raises nearly anything
            why = why or f"{each}: {error}"
    raise DataError(f"tiff:{root}: not one of {len(files)} pictures can be read. {why}")


def _channels_last(path: Path) -> np.ndarray:
    """The first series of a file as [h, w, c].

    Raises:
        ValueError: of more dimensions, or of levels that are not of 8 or 16 bits.
    """
    with _tifffile().TiffFile(path) as file:
        series = file.series[0]
        if series.dtype not in LEVELS:
            raise ValueError(f"levels are {series.dtype}, which has no fixed white: save it as uint8 or uint16")
        others = series.axes.replace("Y", "").replace("X", "")
        if len(others) > 1 or "Y" not in series.axes or "X" not in series.axes:
            raise ValueError(f"its axes are {series.axes}, and a picture has height, width and channels")
        image = series.asarray()
    return np.moveaxis(image, series.axes.index(others), -1) if others else image[..., None]


def _tifffile() -> Any:
    try:
        import tifffile
    except ImportError as error:
        raise DataError('tiff: needs tifffile: pip install "jssl[tiff]"') from error
    return tifffile
