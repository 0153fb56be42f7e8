"""Training that may be cut off at any moment and taken up again where it stood."""

import json
import os
import time

from helpers.backend import keras
from helpers.settings import ROOT

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
        Gives the epoch's number, counted from 0, a ``tf.data.Dataset`` of batches.
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
    log = folder / "log.json"
    if log.exists() and not fresh:
        state = json.loads(log.read_text(encoding="utf-8"))
        model = keras.saving.load_model(folder / state["checkpoint"])
        _set_random_states(model, state["random"])
        history = state["history"]
    else:
        model, history = build(), []
    while len(history) < epochs:
        epoch, began = len(history), time.perf_counter()
        report = model.fit(
            batches(epoch),
            initial_epoch=epoch,
            epochs=epoch + 1,
            shuffle=False,
            verbose=2,
        ).history
        row = {"epoch": epoch + 1, "seconds": round(time.perf_counter() - began, 1)}
        row |= {key: values[0] for key, values in report.items()} | measure(model)
        history.append(row)
        print("  ".join(f"{key} {value:.5g}" for key, value in row.items()), flush=True)
        _save(folder, model, history)
    return model, history


def _save(folder, model, history):
    """Write the checkpoint, then the log that names it, then remove the checkpoint before.

    A cut at any moment leaves a log and the checkpoint that belongs to it.
    """
    checkpoint = folder / f"epoch-{len(history)}.keras"
    model.save(checkpoint)
    state = {"checkpoint": checkpoint.name, "random": _random_states(model), "history": history}
    (folder / "new-log.json").write_text(json.dumps(state), encoding="utf-8")
    os.replace(folder / "new-log.json", folder / "log.json")
    for old in set(folder.glob("epoch-*.keras")) - {checkpoint}:
        old.unlink()


def _random_variables(model):
    """The states of the random generators of dropout and the like: Keras does not save them."""
    return [variable for variable in model.variables if variable.path.endswith("seed_generator_state")]


def _random_states(model):
    return [keras.ops.convert_to_numpy(variable).tolist() for variable in _random_variables(model)]


def _set_random_states(model, states):
    for variable, state in zip(_random_variables(model), states, strict=True):
        variable.assign(state)
