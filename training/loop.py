"""Training that may be cut off at any moment and taken up again where it stood."""

import json
import os
import time

from helpers.runtime import ROOT, keras

RUNS = ROOT / "training" / "runs"


def one_cycle(peak, steps, warm_up=0.1):
    """A learning rate that rises in a straight line, then falls along half a cosine to zero.

    Parameters
    ----------
    peak : float
        The highest learning rate.
    steps : int
        Optimizer steps in the whole training.
    warm_up : float
        Share of the steps in which it rises, 0 to 1.

    Returns
    -------
    keras.optimizers.schedules.LearningRateSchedule
    """
    rising = int(steps * warm_up)
    return keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=peak / 100,
        decay_steps=steps - rising,
        alpha=0.0,
        warmup_target=peak,
        warmup_steps=rising,
    )


def train(name, build, epochs, batches, measure, fresh=False):
    """Train a compiled model epoch by epoch, with a checkpoint after each.

    The data of an epoch depend on nothing but its number, and the checkpoint holds the optimizer
    and the state of the random generators too: a training that was interrupted ends in the same
    weights as one that was not.

    Parameters
    ----------
    name : str
        The folder under ``training/runs/``.
    build : callable
        Returns the compiled model to begin with.
    epochs : int
        How many epochs there are in all.
    batches : callable
        Gives the epoch's number, 0 to ``epochs - 1``, a ``tf.data.Dataset`` of batches.
    measure : callable
        Called with the model after each epoch; returns a dict of numbers for the history.
    fresh : bool
        Begin again even if there is a checkpoint.

    Returns
    -------
    model : keras.Model
    history : list of dict
        One row an epoch: ``epoch``, ``seconds``, what ``fit`` reports, and what was measured.
    """
    folder = RUNS / name
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint, log = folder / "checkpoint.keras", folder / "history.json"
    history = json.loads(log.read_text()) if log.exists() and checkpoint.exists() and not fresh else []
    model = keras.saving.load_model(checkpoint) if history else build()
    for epoch in range(len(history), epochs):
        began = time.perf_counter()
        report = model.fit(
            batches(epoch), initial_epoch=epoch, epochs=epoch + 1, shuffle=False, verbose=2
        ).history
        row = {"epoch": epoch + 1, "seconds": round(time.perf_counter() - began, 1)}
        row |= {key: values[0] for key, values in report.items()} | measure(model)
        history.append(row)
        print("  ".join(f"{key} {value:.5g}" for key, value in row.items()), flush=True)
        _replace(checkpoint, model.save)
        _replace(log, lambda path: path.write_text(json.dumps(history)))
    return model, history


def _replace(path, write):
    """Write to a temporary name first: a cut in the middle leaves the old file."""
    temporary = path.with_name("new-" + path.name)
    write(temporary)
    os.replace(temporary, path)
