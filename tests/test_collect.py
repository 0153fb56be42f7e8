"""What is handed in on a hub: each change is fetched once, and nothing that only a link leads to."""

import os

import pytest

from tools.teach import collect


@pytest.fixture
def hub(tmp_path):
    """A hub's folder with the homes of Ada, who has begun, and of Grace, who has not; and a course."""
    for name, text in (("ada", "mine"), ("grace", "released")):
        folder = tmp_path / "hub" / "homes" / name / "notebooks"
        folder.mkdir(parents=True)
        (folder / "chapter_02.ipynb").write_text(text)
        (folder / "02_confusion_matrix.ipynb").write_text("no assignment")
    for number in ("02", "03"):
        (tmp_path / "course" / "release" / f"chapter_{number}").mkdir(parents=True)
    (tmp_path / "course" / "release" / "chapter_02" / "chapter_02.ipynb").write_text("released")
    return tmp_path / "hub"


def homework(hub, name):
    """Where a student has chapter 2's assignment."""
    return hub / "homes" / name / "notebooks" / "chapter_02.ipynb"


def collected(hub):
    """Collect; give what is new, the remarks, and all that was handed in until now."""
    course = hub.with_name("course")
    new, remarks = collect.collect(hub, course)
    files = list(course.glob("submitted/*/*/*"))
    return (
        new,
        remarks,
        {path.relative_to(course / "submitted").as_posix(): path.read_text() for path in files},
    )


def test_what_somebody_has_changed_is_handed_in_and_nothing_else(hub):
    there = {"ada/chapter_02/chapter_02.ipynb": "mine"}
    assert collected(hub) == ([("ada", "chapter_02")], [], there)


def test_it_is_fetched_again_only_when_it_has_changed(hub):
    collected(hub)
    assert collected(hub)[0] == []
    homework(hub, "ada").write_text("better")
    new, _, files = collected(hub)
    assert new == [("ada", "chapter_02")]
    assert list(files.values()) == ["better"]


@pytest.mark.parametrize(
    "kind", ["file", "folder", "home", "second name", "pipe", "folder in place of a file"]
)
def test_nothing_that_a_link_leads_to_is_taken_and_the_others_are(hub, kind, tmp_path):
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "chapter_02.ipynb").write_text("of somebody else")
    mine = homework(hub, "grace")
    mine.unlink()
    if kind == "file":
        mine.symlink_to(secret / "chapter_02.ipynb")
    elif kind == "second name":
        os.link(secret / "chapter_02.ipynb", mine)
    elif kind == "pipe":
        os.mkfifo(mine)
    elif kind == "folder in place of a file":
        mine.mkdir()
    else:
        above = mine.parent if kind == "folder" else mine.parent.parent
        for path in sorted(above.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        above.rmdir()
        target = secret if kind == "folder" else secret.parent / "other"
        (target / "notebooks").mkdir(parents=True, exist_ok=True)
        above.symlink_to(target)
    new, remarks, files = collected(hub)
    assert new == [("ada", "chapter_02")]
    assert list(files.values()) == ["mine"]
    assert len(remarks) == 1
    assert remarks[0].startswith("grace")


def test_what_is_too_large_is_left_and_told(hub, monkeypatch):
    monkeypatch.setattr(collect, "LARGEST", 1)
    homework(hub, "ada").write_bytes(b"x" * (10**6 + 1))
    assert collected(hub)[:2] == ([], ["ada, chapter_02.ipynb: it has more than 1 MB"])


def run(monkeypatch, *words):
    monkeypatch.setattr("sys.argv", ["collect", *map(str, words)])
    collect.main()


def test_what_is_new_is_said(hub, monkeypatch, capsys):
    run(monkeypatch, hub, hub.with_name("course"))
    assert capsys.readouterr().out == "ada: chapter_02\n1 handed in since the last time.\n"


@pytest.mark.parametrize(
    ("given", "said"), [("hub", "There are no assignments in"), ("course", "There is no hub in")]
)
def test_a_folder_that_is_no_hub_or_has_no_assignments_is_told(hub, monkeypatch, given, said):
    with pytest.raises(SystemExit, match=said):
        run(monkeypatch, hub.with_name(given), hub)
