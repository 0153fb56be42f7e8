"""Make the course as one long page for printing, and as a PDF where Chromium is installed. For `make print`.

Sphinx joins the same sources into one page; this gives it a title, a table of contents and the style of
paper. Hints and solutions are unfolded.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bs4 import BeautifulSoup

from helpers.settings import ROOT
from tools import browser
from tools.site.build import WORK, gather, run_sphinx
from tools.site.pages import frame_figures

FOLDER = ROOT / "book" / "_build" / "print"
SECONDS = 600  # that Chromium may take
LEFT_OUT = (
    "section#draw-a-digit-and-look-inside",  # live on the site only
    "section#your-own-photograph",
    "section#answers-to-the-exercises",  # they are said in the chapters
    "section#seeing-through-cnns > p:has(> a:first-child + a)",  # where to begin
    "script:not(head script)",
    "a.headerlink",
    ".toctree-wrapper > p.caption",
    "img.sd-card-img-top",
)
HEAD = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Seeing Through CNNs</title>
<link rel="stylesheet" href="_static/pygments.css">
<link rel="stylesheet" href="print.css">
<script>MathJax = {options: {processHtmlClass: "tex2jax_process|mathjax_process|math|output_area"}}</script>
<script defer src="_static/mathjax/tex-chtml.js"></script>
</head><body class="tex2jax_ignore"></body></html>
"""


def print_book(folder=FOLDER, work=WORK):
    """Make the page for printing in a folder, which is made anew, and return its path.

    Where the site was built in `work` before, Sphinx reads only what has changed since.
    """
    gather(work / "source")
    with tempfile.TemporaryDirectory() as output:
        joined = Path(output, "singlehtml")
        run_sphinx(work, joined, "singlehtml")
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(joined / "_images", folder / "_images")
        shutil.copytree(joined / "_static" / "mathjax", folder / "_static" / "mathjax")
        shutil.copy2(joined / "_static" / "pygments.css", folder / "_static")
        joined_page = (joined / "book" / "index.html").read_text(encoding="utf-8")
    shutil.copy2(Path(__file__).with_name("print.css"), folder)
    page = BeautifulSoup(HEAD, "html.parser")
    page.body.append(BeautifulSoup(joined_page, "html.parser").article)
    fit_to_paper(page)
    path = folder / "index.html"
    path.write_text(frame_figures(str(page), folder), encoding="utf-8")
    return path


def fit_to_paper(page):
    """Leave out what paper cannot do, unfold what is folded, and list the contents after the first part."""
    for thing in page.select(", ".join(LEFT_OUT)):
        thing.decompose()
    for fold in page.find_all("details"):
        fold["open"] = ""
        if "hide" in fold.get("class", []):
            fold.summary.string = "Solution"
    for link in page.find_all("a", href=True):
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


def print_pdf(page, pdf, chromium, seconds=SECONDS):
    """Let Chromium print a page; it is served, because formulas' fonts are not loaded from files.

    RuntimeError if there is no PDF in the end; with what Chromium said.
    """
    with browser.serve(page.parent) as address, tempfile.TemporaryDirectory() as profile:
        command = [chromium, *browser.FLAGS, f"--user-data-dir={profile}", "--no-pdf-header-footer"]
        command += ["--generate-pdf-document-outline", "--virtual-time-budget=120000"]
        command += [f"--print-to-pdf={pdf}", f"{address}/{page.name}"]
        try:
            result = subprocess.run(command, capture_output=True, text=True, timeout=seconds)
        except subprocess.TimeoutExpired as problem:
            raise RuntimeError(f"Chromium took longer than {seconds} s") from problem
    if result.returncode or not pdf.is_file():
        raise RuntimeError(result.stderr[-2000:] or f"Chromium ended with {result.returncode}, without a PDF")


def main():
    """Make both, or say what is missing for the second."""
    began = time.perf_counter()
    print("Joining the pages ...", flush=True)
    try:
        page = print_book()
        chromium = browser.find_chromium()
        if chromium is None:
            print(f"No Chromium, so no PDF: open {page.relative_to(ROOT)} in a browser and print it.")
            return
        print("Printing ...", flush=True)
        pdf = page.with_name("seeing-through-cnns.pdf")
        print_pdf(page, pdf, chromium)
    except (RuntimeError, ValueError) as problem:
        sys.exit(f"The edition for printing could not be made:\n{problem}")
    size, seconds = pdf.stat().st_size / 1e6, time.perf_counter() - began
    print(f"The PDF is ready ({seconds:.0f} s, {size:.0f} MB): {pdf.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
