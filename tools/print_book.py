"""Make the course as one long page for printing, and as a PDF where Chromium is installed. For `make print`.

Sphinx joins the same sources into one page; this gives it a title, a table of contents and the style of
paper. Hints and solutions are unfolded.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bs4 import BeautifulSoup

from tools import browser, build_book, pages

ROOT = build_book.ROOT
LEFT_OUT = ("draw-a-digit-and-look-inside", "answers-to-the-exercises")  # live only; said in the chapters
HEAD = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Seeing Through CNNs</title>
<link rel="stylesheet" href="_static/pygments.css">
<link rel="stylesheet" href="print.css">
<script>MathJax = {options: {processHtmlClass: "tex2jax_process|mathjax_process|math|output_area"}}</script>
<script defer src="_static/mathjax/tex-chtml.js"></script>
</head><body class="tex2jax_ignore"></body></html>
"""


def join(source, folder):
    """Let Sphinx join everything into one page, and make it one for paper.

    Parameters
    ----------
    source : pathlib.Path
        Where to gather what the page is made of.
    folder : pathlib.Path
        Where the page goes, with its pictures and its formulas' fonts; made anew.

    Returns
    -------
    pathlib.Path
        The page.
    """
    build_book.gather(source)
    with tempfile.TemporaryDirectory() as output:
        joined = build_book.run_sphinx(source, Path(output), "singlehtml")
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(joined / "_images", folder / "_images")
        for name in ("pygments.css", "mathjax"):
            copy = shutil.copytree if (joined / "_static" / name).is_dir() else shutil.copy2
            (folder / "_static").mkdir(exist_ok=True)
            copy(joined / "_static" / name, folder / "_static" / name)
        article = BeautifulSoup((joined / "book" / "index.html").read_text(), "html.parser").article
    shutil.copy2(ROOT / "tools" / "print.css", folder)
    page = BeautifulSoup(HEAD, "html.parser")
    page.body.append(article)
    for_paper(page)
    pages.frame_figures(page, folder)
    path = folder / "index.html"
    path.write_text(str(page))
    return path


def for_paper(page):
    """Leave out what paper cannot do, unfold what is folded, and list the contents after the first part."""
    for name in LEFT_OUT:
        for section in page.select(f"section#{name}"):
            section.decompose()
    gone = "script:not(head script), a.headerlink, .toctree-wrapper > p.caption, "
    gone += "section#seeing-through-cnns > p:has(> a:first-child + a)"
    for thing in page.select(gone):
        thing.decompose()
    for fold in page.select("details"):
        fold["open"] = ""
    for title in page.select("details.hide > summary"):
        title.string = "Solution"
    for link in page.select("a[href]"):
        link["href"] = link["href"].removeprefix("book/index.html")
    page.select_one(".toctree-wrapper").insert_before(*contents(page))


def contents(page):
    """A heading, and a list of all documents as they follow each other; each gets an anchor of its own."""
    title = page.new_tag("h2")
    title.string = "Contents"
    listed = page.new_tag("ul", attrs={"class": "contents"})
    for number, section in enumerate(page.select(".toctree-wrapper > section")):
        heading = section.find(["h2", "h3"])
        anchor = page.new_tag("span", attrs={"id": f"document-{number}"})
        section.insert(0, anchor)
        section["class"] = "document"
        entry = page.new_tag("li")
        link = page.new_tag("a", attrs={"href": f"#document-{number}"})
        link.string = heading.get_text()
        entry.append(link)
        listed.append(entry)
    return title, listed


def print_pdf(page, pdf, chromium):
    """Let Chromium print a page; it is served, because formulas' fonts are not loaded from files.

    Parameters
    ----------
    page, pdf : pathlib.Path
    chromium : str
        Its path.

    Raises
    ------
    RuntimeError
        If there is no PDF in the end; with what Chromium said.
    """
    with browser.serve(page.parent) as address, tempfile.TemporaryDirectory() as profile:
        command = [chromium, *browser.FLAGS, f"--user-data-dir={profile}", "--no-pdf-header-footer"]
        command += ["--generate-pdf-document-outline", "--virtual-time-budget=120000"]
        command += [f"--print-to-pdf={pdf}", f"{address}/{page.name}"]
        result = subprocess.run(command, capture_output=True, text=True, timeout=600)
    if result.returncode or not pdf.is_file():
        raise RuntimeError(result.stderr[-2000:])


def main():
    """Make both, or say what is missing for the second."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=ROOT / "book" / "_build" / "print")
    parser.add_argument("--source", type=Path, default=ROOT / "build" / "print-source")
    given = parser.parse_args()
    began = time.perf_counter()
    print("Joining the pages ...", flush=True)
    folder = given.output.resolve()
    try:
        page = join(given.source, folder)
        chromium = browser.find_chromium()
        if chromium is None:
            print(f"No Chromium, so no PDF: open {page} in a browser and print it.")
            return
        print("Printing ...", flush=True)
        pdf = folder / "seeing-through-cnns.pdf"
        pdf.unlink(missing_ok=True)
        print_pdf(page, pdf, chromium)
    except (RuntimeError, ValueError) as problem:
        sys.exit(f"The edition for printing could not be made:\n{problem}")
    size = pdf.stat().st_size / 1e6
    print(f"The PDF is ready ({time.perf_counter() - began:.0f} s, {size:.0f} MB): {pdf}")


if __name__ == "__main__":
    main()
