"""Fills page.md with the numbers of results.json: the page of the site."""

from pathlib import Path

from evaluations.plan import CONTROLS
from evaluations.read import ROWS, TABLES, number, price, ranking, score

TEMPLATE = Path(__file__).with_name("page.md")
ALT = (
    "Eight panels of dots with error bars over the same eleven rows. Furthest to the right: in insertion "
    "from black, {insertion}; in deletion to white, {deletion}; on mosaics of four digits, {mosaics}; in "
    "fidelity, {fidelity}; on composed photographs, {composed}. Ink and edges stay the same when the network "
    "forgets."
)
SHORT = {  # how the page's template calls methods, and tests
    "occlusion": "occlusion",
    "gradient": "gradient",
    "guided": "guided gradient",
    "integrated": "integrated gradients",
    "gradcam": "Grad-CAM",
    "scorecam": "Score-CAM",
    "lime": "LIME",
    "ink": "ink",
    "noise": "noise",
}
TESTS = {
    "right": ("mosaics", "right place"),
    "half": ("composed", "right place"),
    "fidelity": ("digits", "fidelity"),
    "moves": ("digits", "sensitivity"),
    "insertion": ("digits", "insertion, black"),
    "black": ("digits", "deletion, black"),
    "white": ("digits", "deletion, white"),
    "grey": ("photographs", "deletion, grey"),
    "forgotten": ("digits", "rank, 5 layers"),
    "unsigned": ("digits", "absolute rank, 5 layers"),
}


def page(results):
    """The whole page, in Markdown."""
    tables = [f"### {heading}\n\n{table(results, columns)}" for heading, columns in TABLES.items()]
    known = {"alt": alt(results), "tables": "\n\n".join(tables)}
    known |= numbers(results) | prices(results) | sizes(results)
    return TEMPLATE.read_text(encoding="utf-8").format(**known)


def alt(results):
    """What the picture shows, in words."""
    first = {
        "insertion": ranking(results, "digits", "insertion, black"),
        "deletion": ranking(results, "digits", "deletion, white", high=False),
        "mosaics": ranking(results, "mosaics", "right place"),
        "fidelity": ranking(results, "digits", "fidelity"),
        "composed": ranking(results, "composed", "right place"),
    }
    return ALT.format(**{name: ranks[0] for name, ranks in first.items()})


def numbers(results):
    """The means that sentences of the page have, such as ``right_occlusion``."""
    found = {
        f"{test}_{name}": f"{results['scores'][group][title][method]['mean']:z.2f}"
        for test, (group, title) in TESTS.items()
        for name, method in SHORT.items()
        if "mean" in results["scores"][group][title][method]
    }
    best = ranking(results, *TESTS["white"], high=False)[0]
    return found | {"white_best": f"{results['scores']['digits']['deletion, white'][best]['mean']:.2f}"}


def prices(results):
    """What one map costs, of a digit and of a photograph, such as ``price_lime``."""
    found = {}
    for name, method in SHORT.items():
        both = dict.fromkeys(price(results, group, method) for group in ("digits", "photographs"))
        found[f"price_{name}"] = "; ".join(both)
    return found


def sizes(results):
    """How much of everything there was."""
    settings = results["settings"]
    digit, photo = (settings[group]["options"] for group in ("digits", "photographs"))
    forget, moved = settings["random weights"], settings["sensitivity"]
    sure = [one["probability"] for one in results["composed"]]
    pairs = [
        f"{one['left']} with {one['right']}".replace("grace_hopper", "Grace Hopper")
        for one in results["composed"][::4]
    ]
    return {
        "digits": settings["digits"]["count"],
        "draws": settings["digits"]["draws"],
        "mosaics": settings["mosaics"]["count"],
        "photographs": settings["photographs"]["count"],
        "forget_draws": forget["draws"],
        "forget_pictures": forget["pictures"],
        "moves": moved["n_samples"],
        "moves_pictures": moved["pictures"],
        "radius": moved["radius"],
        "samples": settings["hidden"]["n_samples"],
        "patch_digit": digit["patch_size"],
        "patch_photo": photo["patch_size"],
        "stride_photo": photo["stride"],
        "copies": digit["n_samples"],
        "steps": digit["steps"],
        "lime_digit": f"{digit['lime_samples']:,}",
        "lime_photo": f"{photo['lime_samples']:,}",
        "least": f"{min(sure):.2f}",
        "most": f"{max(sure):.2f}",
        "pairs": ", ".join(pairs),
        "versions": ", ".join(f"{name} {which}" for name, which in results["versions"].items()),
    }


def table(results, columns):
    """One table of numbers, the best of each column in bold."""
    best = [
        None if column.high is None else ranking(results, column.group, column.name, column.high)[0]
        for column in columns
    ]
    rows = [f"| map | {' | '.join(column.title for column in columns)} |"]
    rows.append("|" + " --- |" * (1 + len(columns)))
    for row in ROWS:
        cells = [number(score(results, column, row)) for column in columns]
        cells = [f"**{cell}**" if row == first else cell for cell, first in zip(cells, best, strict=True)]
        rows.append(f"| {f'*{row}*' if row in CONTROLS else row} | {' | '.join(cells)} |")
    return "\n".join(rows)
