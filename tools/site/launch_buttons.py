"""What the site offers when it knows the repository: buttons for Binder and Colab, notebooks to download.

`make book REPO_URL=...` gives the address. Without it nothing of this appears, because no notebook
runs without the rest of the course.

Binder gets the course from the repository, at the version of the page. Colab gets single notebooks from
GitHub, so it is sent to the branch that the site is published on: there, in ``_sources/notebooks``, lie
notebooks with one more cell at the top, which installs the course at that version.

Sphinx loads this module as an extension; `add_buttons` then works on every page of a chapter.
"""

import re
import subprocess
import tomllib
from urllib.parse import quote, urlsplit

import nbformat

from helpers.settings import ROOT

PUBLISHED_BRANCH = "gh-pages"
OF_THE_RUNTIME = {"jupyterlab", "ipykernel", "ipywidgets"}  # Colab has its own

CELL = """# On Google Colab only: get the course as it was when this page was made.
import os
import shutil
import subprocess
import sys
from importlib.metadata import version

if "google.colab" in sys.modules:
    course = os.path.expanduser("~/seeing-through-cnns")
    commands = [
        f"git -C {course} checkout --quiet COMMIT",
        f"{sys.executable} -m pip install --quiet PACKAGES",
    ]
    if not os.path.isdir(course):
        half = course + ".half"  # if this is interrupted, the next run begins anew
        shutil.rmtree(half, ignore_errors=True)
        subprocess.run(f"git clone --quiet REPOSITORY {half}".split(), check=True)
        os.rename(half, course)
    for command in commands:
        subprocess.run(command.split(), check=True)
    sys.path.insert(0, course)
    os.chdir(course + "/notebooks")
    loaded = sys.modules.get("numpy")
    if loaded and loaded.__version__ != version("numpy"):
        print("Choose Runtime > Restart session, then run this cell again.")
"""


def check_address(repository):
    """A repository's address without a slash or ``.git`` at its end; ValueError if it is no such address."""
    address = repository.strip().rstrip("/").removesuffix(".git")
    if not re.fullmatch(r"https://[\w.-]+(:\d+)?(/[\w.-]+){2,}", address):
        raise ValueError(f"REPO_URL={repository!r} is not allowed: give it as https://host/owner/name")
    return address


def checked_out_commit():
    """The commit that is checked out, 40 hexadecimal digits; ValueError where there is no git repository."""
    asked = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True)
    if asked.returncode:
        raise ValueError("REPO_URL is for a clone of the repository: here, git knows no version to launch")
    return asked.stdout.strip()


def locked_packages():
    """What a chapter needs and Colab does not bring in its own form, as locked: such as ``numpy==2.4.6``."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = [re.match(r"[\w.-]+", requirement)[0] for requirement in project["dependencies"]]
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    return [
        re.search(rf"^{re.escape(name)}==[\w.]+", lock, re.MULTILINE)[0]
        for name in names
        if name not in OF_THE_RUNTIME
    ]


def binder_address(repository, commit, page):
    """Where Binder opens the notebook of a page such as ``notebooks/01_mnist_cnn``."""
    host, path = urlsplit(repository).netloc, urlsplit(repository).path.strip("/")
    kinds = {"github.com": f"gh/{path}", "gitlab.com": f"gl/{quote(path, safe='')}"}
    place = kinds.get(host, f"git/{quote(repository, safe='')}")
    inside = quote(f"lab/tree/{page}.ipynb", safe="")
    return f"https://mybinder.org/v2/{place}/{commit}?urlpath={inside}"


def colab_address(repository, page):
    """Where Colab opens a page's notebook; None if the repository is not on GitHub, where it opens them."""
    if urlsplit(repository).netloc != "github.com":
        return None
    path = urlsplit(repository).path.strip("/")
    return f"https://colab.research.google.com/github/{path}/blob/{PUBLISHED_BRANCH}/_sources/{page}.ipynb"


def install_cell(repository, commit):
    """The code that installs the course on Colab, and does nothing elsewhere."""
    words = {"REPOSITORY": repository, "COMMIT": commit, "PACKAGES": " ".join(locked_packages())}
    return re.sub("|".join(words), lambda found: words[found[0]], CELL)


def prepare_for_colab(path, repository, commit):
    """Put the cell that installs the course on Colab at the top of a notebook file; pages do not show it."""
    notebook = nbformat.read(path, as_version=4)
    cell = nbformat.v4.new_code_cell(install_cell(repository, commit), metadata={"tags": ["remove-cell"]})
    cell["id"] = "on-colab"
    notebook.cells.insert(0, cell)
    nbformat.write(notebook, path)


def add_buttons(app, page, template, context, doctree):
    """Sphinx calls this for every page: put the launch buttons in front of the theme's own."""
    repository, commit = app.config.course_repository, app.config.course_commit
    if not repository or not page.startswith("notebooks/"):
        return
    to_root = context["pathto"]("", 1)
    offers = [
        ("Binder", "Run on Binder", binder_address(repository, commit, page)),
        ("Colab", "Run on Google Colab", colab_address(repository, page)),
        ("Download notebook", "Download this chapter as a notebook", f"{to_root}_sources/{page}.ipynb"),
    ]
    buttons = [
        {"type": "link", "text": text, "tooltip": tooltip, "url": url} for text, tooltip, url in offers if url
    ]
    group = {"type": "group", "tooltip": "Run this chapter", "icon": "fas fa-rocket", "buttons": buttons}
    context["header_buttons"].insert(0, {**group, "label": "launch-buttons"})


def setup(app):
    """Sphinx calls this when it loads the extension."""
    app.add_config_value("course_repository", "", "html")
    app.add_config_value("course_commit", "", "html")
    app.connect("html-page-context", add_buttons, priority=600)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
