"""Make slides of every chapter from its notebook: reveal.js, whole without a network. For `make slides`.

What is shown follows from the shape of a chapter, so no cell needs to say so:

- a heading begins a new slide, and is the title of all slides up to the next heading;
- a paragraph is shown by its first sentences; all of it is in the speaker's notes (key S);
- a figure has a slide of its own with its caption, and a second one with the words that follow it;
- code that prints is shown with what it prints; if it is long, only what it prints is shown;
- where a formula has been given, or the heading says "by hand", the code is the point: it is shown;
- all other code is in the notes, that of figures too;
- solutions are left out, hints are in the notes.
"""

import argparse
import base64
import html
import re
import shutil
import struct
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from string import Template

import nbformat
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from helpers.settings import ROOT
from tools.solutions import HINT, chapters, printed, title, without_solutions

SLIDES = ROOT / "build" / "slides"
PAGE = Template((Path(__file__).parent / "slides.html").read_text())
STYLE = Path(__file__).parent / "slides.css"
TEXT_ROOM = 430  # characters on a slide of text
SHORT = 190  # up to so many they are larger
FORMULA = 130  # that a formula takes the place of
LEAD_ROOM = 190  # above code
BESIDE_ROOM = 330  # beside a figure
LIST_ROOM = {"list": 500, "list small": 450}  # pixels
LARGE, SMALL = (66, 46, 14), (92, 34, 10)  # letters in a line, height of a line, room between items
ROWS = 5  # of a table
CODE_ROOM = 22  # lines of code and output together
WIDE = 80  # characters, beyond which code is smaller
FEW = 16  # lines, up to which they are larger
LINE = 32  # pixels
METHOD = 4  # lines from which code that prints nothing is shown, where code is the point
HIGHLIGHT = HtmlFormatter(nowrap=True, style="a11y-high-contrast-light")


@dataclass
class Slide:
    """One slide: its kind names its layout in slides.css, body and notes are HTML."""

    kind: str
    heading: str
    body: str
    notes: str = ""
    begins: bool = False  # whether a part of the chapter begins here


# Text


def _markdown():
    parser = MarkdownIt("commonmark").enable("table").use(dollarmath_plugin)
    parser.add_render_rule("math_inline", lambda self, tokens, k, *_: f"\\({_escaped(tokens[k])}\\)")
    parser.add_render_rule("math_block", lambda self, tokens, k, *_: f"<p>\\[{_escaped(tokens[k])}\\]</p>")
    return parser


def _escaped(token):
    return html.escape(token.content.strip(), quote=False)


MARKDOWN = _markdown()


def to_html(text):
    """Markdown as HTML. Links inside the course become plain text: a slide stands alone.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
    """
    text = re.sub(r"\{(?:cite|numref|ref)[\w:]*\}`[^`]*`", "", text)
    text = re.sub(r"\{\w+\}`([^`<]+?)\s*(?:<[^`]*>)?`", r"\1", text)
    return MARKDOWN.render(re.sub(r"\[([^\]]+)\]\((?!https?:)[^)]*\)", r"\1", text))


def blocks(text):
    """Markdown in its blocks, as (kind, text) pairs.

    Parameters
    ----------
    text : str

    Returns
    -------
    list of (str, str)
        The kinds are h1, h2, h3, text, list, table, math and other.
    """
    lines, found = text.splitlines(), []
    kinds = {
        "paragraph_open": "text",
        "table_open": "table",
        "bullet_list_open": "list",
        "ordered_list_open": "list",
    }
    for token in MARKDOWN.parse(text):
        if token.level or token.map is None or token.nesting < 0:
            continue
        source = "\n".join(lines[slice(*token.map)]).strip()
        if token.type == "heading_open":
            found.append((token.tag, source.lstrip("# ")))
        elif token.type == "paragraph_open" and re.match(r"\$\$", source):
            found.append(("math", source))
        else:
            found.append((kinds.get(token.type, "math" if "math" in token.type else "other"), source))
    return found


def sentences(paragraph):
    """A paragraph in its sentences; none ends inside bold text, a formula or brackets.

    Parameters
    ----------
    paragraph : str

    Returns
    -------
    list of str
    """
    parts = re.split(r"(?:(?<=[.?!])|(?<=[.?!]\*\*))\s+(?=[A-Z*`$\d\"(])", " ".join(paragraph.split()))
    found = []
    for part in parts:
        if found and _open(found[-1]):
            found[-1] += " " + part
        else:
            found.append(part)
    return found


def _open(text):
    return (
        text.count("**") % 2
        or text.count("$") % 2
        or text.count("`") % 2
        or text.count("(") > text.count(")")
        or bool(re.search(r"\b(e\.g|i\.e|et al)\.$", text))
    )


def shorten(paragraph, room):
    """The first sentences of a paragraph, as many as there is room for, but one at least.

    Returns
    -------
    shown : str
    whole : bool
        Whether nothing was left out.
    """
    every = sentences(paragraph)
    shown = every[:1]
    for sentence in every[1:]:
        if len(" ".join([*shown, sentence])) > room:
            break
        shown.append(sentence)
    return " ".join(shown), len(shown) == len(every)


# Cells


def figure(cell):
    """The first figure of a cell as (PNG bytes, alt, caption), or None."""
    for output in cell.get("outputs", []):
        if "image/png" in output.get("data", {}):
            about = cell.metadata.get("mystnb", {})
            alt = about.get("image", {}).get("alt", "")
            caption = about.get("figure", {}).get("caption", "")
            return base64.b64decode(output["data"]["image/png"]), alt, caption
    return None


def size(png):
    """Width and height of a PNG picture, from its header."""
    return struct.unpack(">II", png[16:24])


def code_html(source):
    """Code in colours."""
    return f'<pre class="code"><code>{highlight(source, PythonLexer(), HIGHLIGHT).strip()}</code></pre>'


def length(text):
    """Number of lines of a text."""
    return len(text.strip().splitlines())


def heights(items, letters):
    """The pixels that the items of a list take."""
    across, line, between = letters
    return [line * (1 + len(item) // across) + between for item in items]


def layout(text, above=0):
    """How large code can be: in two columns if there is much of it."""
    lines = text.strip().splitlines()
    if len(lines) > CODE_ROOM:
        return "code dense columns"
    dense = len(lines) + above > FEW or max(map(len, lines)) > WIDE
    return "code dense" if dense else "code"


# From a notebook to slides


class Deck:
    """Turns the cells of a chapter, one after the other, into slides."""

    def __init__(self, folder, name):
        self.folder, self.name = folder, name
        self.slides, self.heading, self.begins = [], "", True
        self.waiting = []  # paragraphs that the next slide begins with, or that become one of their own
        self.prepared = []  # code that has not been shown yet
        self.last_figure = None  # that the next words are about
        self.room_below = 0  # the pixels that are free on the last slide
        self.by_hand = False  # whether the code under this heading is the point
        self.skipping = False  # the words that follow the cell that names versions and device

    def add(self, kind, body, notes=""):
        """Make a slide under the present heading."""
        self.slides.append(Slide(kind, self.heading, body, notes, self.begins))
        self.room_below, self.begins = 0, False

    # text

    def text(self, source):
        """Take a cell of Markdown."""
        hints = "".join(to_html(re.sub(r"</?(details|summary)>", "", hint)) for hint in HINT.findall(source))
        found = blocks(HINT.sub("", source))
        about_cell = self.skipping and found[0][0] == "text"
        self.skipping = about_cell
        if about_cell or (len(found) > 1 and self.fits_below(*found[0])):
            kind, content = found.pop(0)
            self.conclude(content)
        for kind, content in found:
            if kind in ("h1", "h2", "h3"):
                self.flush()
                self.heading, self.last_figure = content, None
                self.by_hand = "by hand" in content.lower()
                self.begins = kind != "h3"
            elif self.heading.startswith("References") or kind == "list":
                self.itemize(content)
            elif self.last_figure and kind == "text":
                self.beside(content)
            elif kind == "table":
                self.flush()
                self.tabulate(content)
            else:
                self.by_hand = self.by_hand or kind == "math"
                self.waiting.append((kind, content))
        if hints:
            self.flush(notes=hints)

    def fits_below(self, kind, content):
        """Whether the slide before has room for what is said about its result."""
        return (
            kind == "text" and "**" not in content and self.room_below > 40 + LINE * (1 + len(content) // 75)
        )

    def conclude(self, content):
        """Put what is said about a result below it; of the first cell's, into the notes."""
        if self.skipping:
            self.slides[-1].notes += to_html(content)
        else:
            self.slides[-1].body += f'<div class="after">{to_html(content)}</div>'
        self.skipping, self.room_below = False, 0

    def itemize(self, content):
        """A list has a slide of its own, or several, with the words before it on the first."""
        lead = "".join(to_html(text) for _, text in self.waiting)
        self.waiting = []
        items = re.split(r"\n(?=[-*] |\d+\. )", content)
        small = sum(heights(items, LARGE)) + len(lead) // 2 > LIST_ROOM["list"]
        letters, step = ("list small", SMALL) if small else ("list", LARGE)
        group, used = [], len(lead) // 2
        for item, height in zip(items, heights(items, step), strict=True):
            if group and used + height > LIST_ROOM[letters]:
                self.add(letters, lead + to_html("\n".join(group)))
                lead, group, used = "", [], 0
            group.append(item)
            used += height
        self.add(letters, lead + to_html("\n".join(group)))

    def tabulate(self, content):
        """A table has a slide of its own, or several, each with the table's head."""
        lines = content.splitlines()
        for start in range(2, len(lines), ROWS):
            self.add("table", to_html("\n".join([*lines[:2], *lines[start : start + ROWS]])))

    def beside(self, paragraph):
        """The words after a figure stand beside it, once; what follows is text again."""
        name, (width, height), alt = self.last_figure
        shown, whole = shorten(paragraph, BESIDE_ROOM)
        place = "above" if width > 2 * height else "beside"
        picture = f'<img src="{name}" alt="{html.escape(alt)}">'
        self.add(
            f"words {place}", f"{picture}<div>{to_html(shown)}</div>", "" if whole else to_html(paragraph)
        )
        self.last_figure = None

    def flush(self, notes=""):
        """Make slides of the paragraphs that wait: as many on one as fit."""
        group, used, spoken = [], 0, ""
        for kind, content in self.waiting:
            shown, whole = shorten(content, TEXT_ROOM) if kind == "text" else (content, True)
            room = len(shown) if kind == "text" else FORMULA
            if group and used + room > TEXT_ROOM:
                self.prose(group, used, spoken)
                group, used, spoken = [], 0, ""
            group.append(to_html(shown))
            used += room
            spoken += "" if whole else to_html(content)
        self.waiting = []
        if group:
            self.prose(group, used, spoken + notes)
        elif notes:
            self.slides[-1].notes += notes

    def prose(self, group, used, notes):
        """A slide of text; a short one in larger letters."""
        self.add("text" if used > SHORT else "text large", "".join(group), notes)

    def lead(self, lines=0):
        """Take the last waiting paragraph as the line above code or a figure; the others become slides.

        What is bold is a question to think about: it has a slide of its own. So it has if so many
        lines of code leave no room.
        """
        kind, paragraph = self.waiting[-1] if self.waiting else ("", "")
        if (
            lines > CODE_ROOM - 5
            or kind != "text"
            or "**" in paragraph
            or len(sentences(paragraph)[0]) > LEAD_ROOM
        ):
            self.flush()
            return "", ""
        self.waiting.pop()
        self.flush()
        shown, whole = shorten(paragraph, LEAD_ROOM)
        return f'<div class="lead">{to_html(shown)}</div>', "" if whole else to_html(paragraph)

    # code

    def code(self, cell):
        """Take a code cell."""
        self.last_figure = None
        if "print(about())" in cell.source:
            self.flush()
            self.skipping = True
            return
        picture, said = figure(cell), printed(cell).strip()
        if "checks.check_" in cell.source:
            self.flush()
            self.slides[-1].notes += code_html(cell.source)
        elif picture:
            self.picture(cell, *picture)
        elif said:
            self.result(cell, said)
        elif self.by_hand and length(cell.source) >= METHOD:
            self.method(cell)
        else:
            self.prepared.append(cell.source)

    def picture(self, cell, png, alt, caption):
        """A figure as large as fits, with its caption; the code that draws it is in the notes."""
        lead, notes = self.lead()
        name = f"figures/{self.name}-{len(self.slides):02}.png"
        (self.folder / name).write_bytes(png)
        shown = f'<img src="{name}" alt="{html.escape(alt)}"><figcaption>{to_html(caption)}</figcaption>'
        self.add("figure", f"{lead}<figure>{shown}</figure>", notes + self.earlier() + code_html(cell.source))
        self.last_figure = (name, size(png), alt)

    def result(self, cell, said):
        """What code prints, and the code if it is the point or is short."""
        lines = length(cell.source)
        point = self.by_hand and lines >= METHOD
        lead, notes = self.lead(lines if point else 0)
        notes += self.earlier()
        output = f'<pre class="output"><code>{html.escape(said)}</code></pre>'
        above = 3 if lead else 0  # lines
        code = lead + code_html(cell.source)
        if lines + length(said) + above <= (CODE_ROOM if point else FEW):
            self.add(layout(cell.source + "\n" + said, above), code + output, notes)
            self.room_below = 510 - LINE * (lines + length(said) + above)
        elif point:
            self.add(layout(cell.source, above), code, notes)
            self.add(layout(said), output)
        else:
            self.add(layout(said, above), lead + output, notes + code_html(cell.source))
            self.room_below = 510 - LINE * (length(said) + above)

    def method(self, cell):
        """Code that prints nothing, but is long enough to be what the slide is about."""
        lead, notes = self.lead(length(cell.source))
        self.add(layout(cell.source, 3 if lead else 0), lead + code_html(cell.source), notes + self.earlier())

    def earlier(self):
        """The code that has not been shown yet, for the notes."""
        shown = "".join(code_html(source) for source in self.prepared)
        self.prepared = []
        return shown


def make_slides(notebook, folder, name):
    """The slides of a chapter. Its figures are written to the folder ``figures`` in ``folder``.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        With outputs; it is not changed.
    folder : pathlib.Path
    name : str
        What the files of its figures begin with.

    Returns
    -------
    list of Slide
    """
    (folder / "figures").mkdir(parents=True, exist_ok=True)
    deck = Deck(folder, name)
    for cell in without_solutions(notebook).cells:
        if not cell.source.strip():
            continue
        deck.text(cell.source) if cell.cell_type == "markdown" else deck.code(cell)
    deck.flush()
    return deck.slides


# Pages


def write_deck(path, folder):
    """Write the slides of one notebook to ``folder``.

    Returns
    -------
    int
        How many slides.
    """
    notebook = nbformat.read(path, 4)
    slides = make_slides(notebook, folder, path.stem)
    number, name = int(path.name[:2]), title(notebook)
    first = f"<p>Seeing Through CNNs</p><h1>{html.escape(name)}</h1><p>Chapter {number}</p>"
    shown = [f'<section>\n<section class="slide title">{first}</section>']
    for slide in slides:
        shown += ["</section>\n<section>"] if slide.begins else []
        shown.append(
            f'<section class="slide {slide.kind}">\n<h2>{to_html(slide.heading)}</h2>\n{slide.body}\n'
            f'<aside class="notes">{slide.notes}</aside>\n</section>'
        )
    page = PAGE.substitute(title=f"{number}. {html.escape(name)}", slides="\n".join([*shown, "</section>"]))
    (folder / f"{path.stem}.html").write_text(page)
    return len(slides) + 1


def copy_assets(folder):
    """Copy reveal.js, MathJax and the style: nothing is loaded from elsewhere."""
    reveal = Path(find_spec("sphinx_revealjs").origin).parent / "_static" / "revealjs"
    mathjax = Path(find_spec("sphinx_revealjs").origin).parent.parent / "sphinx-mathjax-offline"
    assets = folder / "assets"
    assets.mkdir(parents=True, exist_ok=True)
    for name in ("dist/reveal.js", "dist/reveal.css", "dist/reset.css", "plugin/notes/notes.js", "LICENSE"):
        shutil.copy(reveal / name, assets / Path(name).name.replace("LICENSE", "reveal-LICENSE.txt"))
    shutil.copy(mathjax / "static" / "mathjax" / "tex-svg.js", assets)
    (assets / "slides.css").write_text(STYLE.read_text() + HIGHLIGHT.get_style_defs("pre.code"))


def write_index(folder, decks):
    """Write the page that lists the chapters."""
    rows = "".join(
        f'<li><a href="{stem}.html">{html.escape(name)}</a> ({count} slides)</li>'
        for stem, name, count in decks
    )
    (folder / "index.html").write_text(
        '<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>Slides</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<link rel="stylesheet" href="assets/slides.css"></head>\n<body class="index"><main>\n'
        f"<h1>Seeing Through CNNs: slides</h1>\n<ol>{rows}</ol>\n"
        "<p>Keys: space goes on, S opens the speaker's notes, O shows all slides, F fills the screen. "
        "To print, add <code>?print-pdf</code> to the address.</p>\n</main></body>\n</html>\n"
    )


def write(folder):
    """Write the slides of all chapters to a folder, which is made anew.

    Parameters
    ----------
    folder : pathlib.Path

    Returns
    -------
    list of (str, str, int)
        File name without its ending, title, and number of slides.
    """
    shutil.rmtree(folder, ignore_errors=True)
    copy_assets(folder)
    decks = []
    for path in chapters():
        count = write_deck(path, folder)
        decks.append((path.stem, title(nbformat.read(path, 4)), count))
    write_index(folder, decks)
    return decks


def main():
    """Make the slides of all chapters."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--to", type=Path, default=SLIDES, help="the folder; build/slides if left out")
    folder = parser.parse_args().to.resolve()
    for stem, _, count in write(folder):
        print(f"{stem}: {count} slides")
    shown = folder.relative_to(ROOT) if folder.is_relative_to(ROOT) else folder
    print(f"The slides are ready: open {shown}/index.html in a browser")


if __name__ == "__main__":
    main()
