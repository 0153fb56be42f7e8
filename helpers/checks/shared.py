"""What the checks of all chapters share."""

import numpy as np


class NotYet(AssertionError):
    """The answer is not right yet. In a notebook only its one line is shown."""

    def _render_traceback_(self):
        return [f"Not yet: {self}"]


def require(condition, hint):
    """Raise `NotYet` with the hint unless the condition holds.

    Parameters
    ----------
    condition : bool
    hint : str
        What is wrong, in words that help: "that is recall: it looks at the rows only".

    Raises
    ------
    NotYet
        If the condition does not hold.
    """
    if not condition:
        raise NotYet(hint)


def unanswered(answer):
    """Whether the answer is still ``...``; if so, say that there is nothing to check.

    Parameters
    ----------
    answer : object

    Returns
    -------
    bool
    """
    if answer is ...:
        print("Nothing to check yet: put your answer in place of the three dots.")
    return answer is ...


def same(given, expected, tolerance=1e-6):
    """Whether an answer has the expected shape and values, whatever type it has.

    Parameters
    ----------
    given : object
        The answer. What cannot be made an array of numbers is simply not the same.
    expected : array_like
    tolerance : float
        The largest difference that is allowed.

    Returns
    -------
    bool
    """
    try:
        given = np.asarray(given, dtype=float)
    except (TypeError, ValueError):
        return False
    return given.shape == np.shape(expected) and np.allclose(given, expected, rtol=0, atol=tolerance)
