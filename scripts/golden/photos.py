"""Golden values for photos: SHA-256 of what Pillow makes of real and of drawn files.

    pip install pillow==10.4.0 numpy
    python scripts/golden/photos.py ../shared/data > test/golden/photos.json

Pillow 13 goes along columns first for some portraits; 10.4 never does, and neither does metamd.
"""

import base64
import hashlib
import io
import json
import sys
from pathlib import Path

import numpy
import PIL
from PIL import Image

SIDE = 224
PETS = "OxfordIIITPet/oxford-iiit-pet/images"
DTD = "DTD/dtd/images"


def sha256(image):
    return hashlib.sha256(image.tobytes()).hexdigest()


def framed(image, side=SIDE):
    return image.resize((side, side), Image.Resampling.BILINEAR)


def golden(path, root):
    image = Image.open(path).convert("RGB")
    width, height = image.size
    return {
        "path": str(path.relative_to(root)),
        "height": height,
        "width": width,
        "decoded": sha256(image),
        "framed": sha256(framed(image)),
        "small": sha256(framed(image, 32)),
        "grey": sha256(framed(image.convert("L"))),
        "cropped": sha256(framed(image.crop((0, 0, width, height - 20)))),
    }


def drawn():
    """Small files of every kind that differs on the way to RGB; some are named like another kind."""
    generator = numpy.random.default_rng(0)
    pixels = numpy.kron(generator.integers(0, 256, (3, 2, 3), dtype=numpy.uint8), numpy.ones((8, 8, 1), numpy.uint8))
    image = Image.fromarray(pixels)
    alpha = Image.fromarray(generator.integers(0, 256, (24, 16), dtype=numpy.uint8))
    turned = Image.Exif()
    turned[0x112] = 6

    def saved(picture, kind, **options):
        out = io.BytesIO()
        picture.save(out, kind, **options)
        return out.getvalue()

    jpeg = saved(image, "JPEG", quality=90)
    files = {
        "colour.jpg": jpeg,
        "grey.jpg": saved(image.convert("L"), "JPEG", quality=90),
        "inks.jpg": saved(image.convert("CMYK"), "JPEG", quality=90),
        "turned.jpg": saved(image, "JPEG", quality=90, exif=turned),
        "extraneous bytes.jpg": jpeg[:-2] + b"\x12\x34\x56\x00" + jpeg[-2:],
        "a png.jpg": saved(image, "PNG"),
        "grey.png": saved(image.convert("L"), "PNG"),
        "palette.png": saved(image.convert("P"), "PNG"),
        "alpha.png": saved(Image.merge("RGBA", [*image.split(), alpha]), "PNG"),
        "grey alpha.png": saved(Image.merge("LA", [image.convert("L"), alpha]), "PNG"),
        "one bit.png": saved(image.convert("1"), "PNG"),
        "a gif.jpg": saved(image.convert("P"), "GIF"),
        "moving.gif": saved(image.convert("P"), "GIF", save_all=True, append_images=[image.rotate(180).convert("P")]),
        "lossless.webp": saved(image, "WEBP", lossless=True),
        "lossy.webp": saved(image, "WEBP", quality=80),
    }
    decoded = {name: sha256(Image.open(io.BytesIO(data)).convert("RGB")) for name, data in files.items()}
    return [{"name": name, "base64": base64.b64encode(data).decode(), "decoded": decoded[name]} for name, data in files.items()]


def main(root):
    pets, dtd = (sorted((root / folder).rglob("*.jpg")) for folder in (PETS, DTD))
    whole = hashlib.sha256()
    for path in pets + dtd:
        whole.update(framed(Image.open(path).convert("RGB")).tobytes())
    size = lambda path: Image.open(path).size
    portraits = [path for path in pets + dtd if size(path)[1] > size(path)[0]]
    grey = [path for path in pets + dtd if Image.open(path).mode == "L"]
    chosen = portraits[:3] + portraits[-2:] + grey[:2] + [max(dtd, key=size), min(pets, key=size), pets[0], dtd[-1]]
    files = [golden(path, root) for path in dict.fromkeys(chosen)]
    source = f"scripts/golden/photos.py, Pillow {PIL.__version__}"
    json.dump({"source": source, "all": whole.hexdigest(), "files": files, "drawn": drawn()}, sys.stdout, indent=2)
    print()


main(Path(sys.argv[1]))
