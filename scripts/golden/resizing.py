"""Golden values for resizing: SHA-256 of what Pillow makes of drawn bytes and of real images.

    pip install pillow==10.4.0 numpy
    python scripts/golden/resizing.py ../shared/data > test/golden/resizing.json

Pillow 13 goes along columns first for some portraits; 10.4 never does, and neither does metamd. torchvision's `Resize` is
this resize on Pillow's images.
"""

import bz2
import hashlib
import json
import lzma
import sys
import tarfile
from pathlib import Path

import numpy
import PIL
from PIL import Image

# height, width, channels, to height, to width
DRAWN = [
    (375, 500, 3, 224, 224),
    (500, 375, 3, 224, 224),
    (96, 96, 3, 32, 32),
    (32, 32, 1, 28, 28),
    (16, 16, 1, 28, 28),
    (7, 5, 1, 28, 31),
    (1, 1, 3, 4, 4),
    (1000, 3, 1, 7, 7),
    (33, 224, 3, 224, 224),
]


def noise(length):
    """Byte i is the upper one of (2654435761 i mod 2^32)."""
    product = numpy.arange(length, dtype=numpy.uint64) * numpy.uint64(2654435761)
    return ((product % numpy.uint64(2**32)) >> numpy.uint64(24)).astype(numpy.uint8)


def resized(images, to, grey=False):
    """SHA-256 of all images, one after the other; luma first where grey."""
    whole = hashlib.sha256()
    for pixels in images:
        image = Image.fromarray(pixels)
        if grey:
            image = image.convert("L")
        whole.update(image.resize((to[1], to[0]), Image.Resampling.BILINEAR).tobytes())
    return whole.hexdigest()


def drawn(height, width, channels, to_height, to_width):
    shape = (height, width, channels) if channels == 3 else (height, width)
    pixels = noise(height * width * channels).reshape(shape)
    return {
        **{"height": height, "width": width, "channels": channels, "toHeight": to_height, "toWidth": to_width},
        "sha256": resized([pixels], (to_height, to_width)),
    }


def usps(folder):
    """The training images, row by row, as torchvision reads them."""
    lines = bz2.open(folder / "usps.bz2", "rt").read().splitlines()
    values = numpy.array([[field.split(":")[1] for field in line.split()[1:]] for line in lines], dtype=numpy.float32)
    return ((values + 1) / 2 * 255).astype(numpy.uint8).reshape(-1, 16, 16)


def cifar(folder):
    """The test images, as large as SVHN's and in colour like them."""
    with tarfile.open(folder / "cifar-10-binary-first4000-1000.tar.gz") as archive:
        name = next(member for member in archive.getnames() if member.endswith("test_batch.bin"))
        data = archive.extractfile(name).read()
    return numpy.frombuffer(data, numpy.uint8).reshape(-1, 3073)[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1).copy()


def stl(folder):
    """Unlabelled images; planes of columns in the file."""
    data = lzma.open(folder / "unlabeled_X.first246examples.bin.xz").read()
    return numpy.frombuffer(data, numpy.uint8).reshape(-1, 3, 96, 96).transpose(0, 3, 2, 1).copy()


def main(root):
    pairs = noise(2 * 32 * 32 * 3).reshape(2, 32, 32, 3)
    golden = {
        "source": f"scripts/golden/resizing.py, Pillow {PIL.__version__}",
        "drawn": [drawn(*sizes) for sizes in DRAWN],
        "drawnColourToGrey28": resized(pairs, (28, 28), grey=True),
        "usps28": resized(usps(root / "USPS"), (28, 28)),
        "cifar10Grey28": resized(cifar(root / "CIFAR10"), (28, 28), grey=True),
        "stl10To32": resized(stl(root / "STL10"), (32, 32)),
    }
    json.dump(golden, sys.stdout, indent=2)
    print()


main(Path(sys.argv[1]))
