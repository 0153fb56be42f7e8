"""The hidden tests of the assignments: right answers pass, those that only fit the check's data do not."""

from functools import partial

import pytest
from answers.tuned import TUNED
from test_checks import RIGHT, every_check, of_functions

from helpers import checks
from helpers.checks import NotYet
from tools.teach.marking import hidden_tests, points_of

HIDDEN = hidden_tests()
pairs = [
    pytest.param(check, answer, id=f"{check.__name__}-{number}")
    for check, answers in RIGHT.items()
    if check.__name__ in HIDDEN
    for number, answer in enumerate(answers)
]


def run(check, answer):
    """The hidden tests of an exercise, as the assignment has them: alone, with what they need."""
    exec(HIDDEN[check.__name__], space := {})
    space[check.__name__](answer)


@pytest.mark.parametrize(("check", "answer"), pairs)
def test_a_right_answer_passes_the_hidden_tests(check, answer):
    run(check, answer() if isinstance(answer, partial) else answer)


@pytest.mark.parametrize("check", every_check(), ids=lambda check: check.__name__)
def test_an_answer_that_fits_only_the_check_is_found(check, capsys):
    for answer in TUNED.get(check.__name__, ()):
        check(answer())
        assert capsys.readouterr().out.startswith("Right")
        with pytest.raises((NotYet, ValueError, IndexError)):
            run(check, answer())


@pytest.mark.parametrize("check", every_check(), ids=lambda check: check.__name__)
def test_every_function_that_is_asked_for_has_hidden_tests(check):
    name = check.__name__
    assert (name in HIDDEN) == (check in of_functions() or check is checks.check_variant)
    assert (name in TUNED) == (name in HIDDEN)
    visible, hidden = points_of(name)
    assert visible > 0
    assert (hidden > 0) == (name in HIDDEN)
