"""One picture of a tree as it is learned from: the first frame, upright, on white, 8 bits a channel, in colour.

What a picture has beyond that is not lost without a word: it comes back as *peculiarities*, which `in_words` counts.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import numpy as np
from PIL import ExifTags, Image, UnidentifiedImageError

from emergescope.datasets.files import DataFile, Pixels

_SAFE = ("JPEG", "PNG", "PPM", "BMP", "TIFF", "WEBP", "GIF", "AVIF", "JPEG2000")  # others could have programs run
_LARGEST_PICTURE = 50_000_000  # pixels of one image before it is scaled
_WHITE = 255

_TRANSPARENT = "transparency, which is put on white"
_DEEP = "16 bits a pixel, scaled to 8 by their whole range"
_FRAMES = "several frames or pages, of which the first is taken"
_TURNED = "turned upright, as the camera noted (EXIF)"
_TURNS = dict(
    enumerate(
        (
            Image.Transpose.FLIP_LEFT_RIGHT,
            Image.Transpose.ROTATE_180,
            Image.Transpose.FLIP_TOP_BOTTOM,
            Image.Transpose.TRANSPOSE,
            Image.Transpose.ROTATE_270,
            Image.Transpose.TRANSVERSE,
            Image.Transpose.ROTATE_90,
        ),
        start=2,
    )
)
_LATE = {"exif", "Raw profile type exif", "xmp", "XML:com.adobe.xmp"}  # what of a PNG may say how it is turned


def read_picture(file: DataFile, size: int) -> tuple[Pixels, frozenset[str]]:
    """A picture [size, size, 3], and its peculiarities. Raises DataBroken."""
    with _opened(file) as image:
        found = _peculiarities(image)
        image.load()
        found |= _peculiarities(image)  # some formats tell more behind the pixels; some have turned themselves by now
        upright = image.transpose(_TURNS[turn]) if (turn := _orientation(image)) in _TURNS else image
        scaled = _in_colour(image, upright).resize((size, size), Image.Resampling.BILINEAR)
        return np.asarray(scaled), found


def examine_picture(file: DataFile) -> frozenset[str]:
    """The peculiarities of a picture, as far as its header tells. Raises DataBroken."""
    with _opened(file) as image:
        return _peculiarities(image)


def in_words(counts: Counter[str], pictures: str) -> list[str]:
    """What to say of so many pictures with each peculiarity; `pictures`: of how many, "40 pictures"."""
    return [f"{count:,} of {pictures}: {peculiarity}" for peculiarity, count in sorted(counts.items())]


@contextmanager
def _opened(file: DataFile) -> Iterator[Image.Image]:
    """A picture whose header was read, and can be accepted. What goes wrong inside is DataBroken."""
    with file.opened() as stream:
        try:
            image = Image.open(stream, formats=_formats())
            if image.width * image.height > _LARGEST_PICTURE:
                raise ValueError(f"it has {image.width} x {image.height} pixels, too many")
            if image.mode == "F" or (image.mode == "I" and image.format not in ("PNG", "PPM")):
                raise _Unscaled
            yield image
        except _Unscaled:
            raise file.broken("nothing says which of its numbers is white: save it with 8 or 16 bits a pixel") from None
        except UnidentifiedImageError:  # says where the file lies, which others need not know
            raise file.broken("it is not an intact picture of a kind that is read here") from None
        except Exception as error:  # what a broken picture raises depends on its format, and on the version
            raise file.broken(f"it is not an intact picture ({error})") from None


class _Unscaled(Exception):
    """Whole numbers of 32 bits or fractions, whose range is that of no type."""


@cache
def _formats() -> tuple[str, ...]:
    """The safe formats that the installed Pillow knows."""
    Image.init()
    return tuple(name for name in _SAFE if name in Image.OPEN)


def _peculiarities(image: Image.Image) -> frozenset[str]:
    found = {
        _TRANSPARENT: image.has_transparency_data,
        _DEEP: image.mode.startswith("I"),
        _FRAMES: getattr(image, "is_animated", False),
        _TURNED: _orientation(image) in _TURNS,
    }
    return frozenset(peculiarity for peculiarity, there in found.items() if there)


def _orientation(image: Image.Image) -> object:
    if image.format == "PNG" and not _LATE & image.info.keys():
        return None  # Pillow would read all of it to look behind the pixels
    try:
        return image.getexif().get(ExifTags.Base.Orientation)
    except Exception:  # notes that cannot be read say nothing; the picture is as good as ever
        return None


def _in_colour(image: Image.Image, upright: Image.Image) -> Image.Image:
    """`upright`, which is `image` turned, as RGB on white."""
    if image.mode.startswith("I"):
        return _eight_bits(image, np.asarray(upright)).convert("RGB")
    if not image.has_transparency_data:
        return upright.convert("RGB")
    opacity = upright.convert("RGBA").getchannel("A")
    if opacity.getextrema()[0] == _WHITE:  # nothing shows through
        return upright.convert("RGB")
    ground = Image.new("RGB", upright.size, "white")
    ground.paste(upright.convert("RGBA"), mask=opacity)
    return ground


def _eight_bits(image: Image.Image, values: np.ndarray) -> Image.Image:
    """Grey values of 12 or 16 bits as 8, by the range of the type; what is transparent is white."""
    bits, is_negative = 16, False
    if image.format == "TIFF":
        tags = image.tag_v2  # type: ignore[attr-defined]
        bits, is_negative = tags.get(258, (16,))[0], tags.get(262) == 0  # BitsPerSample, PhotometricInterpretation
    eight = (values >> (bits - 8)).astype(np.uint8)
    if is_negative:
        eight = _WHITE - eight
    if (clear := image.info.get("transparency")) is not None:
        eight[values == clear] = _WHITE
    return Image.fromarray(eight)
