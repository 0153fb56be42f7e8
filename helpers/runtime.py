"""Settings, a quiet TensorFlow, seeds, progress bars, and one line about the machine.

Importing this module imports TensorFlow, with the log lines that it writes while it starts
held back. Every other module of the course takes ``tf`` and ``keras`` from here.
"""

import contextlib
import functools
import html
import os
import platform
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ALLOWED = {
    "COURSE_MNIST": ("auto", "full", "5k"),
    "COURSE_BACKBONE": ("auto", "vgg16", "mini_vgg"),
    "COURSE_OFFLINE": ("0", "1"),
}


@dataclass(frozen=True)
class Settings:
    """What the environment asks for: see `settings`."""

    mnist: str
    backbone: str
    offline: bool
    data: Path | None


@functools.cache
def settings():
    """Read the course's four settings from the environment, once.

    ``COURSE_MNIST``
        ``auto`` (the default: all of MNIST if it can be had, else 5,000 digits), ``full``, ``5k``.
    ``COURSE_BACKBONE``
        ``auto`` (the default: VGG16 if it can be had, else mini-VGG), ``vgg16``, ``mini_vgg``.
    ``COURSE_OFFLINE``
        ``1`` to never touch the network; ``0`` is the default.
    ``COURSE_DATA``
        A folder that is looked into before any download; a relative name begins at the course's
        own folder.

    Returns
    -------
    Settings

    Raises
    ------
    ValueError
        If a setting has a value that is not allowed, or ``COURSE_DATA`` is not a folder.
    """
    chosen = {name: os.environ.get(name) or allowed[0] for name, allowed in ALLOWED.items()}
    for name, value in chosen.items():
        if value not in ALLOWED[name]:
            raise ValueError(f"{name}={value!r} is not allowed: choose {_either(ALLOWED[name])}")
    folder = os.environ.get("COURSE_DATA")
    if folder and not (ROOT / folder).is_dir():
        raise ValueError(
            f"COURSE_DATA={folder!r} is not a folder: name one that exists (a relative name begins at the "
            "course's own folder), or unset it"
        )
    return Settings(
        mnist=chosen["COURSE_MNIST"],
        backbone=chosen["COURSE_BACKBONE"],
        offline=chosen["COURSE_OFFLINE"] == "1",
        data=(ROOT / folder).resolve() if folder else None,
    )


def _either(values):
    return ", ".join(values[:-1]) + " or " + values[-1]


@contextlib.contextmanager
def _quiet_stderr():
    """Hold back what is written to file descriptor 2; say it after all if the block fails.

    TensorFlow's C++ code writes there directly, so replacing ``sys.stderr`` is not enough.
    """
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        failed = True
        try:
            yield
            failed = False
        finally:
            sys.stderr.flush()
            os.dup2(kept, 2)
            os.close(kept)
            if failed:
                held.seek(0)
                sys.stderr.write(held.read().decode(errors="replace"))


def _start_tensorflow():
    os.environ["KERAS_BACKEND"] = "tensorflow"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # what matters comes as an exception as well
    with _quiet_stderr():
        import tensorflow as tf

        for gpu in tf.config.list_physical_devices("GPU"):
            tf.config.experimental.set_memory_growth(gpu, True)
        # Recent GPUs would round the factors of a product to 10 bits, without being asked.
        tf.config.experimental.enable_tensor_float_32_execution(False)
        # The first operations load the device's libraries, which have things to say too.
        image, kernel = tf.ones((1, 4, 4, 1)), tf.ones((3, 3, 1, 1))
        tf.nn.conv2d(image, kernel, strides=1, padding="SAME").numpy()
        import keras
    return tf, keras


tf, keras = _start_tensorflow()


def reproducible(seed):
    """Seed Python, NumPy and TensorFlow, and ask TensorFlow for deterministic operations.

    Parameters
    ----------
    seed : int
        0 to 2**32 - 1. The same seed gives the same numbers on the same machine.

    Raises
    ------
    ValueError
        If the seed is not an int in that range.
    """
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**32:
        raise ValueError(f"seed={seed!r} is not allowed: give an int from 0 to {2**32 - 1}")
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()


def about():
    """Say in one line which versions run on which device.

    Returns
    -------
    str
        Such as ``Python 3.11, TensorFlow 2.21.0, Keras 3.15.1, NumPy 2.4.6, on CPU (2 cores)``.
    """
    import numpy as np

    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        details = tf.config.experimental.get_device_details(gpus[0])
        device = f"GPU ({details.get('device_name', 'unnamed')})"
    else:
        device = f"CPU ({os.cpu_count()} cores)"
    python = ".".join(platform.python_version_tuple()[:2])
    return (
        f"Python {python}, TensorFlow {tf.__version__}, Keras {keras.__version__}, "
        f"NumPy {np.__version__}, on {device}"
    )


def in_notebook():
    """Tell whether the code runs in a Jupyter kernel.

    Returns
    -------
    bool
    """
    shell = sys.modules.get("IPython") and sys.modules["IPython"].get_ipython()
    return bool(shell) and shell.__class__.__name__ == "ZMQInteractiveShell"


class _NotebookBar:
    """A bar drawn by the browser. It carries no times, so that a cell's output stays the same."""

    def __init__(self, total, label, unit):
        from IPython.display import display

        self.total, self.label, self.unit, self.done = total, label, unit, 0
        self._drawn = time.monotonic()
        self._handle = display(self, display_id=True, metadata={"progress": True})

    def _text(self):
        return f"{self.label}: {self.done} of {self.total} {self.unit}"

    def __repr__(self):
        return self._text()

    def _repr_html_(self):
        text = html.escape(self._text())
        bar = f'<progress value="{self.done}" max="{self.total}" aria-label="{text}"></progress>'
        return f"<div>{bar} {text}</div>"

    def update(self, steps=1):
        self.done += steps
        if time.monotonic() - self._drawn > 0.1:
            self._drawn = time.monotonic()
            self._handle.update(self, metadata={"progress": True})

    def close(self):
        self._handle.update(self, metadata={"progress": True})


@contextlib.contextmanager
def progress_bar(total, label, unit="steps", show=True):
    """A progress bar, in a notebook or a terminal.

    Parameters
    ----------
    total : int
        The number of steps there are.
    label : str
        What is being done, such as ``"Occlusion"``.
    unit : str
        What one step is called, such as ``"epochs"``.
    show : bool
        False gives a bar that draws nothing, so that callers need no ``if``.

    Yields
    ------
    callable
        Call it with the number of steps done since the last call (1 if left out).
    """
    if not show:
        yield lambda steps=1: None
        return
    if in_notebook():
        bar = _NotebookBar(total, label, unit)
    else:
        from tqdm import tqdm

        bar = tqdm(total=total, desc=label, unit=f" {unit}", leave=False)
    try:
        yield bar.update
    finally:
        bar.close()


class FitProgress(keras.callbacks.Callback):
    """A progress bar for ``model.fit(..., verbose=0, callbacks=[FitProgress()])``.

    It counts batches over all epochs, and shows neither times nor losses.
    """

    def on_train_begin(self, logs=None):
        """Open the bar."""
        total = self.params["epochs"] * self.params["steps"]
        self._open = contextlib.ExitStack()
        self._step = self._open.enter_context(progress_bar(total, "Training", unit="batches"))

    def on_train_batch_end(self, batch, logs=None):
        """One batch more."""
        self._step()

    def on_train_end(self, logs=None):
        """Close the bar."""
        self._open.close()
