"""A method over a whole data set: any number of pictures, on one machine or on many."""

import functools
import os
from pathlib import Path

import numpy as np

from helpers.bulk import crew, store, work
from helpers.bulk.pictures import open_pictures
from helpers.bulk.store import Unfinished
from helpers.progress import progress_bar
from helpers.validate import check_choice, check_int, shown

__all__ = ["Maps", "Unfinished", "explain_dataset", "load_maps"]
HERE = "here"
VALUES = 2_500_000  # of the pictures of a chunk, at most: 16 photographs, 1,000 digits
LARGEST = 1_000  # pictures in a chunk


def explain_dataset(
    images,
    method,
    folder,
    model="mnist_cnn",
    class_index=None,
    scheduler=None,
    *,
    workers=None,
    chunk=None,
    progress=True,
    **parameters,
):
    """Explain any number of pictures by one method, and keep the maps in a folder.

    The pictures are cut into chunks, which are explained one by one and kept as they are done. The same
    call goes on where an earlier one ended, however it ended. The maps depend neither on the number of
    workers nor on interruptions. A script calls this under ``if __name__ == "__main__":``.

    Parameters
    ----------
    images : array_like, shape (N, H, W, C), or str or path
        Floating point, in the range that the network was trained on; or uint8, 0 to 255, which are
        treated as files are. Anything that can be sliced will do, such as `numpy.memmap`. Or the name of
        an ``.npy`` file. Or that of a folder, whose picture files are taken in the order of their names,
        those of its folders too: upright, the largest square in the middle, resized, in grey or RGB, as
        the network takes it. Files are told apart by their names and sizes.
    method : str
        The name of a function: ``"saliency"``, ``"smooth_grad"``, ``"integrated_gradients"``,
        ``"grad_cam"``, ``"score_cam"``, ``"occlusion"``, ``"lime_image"`` or ``"shapley_image"``.
    folder : str or path
        Where the maps are kept: one that is empty, or not there yet, or from the same call. Hidden files
        do not count.
    model : {"mnist_cnn", "efficientnet_lite0"} or str or path
        A network of the course, or a saved Keras network, which gets pictures of bytes in 0 to 1.
    class_index : int, sequence of N ints, or None
        One class for all pictures, one each, or None for each picture's largest logit.
    scheduler : str or None
        ``"here"`` for this process and no other. The address of a Dask scheduler, such as
        ``"tcp://192.0.2.1:8786"``. None for the one that ``DASK_SCHEDULER_ADDRESS`` names, or, if that
        is not set, for a cluster of processes on this machine.
    workers : int or None
        Processes of a cluster on this machine; None for one per core, if there are 2 GiB for each.
    chunk : int or None
        Pictures in a chunk; None for as many as have 2,500,000 values, at most 1,000.
    progress : bool
        Show a progress bar, in a terminal with the time to go, and the address of Dask's dashboard.
    **parameters
        Of the method, such as ``relu="guided"``.

    Returns
    -------
    Maps
        As `load_maps` gives them.

    Raises
    ------
    ValueError
        If an argument is not allowed, the network cannot be loaded, or the folder cannot be written to, or
        holds maps of something else or other files.
    Unfinished
        If another run is writing into the folder; or the scheduler, every worker, or the room on the
        disk has gone. What was done is kept.
    """
    crew.check_guard()
    check_choice("method", method, work.METHODS)
    pictures = open_pictures(images)
    count, model = len(pictures), _network_name(model)
    size = check_int("chunk", _chunk_size(pictures, model) if chunk is None else chunk, 1)
    classes = _classes(class_index, count)
    job = work.Job(method, parameters, model, work.weights_hash(model), work.versions())
    with store.Store(folder) as kept:
        manifest = {
            "format": store.FORMAT,
            "method": method,
            "parameters": store.plain(parameters),
            "class_index": store.plain(classes),
            "model": Path(model).name,
            "weights": job.weights,
            "pictures": pictures.identity(progress),
            "count": count,
            "chunk": size,
            "versions": job.versions,
        }
        kept.check(manifest)
        done = kept.done(manifest, progress)
        missing = [number for number in range(store.chunks(manifest)) if number not in done]
        if missing:
            _explain(kept, manifest, missing, job, pictures, classes, scheduler, workers, progress)
    return load_maps(folder)


def _network_name(model):
    """A name of the course's, or the whole path of a file."""
    named = isinstance(model, str | os.PathLike)
    if named and model in work.NETWORKS:
        return model
    if not named or not Path(model).is_file():
        raise ValueError(
            f"model={str(model)!r} is not allowed: give {', '.join(work.NETWORKS)} or a saved network, by "
            "the name of its file"
        )
    return str(Path(model).resolve())


def _chunk_size(pictures, model):
    values = 28 * 28 if model == "mnist_cnn" else pictures.values
    return max(1, min(LARGEST, VALUES // values))


def _classes(class_index, count):
    if class_index is None:
        return None
    try:
        classes = np.asarray(class_index)
    except ValueError:  # lists of different lengths
        classes = np.empty(0)
    if not np.issubdtype(classes.dtype, np.integer) or classes.shape not in ((), (count,)):
        raise ValueError(
            f"class_index={shown(class_index)} is not allowed: give an int, one int per image ({count}), or "
            "None"
        )
    return classes if classes.ndim else int(classes)


def _explain(kept, manifest, missing, job, pictures, classes, scheduler, workers, progress):
    """Explain the chunks that are missing, and keep each as it is done."""
    size = manifest["chunk"]

    def part(number):
        return slice(number * size, number * size + store.size(manifest, number))

    def tasks():
        for number in missing:
            some = classes[part(number)] if np.ndim(classes) else classes
            yield number, job, pictures.read(part(number)), some

    def keep(number, explained):
        kept.begin(manifest)
        kept.keep(number, explained, pictures.names(part(number)))
        advance(len(explained.classes))

    to_do = sum(store.size(manifest, number) for number in missing)
    try:
        with progress_bar(to_do, job.method, "pictures", progress) as advance:
            _crew(scheduler, workers, progress)(tasks(), keep)
    except (Unfinished, work.Mismatch, OSError, KeyboardInterrupt) as problem:
        kind = KeyboardInterrupt if isinstance(problem, KeyboardInterrupt) else Unfinished
        why = f"{_reason(problem)}; " if _reason(problem) else ""
        raise kind(
            f"{why}{kept.count(manifest)} of {store.chunks(manifest)} chunks are in {kept.folder}, and the "
            "same call goes on"
        ) from None


def _reason(problem):
    if isinstance(problem, OSError) and problem.strerror:
        return f"{problem.strerror}: {problem.filename}" if problem.filename else problem.strerror
    return str(problem)


def _crew(scheduler, workers, progress):
    """Who does the work: called with tasks, and with what is to be done with what comes out."""
    if scheduler == HERE:
        return functools.partial(crew.work_here, work.explain)
    address = scheduler or os.environ.get("DASK_SCHEDULER_ADDRESS")
    workers = None if workers is None else check_int("workers", workers, 1)
    return functools.partial(
        crew.work_on_dask, work.explain_on_worker, address=address, workers=workers, show=progress
    )


class Maps:
    """The maps of a folder in the order of the pictures, read from the disk when they are asked for.

    ``maps[3]``, ``maps[10:20]``, ``maps[[4, 2]]`` and ``maps[maps.classes == 3]`` are arrays of those
    maps alone; ``numpy.asarray(maps)`` is all of them; ``for part in maps.chunks()`` goes through all of
    them with one chunk in memory.

    Attributes
    ----------
    manifest : dict
        Method, parameters, network with the hash of its weights, pictures, versions.
    classes : ndarray, int32, shape (N,)
        The class that was explained; -1 for a picture that was skipped.
    names : list of str, or None
        The files, relative to their folder; None for pictures of an array.
    skipped : dict
        Index -> why the picture could not be read. Its map is NaN.
    shape : tuple
        (N, H, W), or what the method gives with the parameters that it had.
    dtype : numpy.dtype
        float32.
    """

    def __init__(self, folder):
        self.folder, self.manifest = store.as_path(folder), store.read_manifest(folder)
        count, self._size = store.chunks(self.manifest), self.manifest["chunk"]
        records = [store.read_record(folder, number) for number in range(count)]
        there = sum(record is not None for record in records)
        if there < count:
            raise Unfinished(
                f"{folder} has {there} of {count} chunks: the same call of explain_dataset goes on"
            )
        self.classes = np.concatenate([np.array(record["classes"], np.int32) for record in records])
        self.skipped = {
            number * self._size + int(place): why
            for number, record in enumerate(records)
            for place, why in record["skipped"].items()
        }
        names = [record["names"] for record in records]
        self.names = None if names[0] is None else [name for some in names for name in some]
        self._read = functools.lru_cache(maxsize=64)(functools.partial(_open, self.folder, self.manifest))
        self.dtype = np.dtype(np.float32)
        self.shape = (len(self.classes), *self._read(0).shape[1:])

    def __repr__(self):
        return f"Maps({self.manifest['method']} of {self.manifest['model']}, shape {self.shape})"

    def __len__(self):
        return self.shape[0]

    def __getitem__(self, index):
        wanted = np.arange(len(self))[index]
        if wanted.ndim == 0:
            return np.array(self._read(wanted // self._size)[wanted % self._size])
        maps = np.empty((*wanted.shape, *self.shape[1:]), self.dtype)
        numbers = wanted // self._size
        for number in np.unique(numbers):
            here = numbers == number
            maps[here] = self._read(number)[wanted[here] % self._size]
        return maps

    def __array__(self, dtype=None, copy=None):
        if copy is False:
            raise ValueError(
                "copy=False is not allowed: the maps are on the disk, and reading them copies them"
            )
        return np.asarray(self[:], dtype)

    def chunks(self):
        """The maps, one chunk (n, H, W) after the other, as read-only memory maps."""
        for number in range(store.chunks(self.manifest)):
            yield self._read(number)


def _open(folder, manifest, number):
    """The maps of a chunk, on the disk."""
    path = folder / f"{number:05d}.npy"
    try:
        maps = np.load(path, mmap_mode="r")
    except (OSError, ValueError):
        maps = np.empty(0)
    if len(maps) != store.size(manifest, number):
        raise ValueError(f"{path} is damaged: the same call of explain_dataset makes it again")
    return maps


def load_maps(folder):
    """Open the maps that `explain_dataset` has kept in a folder.

    Parameters
    ----------
    folder : str or path

    Returns
    -------
    Maps
        Like an array (N, H, W) of float32, but on the disk, with ``classes``, ``names``, ``skipped``
        and ``manifest``.

    Raises
    ------
    ValueError
        If the folder holds no maps, or a file of it is damaged.
    Unfinished
        If some maps are missing.
    """
    return Maps(folder)
