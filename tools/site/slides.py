"""Make slides of every chapter from its notebook: reveal.js, whole without a network. For `make slides`.

What is shown follows from the shape of a chapter, so no cell needs to say so:

- only the core path of a chapter, which its beginning names, has slides;
- a heading begins a new slide, and is the title of all slides up to the next heading;
- words, formulas, tables and code follow each other, as many on a slide as there is room for;
- code is shown with what it prints, and where the heading says "by hand", because there it is the point;
- a figure has a slide of its own, with its caption;
- all other code is in the speaker's notes (key S), that of figures too, and so are the hints.

nbconvert writes the pages; in the browser the letters become smaller on a slide that is too full.
"""

import html
import re
import shutil
import sys
from importlib.resources import files
from pathlib import Path

import nbformat
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin
from nbconvert import SlidesExporter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from pygments.formatters import HtmlFormatter

from helpers.settings import ROOT
from tools.notebook import CORE, HINT, chapters, core_sections, printed, title, without_solutions

FOLDER = ROOT / "build" / "slides"
HERE = Path(__file__).parent
ROOM = 13  # lines of text on a slide
ACROSS = 72  # letters in a line of text
CODE = 0.7  # how much of a line of text a line of code takes
MARKDOWN = MarkdownIt("commonmark").enable("table").use(dollarmath_plugin)


def core_path(notebook):
    """The cells of a chapter that its slides are made of, without solutions.

    They are what comes before the first section, and the sections that its core path names: all sections
    if it names none.
    """
    core, wanted, cells = core_sections(notebook), True, []
    for cell in without_solutions(notebook).cells:
        if cell.cell_type == "code":
            cells += [cell] * wanted
            continue
        for part in re.split(r"^(?=## )", cell.source, flags=re.MULTILINE):
            if section := re.match("## (.+)", part):
                wanted = not core or section[1].strip() in core
            if wanted and part.strip():
                cells.append(new_markdown_cell(CORE.sub("", part)))
    return cells


def blocks(text):
    """Markdown in its blocks: headings, paragraphs, formulas, tables, and each item of a list."""
    lines, starts = text.splitlines(), {0}
    for token in MARKDOWN.parse(text):
        if token.map and (token.level == 0 or (token.level == 1 and token.type == "list_item_open")):
            starts.add(token.map[0])
    starts = sorted(starts)
    parts = ["\n".join(lines[start:end]) for start, end in zip(starts, [*starts[1:], None], strict=True)]
    return [part.strip() for part in parts if part.strip()]


def plain(text):
    """Markdown without what only Sphinx knows and without links inside the course: a slide stands alone."""
    text = re.sub(r"\{(?:cite|numref|ref)[\w:]*\}`[^`]*`", "", text)
    text = re.sub(r"\{\w+\}`([^`<]+?)\s*(?:<[^`]*>)?`", r"\1", text)
    return re.sub(r"\[([^\]]+)\]\((?!https?:)[^)]*\)", r"\1", text)


class Deck:
    """Turns the cells of a chapter into cells that say what they are of a slide, as nbconvert wants it."""

    def __init__(self, first):
        self.cells, self.notes = [], []  # notes go to the slide that comes next
        self.heading, self.room, self.begins = "", 0, True
        self.add(new_markdown_cell(first), "slide")

    def add(self, cell, kind="-"):
        """Add a cell that begins a part of the chapter (slide), or a slide in it (subslide), or is a note."""
        cell.metadata["slideshow"] = {"slide_type": kind}
        self.cells.append(cell)

    def show(self, cell, lines):
        """Put a cell on the slide, or where there is no room for so many lines, on a new one."""
        if self.room < min(lines, ROOM):
            self.add(new_markdown_cell(f"## {self.heading}"), "slide" if self.begins else "subslide")
            self.begins, self.room = False, ROOM
        self.add(cell)
        self.room -= lines
        self.add_notes()

    def add_notes(self):
        """Add the notes that wait to the slide."""
        for note in self.notes:
            self.add(new_markdown_cell(note), "notes")
        self.notes = []

    def take_text(self, text):
        """Show Markdown: its headings are titles, its hints notes."""
        for block in blocks(plain(HINT.sub("", text))):
            if heading := re.match(r"(#+) (.+)", block):
                self.heading, self.room, self.begins = heading[2], 0, len(heading[1]) < 3
            else:
                lines = sum(1 + len(line) // ACROSS for line in block.splitlines())
                self.show(new_markdown_cell(block), lines + 0.5)
        self.notes += [re.sub(r"</?(details|summary)>", "", hint).strip() for hint in HINT.findall(text)]
        if self.room:
            self.add_notes()

    def take_code(self, cell):
        """Show a figure, or code and what it prints; what is not shown becomes a note."""
        alone = cell.metadata | {"transient": {"remove_source": True}}
        output = new_code_cell(outputs=cell.outputs, metadata=alone)
        figure = any("image/png" in data.get("data", {}) for data in cell.outputs)
        said = len(printed(cell).splitlines()) * CODE
        lines = len(cell.source.splitlines()) * CODE + 0.5
        aside = re.search(r"checks\.check_|print\(about\(\)\)", cell.source)
        if figure or aside or not (said or "by hand" in self.heading.lower()):
            self.notes.append(f"```\n{cell.source}\n```")
            if figure:
                self.show(output, ROOM)
        elif lines + said < ROOM:
            self.show(cell, lines + said)
        else:
            self.show(new_code_cell(cell.source), lines)
            if said:
                self.show(output, said)


def make_slides(notebook, number):
    """A notebook of slides, made from that of a chapter."""
    deck = Deck(f"Seeing Through CNNs\n\n# {title(notebook)}\n\nChapter {number}")
    for cell in core_path(notebook):
        if cell.cell_type == "markdown":
            deck.take_text(cell.source)
        elif cell.source.strip():
            deck.take_code(cell)
    deck.add_notes()
    return new_notebook(cells=deck.cells, metadata=notebook.metadata)


def make_exporter():
    """What writes a notebook of slides as a page."""
    return SlidesExporter(
        template_file=str(HERE / "slides.html"),
        default_preprocessors=[],
        optimistic_validation=True,
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        exclude_anchor_links=True,
    )


def write_deck(path, folder, exporter):
    """Write the slides of one chapter to a folder; returns the chapter's title and how many slides it has."""
    notebook, number = nbformat.read(path, 4), int(path.name[:2])
    slides = make_slides(notebook, number)
    about = {"metadata": {"name": f"{number}. {title(notebook)}"}}
    page, _ = exporter.from_notebook_node(slides, about)
    (folder / f"{path.stem}.html").write_text(page, encoding="utf-8")
    kinds = [cell.metadata.slideshow.slide_type for cell in slides.cells]
    return title(notebook), sum(kind in ("slide", "subslide") for kind in kinds)


def copy_assets(folder):
    """Copy reveal.js, MathJax and the style: nothing is loaded from elsewhere."""
    reveal = files("sphinx_revealjs") / "_static" / "revealjs"
    mathjax = files("sphinx-mathjax-offline") / "static" / "mathjax"
    for source in (
        *(reveal / "dist" / name for name in ("reveal.js", "reveal.css", "reset.css")),
        reveal / "plugin" / "notes" / "notes.js",
        mathjax / "tex-svg.js",
    ):
        (folder / source.name).write_bytes(source.read_bytes())
    (folder / "reveal-LICENSE.txt").write_bytes((reveal / "LICENSE").read_bytes())
    colours = HtmlFormatter(style="a11y-high-contrast-light").get_style_defs(".highlight")
    style = (HERE / "slides.css").read_text(encoding="utf-8")
    (folder / "slides.css").write_text(style + colours, encoding="utf-8")


def write_index(folder, decks):
    """Write the page that lists the chapters."""
    rows = "".join(
        f'<li><a href="{stem}.html">{html.escape(name)}</a> ({count} slides)</li>'
        for stem, (name, count) in decks.items()
    )
    (folder / "index.html").write_text(
        '<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>Slides</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<link rel="stylesheet" href="assets/slides.css"></head>\n<body class="index"><main>\n'
        f"<h1>Seeing Through CNNs: slides</h1>\n<ol>{rows}</ol>\n"
        "<p>Keys: space goes on, S opens the speaker's notes, O shows all slides, F fills the screen. "
        "To print, add <code>?print-pdf</code> to the address.</p>\n</main></body>\n</html>\n",
        encoding="utf-8",
    )


def write_slides(folder=FOLDER):
    """Write the slides of all chapters to a folder, which is made anew; returns {file: (title, slides)}."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "assets").mkdir(parents=True)
    copy_assets(folder / "assets")
    exporter = make_exporter()
    decks = {path.stem: write_deck(path, folder, exporter) for path in chapters()}
    write_index(folder, decks)
    return decks


def main():
    """Make the slides of all chapters."""
    for stem, (_, count) in write_slides().items():
        print(f"{stem}: {count} slides")
    print(f"The slides are ready: open {FOLDER.relative_to(ROOT)}/index.html in a browser")


if __name__ == "__main__":
    sys.exit(main())
