"""A quiet TensorFlow, seeds, and one line about the machine.

Importing this module imports TensorFlow, with the log lines that it writes while it starts
held back. Every other module of the course takes ``tf`` and ``keras`` from here.
"""

import contextlib
import faulthandler
import os
import platform
import sys
import tempfile

from helpers.progress import progress_bar
from helpers.validate import check_seed


@contextlib.contextmanager
def _quiet_stderr():
    """Hold back what is written to file descriptor 2; say it after all if the block fails.

    TensorFlow's C++ code writes there directly, so replacing ``sys.stderr`` is not enough. If it
    ends the process (a processor without AVX), the real descriptor still gets Python's last words.
    """
    sys.stderr.flush()
    kept, was_on = os.dup(2), faulthandler.is_enabled()
    faulthandler.enable(file=kept)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        failed = True
        try:
            yield
            failed = False
        finally:
            sys.stderr.flush()
            os.dup2(kept, 2)
            faulthandler.enable(file=2) if was_on else faulthandler.disable()
            os.close(kept)
            if failed:
                held.seek(0)
                sys.stderr.write(held.read().decode(errors="replace"))


def _start_tensorflow():
    os.environ["KERAS_BACKEND"] = "tensorflow"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # what matters comes as an exception as well
    with _quiet_stderr():
        import tensorflow as tf

        with contextlib.suppress(RuntimeError):  # TensorFlow has run already: it keeps what it was told
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
    keras.utils.set_random_seed(check_seed(seed, 2**32 - 1))
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


class FitProgress(keras.callbacks.Callback):
    """A progress bar for ``model.fit(..., verbose=0, callbacks=[FitProgress()])``.

    It counts batches over all epochs, and shows neither times nor losses.
    """

    _open = None

    def on_train_begin(self, logs=None):
        """Open the bar."""
        self.on_train_end()  # of a training that an error ended: Keras does not say so
        steps = self.params["steps"]
        self._open = contextlib.ExitStack()
        bar = progress_bar(steps and self.params["epochs"] * steps, "Training", unit="batches")
        self._step = self._open.enter_context(bar)

    def on_train_batch_end(self, batch, logs=None):
        """One batch more."""
        self._step()

    def on_train_end(self, logs=None):
        """Close the bar."""
        if self._open is not None:
            self._open.close()
            self._open = None

    __del__ = on_train_end
