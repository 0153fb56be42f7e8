"""Look whether the values for Kubernetes fit the chart, before any cluster sees them.

They are merged as Helm does it and held against the chart's own schema; where Helm is installed, it renders
the chart with them. What was not looked at is said. The chart is fetched, or named with ``--chart``.
"""

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import requests
import yaml
from jsonschema import validators

VERSION = "4.4.0"
REPOSITORY = "https://hub.jupyter.org/helm-chart/"
VALUES = Path(__file__).with_name("values.yaml")
SCHEMA, DEFAULTS = "jupyterhub/values.schema.json", "jupyterhub/values.yaml"
OPEN = ("dummy", "tmp")  # authenticators that let anybody in


# The values


def merged(below, above, drop):
    """Two sets of values as Helm joins them: tables are joined, all else is replaced.

    ``drop``: a null takes the key away, as it does with the chart's own values; else it stays, for later.
    """
    joined = dict(below)
    for key, value in above.items():
        if isinstance(value, dict):
            under = joined.get(key)
            joined[key] = merged(under if isinstance(under, dict) else {}, value, drop)
        elif value is None and drop:
            joined.pop(key, None)
        else:
            joined[key] = value
    return joined


def read(paths):
    """Several files of values, joined in order."""
    values = {}
    for path in paths:
        values = merged(values, yaml.safe_load(path.read_text(encoding="utf-8")) or {}, drop=False)
    return values


def left_open(values):
    """What would let anybody in, or nobody, or passwords be read on their way; a line each."""
    hub, https = values.get("hub", {}), values.get("proxy", {}).get("https", {})
    config, found = hub.get("config", {}), []
    who = config.get("JupyterHub", {}).get("authenticator_class")
    if who in OPEN or who is None or config.get("Authenticator", {}).get("allow_all"):
        found.append("hub.config: anybody could log in")
    if who == "null" and "authenticator" not in hub.get("extraFiles", {}):
        found.append("hub.config: nobody could log in; class.yaml, which students.py writes, is missing")
    if not https.get("enabled") or (https.get("type") == "letsencrypt" and not https.get("hosts")):
        found.append("proxy.https: passwords would cross the network in the clear")
    return found


# The chart


def fetch(folder, repository=REPOSITORY):
    """The chart's archive, checked against the hash in the index; None if that cannot be reached."""
    try:
        index = yaml.safe_load(download(repository + "index.yaml"))
        entry = next(entry for entry in index["entries"]["jupyterhub"] if entry["version"] == VERSION)
        content = download(requests.compat.urljoin(repository, entry["urls"][0]))
    except requests.RequestException:
        return None
    if hashlib.sha256(content).hexdigest() != entry["digest"]:
        sys.exit("The chart is not the one that the index names: run it again.")
    path = Path(folder) / f"jupyterhub-{VERSION}.tgz"
    path.write_bytes(content)
    return path


def download(address):
    """What lies at an address."""
    answer = requests.get(address, timeout=20)
    answer.raise_for_status()
    return answer.content


def problems(values, chart):
    """What the chart's schema has against the values, a line each: where, and what."""
    with tarfile.open(chart) as archive:
        schema, defaults = (archive.extractfile(name).read() for name in (SCHEMA, DEFAULTS))
    schema, whole = json.loads(schema), merged(yaml.safe_load(defaults), values, drop=True)
    errors = validators.validator_for(schema)(schema).iter_errors(whole)
    return sorted(
        f"{'.'.join(map(str, error.absolute_path)) or 'values'}: {error.message}" for error in errors
    )


def render(chart, paths):
    """Let Helm render the chart with the values; give what it has against them, or an empty text."""
    files = [word for path in paths for word in ("--values", str(path))]
    result = subprocess.run(
        ["helm", "template", "course", str(chart), *files], text=True, capture_output=True
    )
    return (result.stderr.strip() or "Helm failed") if result.returncode else ""


def main():
    """Look; say what was not looked at, and what is wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("values", nargs="*", type=Path, help="class.yaml, and what follows it")
    parser.add_argument("--chart", type=Path, help="the chart's archive; fetched if it is not given")
    given = parser.parse_args()
    paths = [VALUES, *given.values]
    values = read(paths)
    wrong = left_open(values)
    with tempfile.TemporaryDirectory() as folder:
        chart = given.chart or fetch(folder)
        if chart:
            wrong += problems(values, chart)
        else:
            print(f"Not held against the chart's schema: {REPOSITORY} cannot be reached.")
        if chart and shutil.which("helm"):
            wrong += [said] if (said := render(chart, paths)) else []
        else:
            print("Not rendered: that needs Helm and the chart.")
    if wrong:
        sys.exit("\n".join(wrong))
    print("Nothing found against these values.")


if __name__ == "__main__":
    main()
