"""What a picture becomes: the first frame, upright, on white, 8 bits a channel; and that what was changed is said."""

import io
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from emergescope.datasets import DataSet, load, survey
from emergescope.errors import DataBroken
from tests.data_sets import write_tree

RED, WHITE, BLACK = (255, 0, 0), (255, 255, 255), (0, 0, 0)
ORIENTATION = 0x0112


def _with(root: Path, image: Image.Image, name: str, **options: object) -> DataSet:
    """A tree of four black images and that one, which is for tests."""
    write_tree(root / "x", {f"a/{n}.png": 0 for n in range(4)}, (8, 8))
    image.save(root / "x" / "a" / name, **options)  # type: ignore[arg-type]
    return load("folder", root, folder="x", size=8)


def _halves(left: object, right: object, mode: str) -> Image.Image:
    image = Image.new(mode, (8, 8), left)  # type: ignore[arg-type]
    image.paste(right, (4, 0, 8, 8))  # type: ignore[arg-type]
    return image


def _corners(data: DataSet) -> list[tuple[int, ...]]:
    """Top left and bottom right."""
    return [tuple(data.test.pixels[0][place].tolist()) for place in ((0, 0), (7, 7))]


def _note(root: Path, data: DataSet) -> str:
    """The one that there is, with the data and in the list."""
    (note,) = data.notes
    (listed,) = (one for one in survey(root) if one.name == "folder")
    assert listed.notes[1:] == data.notes  # the first says that there is one class alone
    return note


def _palette(clear: int) -> Image.Image:
    image = Image.new("P", (8, 8), 1)
    image.putpalette([0, 0, 0, 255, 0, 0])
    image.paste(clear, (4, 0, 8, 8))
    return image


@pytest.mark.parametrize(
    ("image", "name", "options", "corners"),
    [
        (_halves((255, 0, 0, 255), (0, 0, 0, 0), "RGBA"), "z.png", {}, [RED, WHITE]),
        (_halves((255, 0, 0, 255), (0, 0, 0, 0), "RGBA"), "z.webp", {"lossless": True}, [RED, WHITE]),
        (_halves((255, 0, 0, 255), (0, 0, 0, 0), "RGBA"), "z.tif", {}, [RED, WHITE]),
        (_halves((0, 0, 0, 255), (0, 0, 0, 51), "RGBA"), "z.png", {}, [BLACK, (204, 204, 204)]),
        (_halves((0, 255), (0, 0), "LA"), "z.png", {}, [BLACK, WHITE]),
        (_palette(0), "z.png", {"transparency": 0}, [RED, WHITE]),
        (_palette(0), "z.gif", {"transparency": 0}, [RED, WHITE]),
        (_halves(RED, BLACK, "RGB"), "z.png", {"transparency": BLACK}, [RED, WHITE]),
        (_halves(0, 1, "1"), "z.png", {"transparency": 0}, [WHITE, WHITE]),
    ],
)
def test_what_is_transparent_is_white(
    tmp_path: Path, image: Image.Image, name: str, options: dict[str, object], corners: list[tuple[int, ...]]
) -> None:
    data = _with(tmp_path, image, name, **options)
    assert _corners(data) == corners
    assert _note(tmp_path, data) == "1 of 5 pictures: transparency, which is put on white"


@pytest.mark.parametrize(
    ("image", "name", "corners"),
    [
        (_halves((255, 0, 0, 255), (0, 0, 255, 255), "RGBA"), "z.png", [RED, (0, 0, 255)]),
        (_halves(0, 1, "1"), "z.tif", [BLACK, WHITE]),
        (_halves(0, 1, "1"), "z.png", [BLACK, WHITE]),
        (_halves((0, 255, 255, 0), (0, 0, 0, 255), "CMYK"), "z.tif", [RED, BLACK]),
        (_halves((255, 0, 0), (0, 0, 255), "RGB"), "z.gif", [RED, (0, 0, 255)]),
    ],
)
def test_what_is_opaque_is_as_it_is(
    tmp_path: Path, image: Image.Image, name: str, corners: list[tuple[int, ...]]
) -> None:
    assert _corners(_with(tmp_path, image, name)) == corners


def test_the_digest_of_what_was_read_before_is_what_it_was(tmp_path: Path) -> None:
    """Recorded runs have it: those that go on compare it."""
    pixels = np.random.default_rng(3).integers(0, 256, (8, 8, 4), np.uint8)
    pixels[..., 3] = 255
    colour = Image.fromarray(pixels)
    for name in ("cat", "dog"):
        (tmp_path / "x" / name / "deep").mkdir(parents=True)
        for mode, suffix in (
            ("RGBA", "png"),
            ("RGB", "bmp"),
            ("L", "png"),
            ("1", "png"),
            ("P", "png"),
            ("CMYK", "tif"),
        ):
            colour.convert("RGB").convert(mode).save(tmp_path / "x" / name / f"{mode}.{suffix}")
        colour.convert("L").save(tmp_path / "x" / name / "deep" / "b.pgm")
        (tmp_path / "x" / name / "about.txt").write_text("no picture")
    assert (
        load("folder", tmp_path, folder="x", size=8).digest
        == "7843ceb8af52b0ba9a1530327809b0ffa3acb8476f5b12468dce50800e4405a3"
    )


GREYS = np.array([[0] * 4 + [65535] * 4] * 4 + [[257 * 100] * 8] * 4)


@pytest.mark.parametrize("name", ["z.png", "z.tif", "z.pgm", "z.jp2"])
def test_16_bits_are_scaled_to_8(tmp_path: Path, name: str) -> None:
    data = _with(tmp_path, Image.fromarray(GREYS.astype(np.uint16)), name)
    assert data.test.pixels[0][[0, 0, 7], [0, 7, 0], 0].tolist() == [0, 255, 100]
    assert _note(tmp_path, data) == "1 of 5 pictures: 16 bits a pixel, scaled to 8 by their whole range"


def _tiff(pixels: bytes, bits: int, white_is_zero: bool) -> bytes:
    """A picture of 8 x 8 grey pixels, in little endian."""
    tags = {256: 8, 257: 8, 258: bits, 259: 1, 262: 0 if white_is_zero else 1, 273: 8 + 2 + 8 * 12 + 4, 278: 8}
    tags[279] = len(pixels)
    entries = b"".join(struct.pack("<HHIHxx", tag, 3, 1, value) for tag, value in tags.items())
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + bytes(4) + pixels


@pytest.mark.parametrize(
    ("content", "ends"),
    [
        (_tiff(GREYS.astype("<u2").tobytes(), 16, white_is_zero=True), [255, 0]),
        (_tiff((b"\0\0\0" * 2 + b"\xff\xff\xff" * 2) * 8, 12, white_is_zero=False), [0, 255]),
    ],
)
def test_tiff_says_how_many_bits_and_which_end_is_white(tmp_path: Path, content: bytes, ends: list[int]) -> None:
    _with(tmp_path, Image.new("L", (8, 8)), "z.tif")
    (tmp_path / "x" / "a" / "z.tif").write_bytes(content)
    assert load("folder", tmp_path, folder="x", size=8).test.pixels[0][0, [0, 7], 0].tolist() == ends


def test_a_value_of_16_bits_that_is_transparent_is_white(tmp_path: Path) -> None:
    data = _with(tmp_path, Image.fromarray(GREYS.astype(np.uint16)), "z.png", transparency=0)
    assert data.test.pixels[0][[0, 0, 7], [0, 7, 0], 0].tolist() == [255, 255, 100]


@pytest.mark.parametrize("kind", [np.int32, np.float32])
def test_numbers_of_32_bits_are_refused_with_what_to_do(tmp_path: Path, kind: type) -> None:
    words = r"^x/a/z\.tif cannot be used: nothing says which of its numbers is white: save it with 8 or 16 bits a pixel"
    with pytest.raises(DataBroken, match=words):
        _with(tmp_path, Image.fromarray(np.linspace(0, 1, 64).reshape(8, 8).astype(kind)), "z.tif")
    (listed,) = (one for one in survey(tmp_path) if one.name == "folder")
    assert "8 or 16 bits" in (listed.trouble or "")


@pytest.mark.parametrize("name", ["z.jpg", "z.png", "z.webp", "z.tif", "z.avif"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_stand_as_the_camera_noted(tmp_path: Path, name: str, orientation: int) -> None:
    """The pixels of each of the eight ways to hold a camera, made from the picture that they are of."""
    upright = np.zeros((64, 64, 3), np.uint8)
    upright[:32, :32], upright[:32, 32:], upright[32:, :32] = 240, 160, 80
    flipped, turned = (orientation in (2, 4, 5, 7)), {3: 2, 4: 2, 6: 1, 7: 3, 8: 3, 5: 1}.get(orientation, 0)
    held = np.rot90(upright, turned)
    held = held[:, ::-1] if flipped and orientation in (2, 4) else held[::-1] if flipped else held
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    write_tree(tmp_path / "x", {f"a/{n}.png": 0 for n in range(4)}, (8, 8))
    options = {"exif": exif, **({"quality": 95} if name != "z.png" else {})}
    if name == "z.tif":
        options = {"tiffinfo": {ORIENTATION: orientation}}
    Image.fromarray(np.ascontiguousarray(held)).save(tmp_path / "x" / "a" / name, **options)  # type: ignore[arg-type]
    data = load("folder", tmp_path, folder="x", size=8)
    seen = data.test.pixels[0][[1, 1, 6, 6], [1, 6, 1, 6], 0].astype(int)
    assert np.abs(seen - [240, 160, 80, 0]).max() < 16, seen
    assert data.notes == (() if orientation == 1 else ("1 of 5 pictures: turned upright, as the camera noted (EXIF)",))


def test_notes_of_a_camera_that_cannot_be_read_say_nothing(tmp_path: Path) -> None:
    target = io.BytesIO()
    Image.new("RGB", (8, 8), RED).save(target, "JPEG", exif=b"Exif\0\0XX*\0nonsense")
    _with(tmp_path, Image.new("RGB", (8, 8)), "z.jpg")
    (tmp_path / "x" / "a" / "z.jpg").write_bytes(target.getvalue())
    data = load("folder", tmp_path, folder="x", size=8)
    assert np.abs(np.array(_corners(data)) - RED).max() < 3
    assert data.notes == ()


@pytest.mark.parametrize("name", ["z.gif", "z.png", "z.webp", "z.tif"])
def test_of_several_frames_the_first_is_taken(tmp_path: Path, name: str) -> None:
    more = [Image.new("RGB", (8, 8), (0, n, 0)) for n in (90, 180)]
    options = {} if name == "z.tif" else {"lossless": True} if name == "z.webp" else {"duration": 100}
    data = _with(tmp_path, Image.new("RGB", (8, 8), RED), name, save_all=True, append_images=more, **options)
    assert _corners(data) == [RED, RED]
    assert _note(tmp_path, data) == "1 of 5 pictures: several frames or pages, of which the first is taken"


def test_of_many_pictures_some_are_looked_at_to_list_them(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / "x" / name).mkdir(parents=True)
        for n in range(80):
            Image.new("RGBA", (8, 8)).save(tmp_path / "x" / name / f"{n}.png")
    (listed,) = (one for one in survey(tmp_path) if one.name == "folder")
    assert listed.notes == ("54 of 54 pictures that were looked at: transparency, which is put on white",)
    assert load("folder", tmp_path, folder="x", size=8).notes == (
        "160 of 160 pictures: transparency, which is put on white",
    )
