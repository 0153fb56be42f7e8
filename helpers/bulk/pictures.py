"""Where the pictures come from, an array or a folder: counted, named, and read a chunk at a time."""

import hashlib
import os
from pathlib import Path

import numpy as np

from helpers.progress import progress_bar

ENDINGS = {".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"}
BLOCK = 2**24  # values that are hashed at once


def open_pictures(images):
    """`ArrayPictures` for an array or the name of an ``.npy`` file, `FolderPictures` for a folder's name."""
    if not isinstance(images, str | os.PathLike):
        return ArrayPictures(images)
    path = Path(images)
    if path.is_dir() and os.fspath(images):  # "" would be the folder that one happens to be in
        return FolderPictures(path)
    if path.suffix == ".npy" and path.is_file():
        try:
            return ArrayPictures(np.load(path, mmap_mode="r"))
        except (OSError, ValueError, EOFError) as problem:
            raise ValueError(f"images={str(images)!r} is damaged, or not an array: {problem}") from None
    raise ValueError(f"images={str(images)!r} is not allowed: give an array, a folder or an .npy file")


class ArrayPictures:
    """Pictures (N, H, W, C) of anything that has a shape and can be sliced, such as a `numpy.memmap`."""

    def __init__(self, images):
        self.images = _as_array(images)
        shape, kind = tuple(self.images.shape), np.dtype(self.images.dtype)
        if len(shape) != 4 or 0 in shape:
            raise ValueError(f"images have shape {shape}: (N, H, W, C) is needed, N at least 1")
        if kind != np.uint8 and not np.issubdtype(kind, np.floating):
            raise ValueError(
                f"images have dtype {kind}: give float32 in the range that the network was trained on, "
                "or uint8, 0 to 255"
            )
        self.values = int(np.prod(shape[1:]))

    def __len__(self):
        return int(self.images.shape[0])

    def names(self, part):
        """None: pictures of an array have numbers only."""

    def read(self, part):
        """The pictures of a slice, as one array."""
        return np.ascontiguousarray(self.images[part])

    def identity(self, progress=False):
        """What tells these pictures from others: shape, type and hash."""
        digest, step = hashlib.sha256(), max(1, BLOCK // self.values)
        with progress_bar(len(self), "Reading all pictures once", "pictures", progress) as advance:
            for start in range(0, len(self), step):
                block = self.read(slice(start, start + step))
                digest.update(block)
                advance(len(block))
        shape = [int(side) for side in self.images.shape]
        return {"shape": shape, "dtype": str(self.images.dtype), "sha256": digest.hexdigest()}


class FolderPictures:
    """The picture files of a folder and of those within it, in the order of their names."""

    values = 224 * 224 * 3  # of a picture once it is decoded, at most as a rule

    def __init__(self, folder):
        self.folder = folder
        found = (path for path in folder.rglob("*") if path.suffix.lower() in ENDINGS)
        sizes = ((path.relative_to(folder).as_posix(), _size(path)) for path in found)
        self.files = sorted((name, size) for name, size in sizes if size is not None)
        if not self.files:
            raise ValueError(f"{folder} holds no picture: {', '.join(sorted(ENDINGS))} are looked for")

    def __len__(self):
        return len(self.files)

    def names(self, part):
        """The names of a slice, relative to the folder."""
        return [name for name, _ in self.files[part]]

    def read(self, part):
        """The files of a slice as they are, each as bytes, or as a str that says why it cannot be read."""
        return [self._bytes(name) for name in self.names(part)]

    def _bytes(self, name):
        try:
            return (self.folder / name).read_bytes()
        except OSError as problem:
            return problem.strerror or str(problem)

    def identity(self, progress=False):
        """What tells these pictures from others: names and sizes of the files."""
        lines = "".join(f"{name}\n{size}\n" for name, size in self.files)
        digest = hashlib.sha256(os.fsencode(lines))  # a name may be anything, and no UTF-8
        return {"files": len(self), "sha256": digest.hexdigest()}


def _as_array(images):
    """What can be sliced, and has a shape and one of NumPy's dtypes: as it is if it has them."""
    try:
        np.dtype(images.dtype)
        return images if images.shape is not None else np.asarray(images)
    except (AttributeError, TypeError):  # a list, or a tensor of a library with dtypes of its own
        pass
    try:
        return np.asarray(images)
    except ValueError:
        raise ValueError(
            "images have different shapes: (N, H, W, C) is needed, or a folder of pictures of any size"
        ) from None


def _size(path):
    """The bytes of a file, -1 if it is a link to nowhere or cannot be looked at; None if it is no file."""
    try:
        return path.stat().st_size if path.is_file() else None if path.exists() else -1
    except OSError:
        return -1
