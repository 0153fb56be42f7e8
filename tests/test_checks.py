"""Every check of an exercise: accepts any right answer, rejects plausible wrong ones, says why.

The answers are in answers/, a file a chapter. A right answer that takes a while to make is a
`functools.partial`, which is called for it.
"""

from functools import partial
from importlib import import_module
from pathlib import Path

import pytest
from answers import rubbish

from helpers import checks
from helpers.checks import NotYet

ANSWERS = [
    import_module(f"answers.{path.stem}")
    for path in sorted(Path(__file__).parent.glob("answers/chapter_*.py"))
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
    check(answer() if isinstance(answer, partial) else answer)
    assert capsys.readouterr().out.startswith("Right")


@pytest.mark.parametrize(("check", "wrong"), cases(WRONG))
def test_a_wrong_answer_is_told_why(check, wrong):
    answer, hint = wrong
    with pytest.raises(NotYet, match=hint):
        check(answer())


def of_functions():
    """The checks whose answer is a function."""
    others = (checks.check_variant, checks.check_fooling_image)
    return [check for check in every_check() if callable(RIGHT[check][0]) and check not in others]


def hint(check, answer):
    """What a learner sees; what is amiss with it, if it is not one helpful line."""
    try:
        check(answer)
    except NotYet as wrong:
        line = "\n".join(wrong._render_traceback_())
        short = "\n" not in line and 20 <= len(line) <= 320
        return line if short and "cannot be checked" not in line else f"amiss: {line}"
    except BaseException as error:
        return f"amiss: {error!r}"
    return "amiss: passes"


def amiss(check, answers):
    """The answers, by name, to which the check does not say one helpful line."""
    hints = {name: hint(check, answer) for name, answer in answers.items()}
    return {name: line for name, line in hints.items() if line.startswith("amiss")}


@pytest.mark.parametrize("check", every_check())
def test_what_is_no_answer_gets_one_line(check):
    assert amiss(check, rubbish.THINGS | rubbish.FUNCTIONS) == {}


@pytest.mark.parametrize("check", of_functions())
def test_a_number_in_place_of_a_function_is_told_so(check):
    assert hint(check, 576) == "Not yet: the answer has to be a function"


@pytest.mark.parametrize("check", of_functions())
def test_a_function_that_gives_no_answer_gets_one_line(check):
    assert amiss(check, {name: lambda *_, thing=thing: thing for name, thing in rubbish.THINGS.items()}) == {}


@pytest.mark.parametrize("check", of_functions())
def test_an_error_in_the_learners_function_is_told_in_one_line(check):
    for error, function in rubbish.STOPPING.items():
        assert f"your function stops with {error}" in hint(check, function)


def test_an_error_of_a_check_itself_is_told_and_kept():
    @checks.shared.exercise
    def broken(answer):
        raise IndexError("of the check")

    with pytest.raises(NotYet, match=r"this answer cannot be checked \(IndexError: of the check\)") as caught:
        broken(1)
    assert isinstance(caught.value.__cause__, IndexError)


def test_a_learner_may_interrupt_a_check():
    with pytest.raises(KeyboardInterrupt):
        checks.check_passes(rubbish.raises(KeyboardInterrupt()))


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
