"""Writes test/fixtures/other-forms: images as Hugging Face and CIFAR-10's Python version have theirs.

Made with Python 3.11, pyarrow 26.0.1, NumPy 2.4.6 and Pillow 13.0.0: python other-forms.py FOLDER
"""

import io
import json
import pickle
import struct
import sys

import numpy
import pyarrow
import pyarrow.parquet
from PIL import Image


def image(number, side, channels):
    y, x, c = numpy.meshgrid(range(side), range(side), range(channels), indexing="ij")
    pixels = ((number * 37 + y * 5 + x * 3 + c * 11) % 256).astype(numpy.uint8)
    return pixels[:, :, 0] if channels == 1 else pixels


def png(pixels):
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def parquet(path, column, first, count, side, channels, **options):
    images = [{"bytes": png(image(first + i, side, channels)), "path": None} for i in range(count)]
    kind = pyarrow.struct([("bytes", pyarrow.binary()), ("path", pyarrow.string())])
    labels = pyarrow.array([(first + i) % 10 for i in range(count)], pyarrow.int64())
    table = pyarrow.table({column: pyarrow.array(images, kind), "label": labels})
    names = [str(i) for i in range(10)]
    features = {column: {"_type": "Image"}, "label": {"names": names, "_type": "ClassLabel"}}
    table = table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    pyarrow.parquet.write_table(table, path, **options)


class Python2Pickler(pickle._Pickler):
    """Protocol 2 as Python 2 writes it: texts are bytes, and NumPy 1 has its old names."""

    dispatch = dict(pickle._Pickler.dispatch)

    def save_text(self, text):
        data = text if isinstance(text, bytes) else text.encode("latin1")
        short = len(data) < 256
        self.write((b"U" + bytes([len(data)]) if short else b"T" + struct.pack("<i", len(data))) + data)
        self.memoize(text)

    def save_global(self, thing, name=None):
        if thing is numpy.ndarray or thing is numpy.dtype or isinstance(thing, type(numpy.dtype)):
            self.write(f"cnumpy\n{'ndarray' if thing is numpy.ndarray else 'dtype'}\n".encode())
        else:
            self.write(b"cnumpy.core.multiarray\n_reconstruct\n")
        self.memoize(thing)

    dispatch[bytes] = save_text
    dispatch[str] = save_text
    dispatch[type(len)] = save_global
    dispatch[type(json.dumps)] = save_global
    dispatch[type] = save_global


def cifar(path, first, count):
    planes = [image(first + i, 32, 3).transpose(2, 0, 1).reshape(-1) for i in range(count)]
    held = {
        "batch_label": "training batch 1 of 5",
        "labels": [(first + i) % 10 for i in range(count)],
        "data": numpy.array(planes),
        "filenames": [f"{i}.png" for i in range(count)],
    }
    with open(path, "wb") as out:
        Python2Pickler(out, protocol=2).dump(held)
    with open(path, "rb") as written:
        read = pickle.load(written, encoding="latin1")
    assert (read["data"] == held["data"]).all() and read["labels"] == held["labels"]


folder = sys.argv[1]
parquet(f"{folder}/train-00000-of-00002.parquet", "image", 0, 7, 28, 1, row_group_size=3)
parquet(f"{folder}/train-00001-of-00002.parquet", "image", 7, 5, 28, 1)
parquet(f"{folder}/test-00000-of-00001.parquet", "image", 12, 4, 28, 1, compression="none")
parquet(f"{folder}/colour-test.parquet", "img", 0, 3, 32, 3)
parquet(f"{folder}/zstd-test.parquet", "image", 0, 2, 28, 1, compression="zstd")
cifar(f"{folder}/pickle", 0, 3)
