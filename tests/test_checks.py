"""Every check of an exercise: accepts any right answer, rejects plausible wrong ones, says why.

The answers are in answers/, a file a chapter.
"""

from importlib import import_module
from pathlib import Path

import pytest

from helpers import checks
from helpers.checks import NotYet

ANSWERS = [
    import_module(f"answers.{path.stem}") for path in sorted(Path(__file__).parent.glob("answers/*.py"))
]
RIGHT = {check: some for chapter in ANSWERS for check, some in chapter.RIGHT.items()}
WRONG = {check: some for chapter in ANSWERS for check, some in chapter.WRONG.items()}


def cases(answers):
    """One parameter set for each pair of a check and an answer, with a name that can be read."""
    return [
        pytest.param(check, answer, id=f"{check.__name__}-{number}")
        for check, some in answers.items()
        for number, answer in enumerate(some)
    ]


def every_check():
    """All public checks of the module."""
    return [value for name, value in vars(checks).items() if name.startswith("check_")]


@pytest.mark.parametrize(("check", "answer"), cases(RIGHT))
def test_a_right_answer_passes(check, answer, capsys):
    check(answer)
    assert capsys.readouterr().out.startswith("Right")


@pytest.mark.parametrize(("check", "wrong"), cases(WRONG))
def test_a_wrong_answer_is_told_why(check, wrong):
    answer, hint = wrong
    with pytest.raises(NotYet, match=hint):
        check(answer())


@pytest.mark.parametrize("check", [check for check in every_check() if callable(RIGHT[check][0])])
def test_a_number_in_place_of_a_function_is_told_so(check):
    with pytest.raises(NotYet, match="the answer has to be a"):
        check(576)


@pytest.mark.parametrize("check", every_check())
def test_no_answer_is_neither_right_nor_wrong(check, capsys):
    check(...)
    assert capsys.readouterr().out.startswith("Nothing to check yet")


@pytest.mark.parametrize("check", every_check())
def test_every_check_is_tested_with_right_answers_and_three_wrong_ones(check):
    assert len(RIGHT[check]) >= 1
    assert len(WRONG[check]) >= 3


def test_a_learner_sees_one_line_and_no_traceback():
    assert NotYet("count again")._render_traceback_() == ["Not yet: count again"]
