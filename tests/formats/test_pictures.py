"""Pictures and clips from files, of strangers too."""

import io
import os
import struct
import warnings
import zlib

import numpy as np
import pytest
from PIL import Image

from reverie.errors import InputError
from reverie.formats.pictures import crop_resize, read, read_frames, resize

RED, BLUE = (255, 0, 0), (0, 0, 255)


def plain(width, height, colour=RED, mode="RGB"):
    return Image.new(mode, (width, height), colour)


def packed(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def read_bytes(tmp_path, name, data):
    (tmp_path / name).write_bytes(data)
    return read(tmp_path / name)


def check_refusal(tmp_path, name, data, message):
    with pytest.raises(InputError, match=message) as caught:
        read_bytes(tmp_path, name, data)
    assert name in str(caught.value) and "\n" not in str(caught.value)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, bits, colour, rows):
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + head + body


def png_of_16_bits(values, channels, colour):
    rows = np.repeat(np.array([values], ">u2")[:, :, None], channels, 2)
    return png(len(values), 1, 16, colour, b"\0" + rows.tobytes())


@pytest.mark.parametrize("kind", ["PNG", "BMP", "PPM", "GIF", "JPEG", "WEBP"])
def test_pictures_of_each_kind_are_read_in_rgb(tmp_path, kind):
    found = read_bytes(tmp_path, "a.any", packed(plain(3, 2), kind))
    assert found.pixels.shape == (2, 3, 3) and found.pixels.dtype == np.uint8
    assert np.abs(found.pixels.astype(int) - RED).max() <= 3 and found.notes == ()


@pytest.mark.parametrize("colour", [(2, 3), (0, 1), (4, 2), (6, 4)])
def test_of_16_bits_the_upper_8_are_kept(tmp_path, colour):
    data = png_of_16_bits([0, 255, 256, 32768, 65535], colour[1], colour[0])
    found = read_bytes(tmp_path, "a.png", data).pixels[0, :, 0].tolist()
    if colour[0] in (0, 2):
        assert found == [0, 0, 1, 128, 255]
    else:  # as transparent as they are dark: x / 255 of x, and white behind it
        assert found == [255, 255, 254, 191, 255] or found == [255, 255, 254, 192, 255]


def test_grey_of_16_bits_that_is_no_png(tmp_path):
    data = b"P5 3 1 65535\n" + np.array([0, 256, 65535], ">u2").tobytes()
    assert read_bytes(tmp_path, "a.pgm", data).pixels[0, :, 1].tolist() == [0, 1, 255]


def test_grey_palettes_and_cmyk_become_rgb(tmp_path):
    assert read_bytes(tmp_path, "a.png", packed(plain(2, 2, 77, "L"), "PNG")).pixels[0, 0, 2] == 77
    palette = packed(plain(2, 2).convert("P"), "PNG")
    assert tuple(read_bytes(tmp_path, "b.png", palette).pixels[0, 0]) == RED
    data = packed(plain(8, 8, (0, 255, 255, 0), "CMYK"), "JPEG")
    adobe = read_bytes(tmp_path, "c.jpg", data)
    assert np.abs(adobe.pixels.astype(int) - RED).max() <= 3
    at = data.index(b"\xff\xee")  # without Adobe's mark it is read alike, as browsers do
    length = int.from_bytes(data[at + 2 : at + 4], "big")
    other = read_bytes(tmp_path, "d.jpg", data[:at] + data[at + 2 + length :])
    assert (other.pixels == adobe.pixels).all()


def test_what_is_transparent_is_white(tmp_path):
    half = packed(plain(2, 2, (0, 0, 0, 0), "RGBA"), "PNG")
    assert (read_bytes(tmp_path, "a.png", half).pixels == 255).all()
    image = plain(2, 2, 3, "P")
    image.putpalette(range(12))
    palette = packed(image, "PNG", transparency=bytes([9, 9, 9, 0]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert (read_bytes(tmp_path, "b.png", palette).pixels == 255).all()
    grey = packed(plain(2, 2, (0, 0), "LA"), "PNG")
    assert (read_bytes(tmp_path, "c.png", grey).pixels == 255).all()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_are_turned_as_exif_says(tmp_path, orientation):
    upright = np.arange(6, dtype=np.uint8).reshape(2, 3) * 40
    turns = {
        1: lambda a: a,
        2: np.fliplr,
        3: lambda a: np.rot90(a, 2),
        4: np.flipud,
        5: np.transpose,
        6: lambda a: np.rot90(a, 1),
        7: lambda a: np.rot90(a, 2).T,
        8: lambda a: np.rot90(a, -1),
    }
    exif = Image.Exif()
    exif[0x0112] = orientation
    held = Image.fromarray(np.ascontiguousarray(turns[orientation](upright)))
    found = read_bytes(tmp_path, "a.png", packed(held, "PNG", exif=exif))
    assert found.pixels[:, :, 0].tolist() == upright.tolist()


def test_damaged_exif_does_not_matter(tmp_path):
    data = packed(plain(2, 2), "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + b"\xff" * 9)
    assert read_bytes(tmp_path, "a.jpg", data).pixels.shape == (2, 2, 3)


def animation(colours, kind, size=(4, 3), **options):
    first, *rest = [plain(*size, colour) for colour in colours]
    return packed(first, kind, save_all=True, append_images=rest, duration=40, **options)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_animations_are_a_first_frame_or_a_clip(tmp_path, kind):
    colours = [(n * 25, 0, 0) for n in range(9)]
    data = animation(colours, kind, **({"lossless": True} if kind == "WEBP" else {}))
    picture = read_bytes(tmp_path, "a.any", data)
    assert picture.notes == ("its first of 9 frames is used",)
    assert tuple(picture.pixels[0, 0]) == colours[0]
    clip = read_frames(tmp_path / "a.any", 9)
    assert clip.pixels[:, 0, 0, 0].tolist() == [c[0] for c in colours] and clip.notes == ()
    few = read_frames(tmp_path / "a.any", 3)
    assert few.pixels[:, 0, 0, 0].tolist() == [0, 100, 200]
    assert few.notes == ("3 of its 9 frames are used, evenly chosen",)
    one = read_frames(tmp_path / "a.any", 1)
    assert one.pixels[:, 0, 0, 0].tolist() == [0] and one.notes == picture.notes


def test_a_still_picture_is_a_clip_of_one_frame(tmp_path):
    (tmp_path / "a.jpg").write_bytes(packed(plain(5, 4), "JPEG"))
    assert read_frames(tmp_path / "a.jpg", 8).pixels.shape == (1, 4, 5, 3)


def test_a_folder_is_a_clip_in_order_of_its_numbers(tmp_path):
    for n in range(11):
        plain(2, 2, (n, 0, 0)).save(tmp_path / f"frame{n}.png")
    (tmp_path / "notes.txt").write_text("no frame")
    (tmp_path / ".hidden.png").write_text("no frame")
    clip = read_frames(tmp_path, 20)
    assert clip.pixels[:, 0, 0, 0].tolist() == list(range(11))
    assert clip.notes == ("1 file in it that are no pictures were left out",)
    assert read_frames(tmp_path, 2).pixels[:, 0, 0, 0].tolist() == [0, 10]
    plain(3, 2).save(tmp_path / "frame11.png")
    with pytest.raises(InputError, match="frame11.png has 3 x 2 pixels and frame0.png has 2 x 2"):
        read_frames(tmp_path, 20)


def test_folders_that_are_no_clip(tmp_path):
    with pytest.raises(InputError, match="no pictures in it"):
        read_frames(tmp_path, 3)
    with pytest.raises(InputError, match="Is a directory"):
        read(tmp_path)
    with pytest.raises(InputError, match="No such file"):
        read_frames(tmp_path / "none", 3)


def test_what_is_no_picture_is_refused(tmp_path):
    check_refusal(tmp_path, "a.jpg", b"row, row your boat", "no picture")
    check_refusal(tmp_path, "b.jpg", b"", "is empty")
    check_refusal(
        tmp_path, "c.eps", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "no pict"
    )
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8))
    for kind in ("JPEG", "PNG", "GIF", "WEBP"):
        data = packed(noise, kind)
        check_refusal(tmp_path, f"d.{kind}", data[: len(data) // 2], "damaged|no picture")
    with pytest.raises(InputError, match="no known range"):
        read_bytes(tmp_path, "f.ppm", packed(plain(2, 2, 0.5, "F"), "PPM"))


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path):
    (tmp_path / "a.png").write_bytes(b"")
    (tmp_path / "a.png").chmod(0)
    with pytest.raises(InputError, match="Permission denied"):
        read(tmp_path / "a.png")


def test_huge_pictures_are_refused_before_they_are_decoded(tmp_path):
    message = "more than 100 million pixels"
    check_refusal(tmp_path, "a.png", png(60_000, 60_000, 8, 2, b""), message)
    check_refusal(tmp_path, "b.png", png(10_001, 10_000, 1, 0, b""), message)
    head = b"RIFF\0\1\0\0WEBP"
    extended = head + b"VP8X\x0a\0\0\0" + b"\0" * 4 + b"\xff\x3f\0\xff\x3f\0"
    check_refusal(tmp_path, "c.webp", extended, "16,384 x 16,384 pixels")
    lossless = head + b"VP8L\x0a\0\0\0\x2f" + (0x0FFFFFFF).to_bytes(4, "little")
    check_refusal(tmp_path, "d.webp", lossless, "16,384 x 16,384 pixels")
    lossy = head + b"VP8 \x0a\0\0\0" + b"\0" * 6 + b"\xff\x3f\xff\x3f"
    check_refusal(tmp_path, "e.webp", lossy, "16,383 x 16,383 pixels")
    gif = bytearray(packed(plain(2, 2), "GIF"))
    gif[6:10] = b"\xff\xff\xff\xff"
    check_refusal(tmp_path, "f.gif", bytes(gif), message)


def test_long_clips_are_refused_before_they_are_decoded(tmp_path):
    data = bytearray(animation([RED, BLUE], "PNG", (40, 30)))
    at = data.index(b"acTL") + 4
    data[at : at + 4] = struct.pack(">I", 0x7FFFFFFF)
    data[at + 8 : at + 12] = struct.pack(">I", zlib.crc32(data[at - 4 : at + 8]))
    (tmp_path / "a.png").write_bytes(data)
    with pytest.raises(InputError, match=r"a\.png: .*too many"):
        read_frames(tmp_path / "a.png", 8)
    with pytest.raises(InputError, match=r"a\.png: .*more than 100 million pixels in all"):
        read_frames(tmp_path / "a.png", 10**5)


def test_the_whole_picture_is_resized_or_its_middle():
    pixels = np.zeros((10, 30, 3), np.uint8)
    pixels[:, 10:20] = 200
    whole, middle = resize(pixels, 6), crop_resize(pixels, 6)
    assert whole.shape == middle.shape == (6, 6, 3) and whole.dtype == np.uint8
    assert whole[3, 0, 0] < 20 and whole[3, 3, 0] > 180
    assert middle.min() > 180


@pytest.mark.parametrize("shape", [(1, 1, 3), (10, 20_000, 3), (20_000, 10, 3)])
def test_pictures_of_odd_shapes_are_resized(shape):
    pixels = np.full(shape, 90, np.uint8)
    for each in (resize(pixels, 32), crop_resize(pixels, 32)):
        assert each.shape == (32, 32, 3) and (each == 90).all()


def test_what_is_finer_than_a_pixel_is_averaged():
    stripes = np.zeros((64, 640, 3), np.uint8)
    stripes[:, ::2] = 255
    assert np.abs(resize(stripes, 16).astype(int) - 127).max() < 12
