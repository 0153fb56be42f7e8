"""Make printable sheets: for each chapter one of questions and one of answers. For `make sheets`.

The questions are the chapter's own, those of book/misunderstandings.md, and the exercises; the answers too.
"""

import argparse
import re
import shutil
import sys
from html import escape
from importlib.resources import files
from pathlib import Path

import nbformat
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

from helpers.settings import ROOT
from tools import browser
from tools.notebook import NOTEBOOKS, chapters, exercises, title
from tools.site.print import print_pdf
from tools.site.solutions import to_markdown
from tools.teach.assignments import LINK

FOLDER = ROOT / "build" / "sheets"
MISUNDERSTANDINGS = ROOT / "book" / "misunderstandings.md"
ENTRY = re.compile(
    r'^\*\*"(?P<wrong>[^\n]+)"\*\*\nAsk: \*(?P<asked>[^\n]+)\*\n+'
    r"<details>.*?</summary>\s*(?P<answer>.+?)\s*</details>",
    re.MULTILINE | re.DOTALL,
)
LINES = '\n\n<div class="lines"></div>\n\n'
PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<link rel="stylesheet" href="sheets.css">
<script>MathJax = {{svg: {{fontCache: "local"}}, options: {{enableMenu: false}}}}</script>
<script defer src="tex-svg.js"></script>
</head><body>
{body}
</body></html>
"""


def section(notebook, heading):
    """The text of a section of a chapter, without its heading; empty if there is none."""
    for cell in notebook.cells:
        found = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", cell.source, re.MULTILINE | re.DOTALL)
        if cell.cell_type == "markdown" and found:
            return found[1].strip()
    return ""


def headline(notebook):
    """The first figure of a chapter as a piece of Markdown; empty if there is none."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if picture := output.get("data", {}).get("image/png"):
                said = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
                data = picture.replace("\n", "")
                return f'<img src="data:image/png;base64,{data}" alt="{escape(said)}">'
    return ""


def misunderstandings(number, path=MISUNDERSTANDINGS):
    """What is said about a chapter's misunderstandings: (claim, question, answer) each."""
    text = path.read_text(encoding="utf-8")
    own = re.search(rf"^## Chapter {number}: .*?(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    return [found.group("wrong", "asked", "answer") for found in ENTRY.finditer(own[0] if own else "")]


def questions(notebook, number):
    """The sheet of questions of a chapter, as Markdown."""
    text = f"# Chapter {number}: {title(notebook)}\n\nName:\n\n"
    text += f"## The chapter's question\n\n{section(notebook, 'The question')}\n\n{headline(notebook)}{LINES}"
    text += "## Before you believe it\n\n"
    for k, (_, asked, _) in enumerate(misunderstandings(number), 1):
        text += f"**{k}.** {asked[0].upper()}{asked[1:]}{LINES}"
    text += "## Exercises\n\n"
    for name, task, _ in exercises(notebook):
        text += f"**{name}.** {task}\n\n"
    return LINK.sub(r"\1", text)


def answers(notebook, number):
    """The sheet of answers of a chapter, as Markdown."""
    text = f"# Chapter {number}: {title(notebook)}: answers\n\n"
    text += "## The chapter's question\n\nIn this chapter you have\n\n"
    text += section(notebook, "In this chapter you have") + "\n\n"
    text += "## Before you believe it\n\n"
    for k, (wrong, _, answer) in enumerate(misunderstandings(number), 1):
        text += f'**{k}.** {answer}\n\nIt meets: "{wrong}"\n\n'
    text += (
        "## Exercises\n\nOther answers are right too: the checks accept all that do what was asked for.\n\n"
    )
    for name, _, solution in exercises(notebook):
        text += f"**{name}.**\n\n" + "\n\n".join(to_markdown(cell) for cell in solution) + "\n\n"
    return LINK.sub(r"\1", text)


def html(text):
    """Markdown as HTML, with formulas as MathJax reads them."""
    markdown = MarkdownIt("commonmark", {"html": True}).enable("table")
    markdown.use(dollarmath_plugin, renderer=lambda formula, options: formula_of(formula, **options))
    return f'<section class="sheet">\n{markdown.render(text)}</section>\n'


def formula_of(formula, display_mode=False, **_):
    """A formula between the marks that MathJax looks for."""
    return f"\\[{escape(formula)}\\]" if display_mode else f"\\({escape(formula)}\\)"


def write_sheets(folder=FOLDER, notebooks=NOTEBOOKS):
    """Write both sheets of every chapter, and all of a kind together; give the paths of these two."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    mathjax = files("sphinx-mathjax-offline") / "static" / "mathjax"
    shutil.copy2(mathjax / "tex-svg.js", folder)
    shutil.copy2(Path(__file__).with_name("sheets.css"), folder)
    together = {"questions": "", "answers": ""}
    for path in chapters(notebooks):
        notebook, number = nbformat.read(path, 4), int(path.name[:2])
        for kind, make in (("questions", questions), ("answers", answers)):
            body = html(make(notebook, number))
            together[kind] += body
            target = folder / f"chapter_{number:02}_{kind}.html"
            target.write_text(PAGE.format(title=f"Chapter {number}: {kind}", body=body), encoding="utf-8")
    for kind, body in together.items():
        (folder / f"{kind}.html").write_text(PAGE.format(title=kind.title(), body=body), encoding="utf-8")
    return [folder / f"{kind}.html" for kind in together]


def main():
    """Write them; as PDF as well where Chromium is installed."""
    parser = argparse.ArgumentParser(description="Make printable sheets of questions and answers.")
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER, help="is made anew")
    folder = parser.parse_args().folder.resolve()
    pages = write_sheets(folder)
    chromium = browser.find_chromium()
    if chromium is None:
        print(f"No Chromium, so no PDF: open the pages in {folder} in a browser, and print them.")
        return
    try:
        for page in pages:
            print_pdf(page, page.with_suffix(".pdf"), chromium)
    except RuntimeError as problem:
        sys.exit(f"The sheets could not be printed:\n{problem}")
    print(f"Sheets of questions and of answers: {folder}")


if __name__ == "__main__":
    main()
