"""Pictures of a tree as they are learned from: the first frame, upright, on white, 8 bits a channel, in colour.

What a picture has beyond that is not lost without a word: it comes back as *peculiarities*, which are counted.
"""

import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, UnidentifiedImageError

from emergescope.datasets.files import LARGEST, DataFile, DataSet, Images, Pixels
from emergescope.datasets.tree import Labelled, Tree, find_tree
from emergescope.errors import DataBroken

_SAFE = ("JPEG", "PNG", "PPM", "BMP", "TIFF", "WEBP", "GIF", "AVIF", "JPEG2000")  # others could have programs run
_LARGEST_PICTURE = 50_000_000  # pixels of one image before it is scaled
_EXAMINED = 64  # pictures of a tree whose headers are read to list it
_LARGEST_EXAMINED = 2**26  # bytes: to read the header of some formats takes all of the file
_WHITE = 255

_TRANSPARENT = "transparency, which is put on white"
_DEEP = "16 bits a pixel, scaled to 8 by their whole range"
_FRAMES = "several frames or pages, of which the first is taken"
_TURNED = "turned upright, as the camera noted (EXIF)"
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_LATE = {"exif", "Raw profile type exif", "xmp", "XML:com.adobe.xmp"}  # what of a PNG may say how it is turned

Image.init()
_FORMATS = [name for name in _SAFE if name in Image.OPEN]  # those that the installed Pillow knows


def read_folder(root: Path, folder: str, size: int, classes: int = 1) -> DataSet:
    """The tree `folder` in `root`, scaled to size x size in colour. Raises DataMissing, DataBroken."""
    tree = find_tree(root, folder, classes)
    found: Counter[str] = Counter()
    train, test = (_images(tree, labelled, size, found) for labelled in (tree.train, tree.test))
    notes = (*tree.notes, *_in_words(found, f"{len(train) + len(test):,} pictures"))
    return DataSet("folder", folder, tree.classes, train, test, notes)


def examine(tree: Tree) -> list[str]:
    """What is to be said of its pictures, by the headers of some of them, evenly spaced. Raises DataBroken."""
    every = [path for path, _ in (*tree.train, *tree.test)]
    some = [file for file in map(tree.file, every[:: -(-len(every) // _EXAMINED)]) if file.size <= _LARGEST_EXAMINED]
    found: Counter[str] = Counter()
    for file in some:
        with _opened(file) as image:
            found.update(_peculiarities(image))
    return _in_words(found, f"{len(some):,} pictures" + ("" if len(some) == len(every) else " that were looked at"))


def _images(tree: Tree, labelled: Sequence[Labelled], size: int, peculiarities: Counter[str]) -> Images:
    """Read them, and count their peculiarities."""
    if (needed := len(labelled) * size**2 * 3) > LARGEST:
        raise DataBroken(
            f"{tree.name} cannot be used: {len(labelled):,} of its images take {needed:,} bytes at {size} x {size} "
            f"pixels, and {LARGEST:,} are the limit: choose a smaller picture size, or take fewer images"
        )
    pixels = np.empty((len(labelled), size, size, 3), np.uint8)
    for place, (path, _) in enumerate(labelled):
        pixels[place], found = _read_picture(tree.file(path), size)
        peculiarities.update(found)
    return Images(pixels, np.array([label for _, label in labelled], np.int64))


def _in_words(counts: Counter[str], pictures: str) -> list[str]:
    """What to say of so many pictures with each peculiarity; `pictures`: of how many, "40 pictures"."""
    return [f"{count:,} of {pictures}: {peculiarity}" for peculiarity, count in sorted(counts.items())]


def _read_picture(file: DataFile, size: int) -> tuple[Pixels, set[str]]:
    """A picture [size, size, 3], and its peculiarities."""
    with _opened(file) as image:
        found = _peculiarities(image)
        image.load()
        found |= _peculiarities(image)  # some formats tell more behind the pixels; some have turned themselves by now
        upright = image.transpose(_TURNS[turn]) if (turn := _orientation(image)) in _TURNS else image
        scaled = _in_colour(image, upright).resize((size, size), Image.Resampling.BILINEAR)
        return np.asarray(scaled), found


@contextmanager
def _opened(file: DataFile) -> Iterator[Image.Image]:
    """A picture whose header was read, and can be accepted. What goes wrong inside is DataBroken."""
    with file.opened() as stream, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's, of pictures that are odd and yet can be read
        try:
            image = Image.open(stream, formats=_FORMATS)
            if image.width * image.height > _LARGEST_PICTURE:
                raise ValueError(f"it has {image.width} x {image.height} pixels, too many")
            if image.mode == "F" or (image.mode == "I" and image.format not in ("PNG", "PPM")):
                raise file.broken("nothing says which of its numbers is white: save it with 8 or 16 bits a pixel")
            yield image
        except DataBroken:
            raise
        except UnidentifiedImageError:  # says where the file lies, which others need not know
            raise file.broken("it is not an intact picture of a kind that is read here") from None
        except Exception as error:  # what a broken picture raises depends on its format, and on the version
            raise file.broken(f"it is not an intact picture ({error})") from None


def _peculiarities(image: Image.Image) -> set[str]:
    found = {
        _TRANSPARENT: image.has_transparency_data,
        _DEEP: image.mode.startswith("I"),
        _FRAMES: getattr(image, "is_animated", False),
        _TURNED: _orientation(image) in _TURNS,
    }
    return {peculiarity for peculiarity, there in found.items() if there}


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
