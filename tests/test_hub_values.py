"""A hub on Kubernetes: what its values promise, and the check that holds them against the chart."""

import hashlib
import io
import json
import re
import tarfile

import pytest
import yaml

from helpers.settings import ROOT
from tools.browser import serve
from tools.hub.kubernetes import check, students
from tools.hub.settings import Settings
from tools.notebook import chapters

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
VALUES = check.read([check.VALUES])
SINGLEUSER = VALUES["singleuser"]
MEMORY = [float(found) for found in re.findall(r"\| (\d\.\d) GB \|", (ROOT / "README.md").read_text())]


# What the values promise


def gigabytes(text):
    return float(text.removesuffix("G"))


def test_a_student_has_the_memory_of_the_hungriest_chapter_and_at_most_that_of_make_hub():
    assert len(MEMORY) == len(chapters())
    guarantee, limit = (gigabytes(SINGLEUSER["memory"][name]) for name in ("guarantee", "limit"))
    assert max(MEMORY) + 0.2 <= guarantee <= limit == Settings.memory / 1000


def test_a_kernel_has_as_many_threads_as_the_limit_has_cores():
    threads = {name: value for name, value in SINGLEUSER["extraEnv"].items() if name.endswith("_THREADS")}
    assert set(threads.values()) == {str(SINGLEUSER["cpu"]["limit"])}
    assert len(threads) == 3
    assert 0 < SINGLEUSER["cpu"]["guarantee"] <= SINGLEUSER["cpu"]["limit"]


def test_the_image_is_pulled_before_anybody_comes_and_there_is_time_if_it_was_not():
    assert VALUES["prePuller"]["hook"]["enabled"] is True
    assert VALUES["prePuller"]["continuous"]["enabled"] is True
    assert SINGLEUSER["startTimeout"] >= 600


def test_idle_servers_and_kernels_give_their_memory_back():
    assert VALUES["cull"]["enabled"] is True
    assert VALUES["cull"]["users"] is False
    (file,) = SINGLEUSER["extraFiles"].values()
    assert file["mountPath"] == "/etc/jupyter/jupyter_server_config.json"
    culling = file["data"]["MappingKernelManager"]
    assert culling["cull_idle_timeout"] == VALUES["cull"]["timeout"] == 60 * Settings.idle
    assert culling["cull_connected"] is True
    assert culling["cull_busy"] is False


def test_what_a_student_keeps_is_the_home_of_the_images_user():
    assert SINGLEUSER["storage"]["type"] == "dynamic"
    user = re.search(r"useradd --create-home --uid (\d+) (\w+)", DOCKERFILE)
    assert SINGLEUSER["uid"] == SINGLEUSER["fsGid"] == int(user[1])
    assert SINGLEUSER["storage"]["homeMountPath"] == f"/home/{user[2]}"
    assert re.search(rf"^USER {user[2]}$", DOCKERFILE, re.MULTILINE)


def test_the_image_has_what_the_server_is_started_with():
    python, flag, module = SINGLEUSER["cmd"]
    assert re.search(r"^WORKDIR /course$", DOCKERFILE, re.MULTILINE)
    assert (python, flag) == ("/course/.venv/bin/python", "-m")
    assert (ROOT / (module.replace(".", "/") + ".py")).is_file()
    assert (
        f'RUN make setup TEACH=$TEACH\nRUN [ "$TEACH" = 0 ] || .venv/bin/python -m {module} --prepare'
        in DOCKERFILE
    )
    assert "--build-arg TEACH=1" in DOCKERFILE


def test_no_way_leads_from_a_student_to_the_network():
    assert SINGLEUSER["networkPolicy"]["enabled"] is True
    assert set(SINGLEUSER["networkPolicy"]["egressAllowRules"].values()) == {False}
    assert SINGLEUSER["extraEnv"]["COURSE_OFFLINE"] == "1"


def test_nothing_secret_and_no_image_is_in_the_repository():
    assert SINGLEUSER["image"] == {"name": None, "tag": None}
    text = check.VALUES.read_text(encoding="utf-8").lower()
    assert not re.search(r"^\s*[\w-]*(password|secret|token)[\w-]*:", text, re.MULTILINE)
    for ignored in (".gitignore", ".dockerignore"):
        kept_out = (ROOT / ignored).read_text(encoding="utf-8")
        assert all(name in kept_out for name in ("class.yaml", "passwords.csv", "students.txt"))


# The check against the chart


def number():
    return {"type": ["number", "null"]}


@pytest.fixture
def chart(tmp_path):
    """The archive of a small chart with a schema as strict as the real one's."""
    image = {
        "type": "object",
        "additionalProperties": False,
        "required": ["name", "tag"],
        "properties": {"name": {"type": "string"}, "tag": {"type": "string"}},
    }
    cpu = {"type": "object", "additionalProperties": False, "properties": {"limit": number()}}
    singleuser = {"type": "object", "additionalProperties": False, "properties": {"image": image, "cpu": cpu}}
    schema = {"type": "object", "properties": {"singleuser": singleuser}}
    defaults = {"singleuser": {"image": {"name": "sample", "tag": "1"}, "cpu": {"limit": None}}}
    path = tmp_path / "chart.tgz"
    with tarfile.open(path, "w:gz") as archive:
        for name, text in ((check.SCHEMA, json.dumps(schema)), (check.DEFAULTS, yaml.safe_dump(defaults))):
            entry = tarfile.TarInfo(name)
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))
    return path


def test_values_that_fit_pass(chart):
    good = {"singleuser": {"image": {"name": "mine", "tag": "2"}, "cpu": {"limit": 2}}}
    assert check.problems(good, chart) == []
    assert check.problems({}, chart) == []


def test_a_misspelt_key_a_wrong_type_and_a_missing_image_are_found(chart):
    wrong = {"singleuser": {"cpus": {}, "cpu": {"limit": "two"}, "image": {"name": None}}}
    found = check.problems(wrong, chart)
    assert any(line.startswith("singleuser: ") and "'cpus' was unexpected" in line for line in found)
    assert any(line.startswith("singleuser.cpu.limit: 'two'") for line in found)
    assert any(line.startswith("singleuser.image: 'name' is a required property") for line in found)


def test_without_a_class_the_values_do_not_pass(chart):
    values = {"singleuser": {"image": SINGLEUSER["image"]}}
    assert len(check.problems(values, chart)) == 2
    assert {line.split(":")[0] for line in check.left_open(VALUES)} == {"hub.config", "proxy.https"}


@pytest.fixture
def of_a_class(tmp_path):
    """What students.py wrote for a class."""
    path = tmp_path / "students.txt"
    path.write_text("ada\ngrace\n", encoding="utf-8")
    return students.write(path, "registry.example.org/cnns:1", "hub.example.org", "teacher@example.org")[0]


def test_with_a_class_nothing_is_left_open(of_a_class):
    assert check.left_open(check.read([check.VALUES, of_a_class])) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"hub": {"config": {"JupyterHub": {"authenticator_class": "dummy"}}}}, "anybody could log in"),
        ({"hub": {"config": {"Authenticator": {"allow_all": True}}}}, "anybody could log in"),
        ({"hub": {"extraFiles": None}}, "nobody could log in"),
        ({"proxy": {"https": {"enabled": False}}}, "in the clear"),
        ({"proxy": {"https": {"hosts": []}}}, "in the clear"),
    ],
)
def test_a_door_left_open_is_found(of_a_class, change, said):
    values = check.merged(check.read([check.VALUES, of_a_class]), change, drop=True)
    (line,) = check.left_open(values)
    assert said in line


def test_values_are_joined_as_helm_joins_them():
    below = {"a": {"x": 1, "y": 2}, "b": [1, 2], "c": 3}
    above = {"a": {"y": None, "z": 4}, "b": [5], "c": {"d": 6}}
    assert check.merged(below, above, drop=True) == {"a": {"x": 1, "z": 4}, "b": [5], "c": {"d": 6}}
    assert check.merged(below, above, drop=False)["a"] == {"x": 1, "y": None, "z": 4}


@pytest.fixture
def repository(chart, tmp_path):
    """The address of a repository that has the small chart, and the folder that it serves."""
    folder = tmp_path / "repository"
    folder.mkdir()
    (folder / "chart.tgz").write_bytes(chart.read_bytes())
    entry = {"version": check.VERSION, "urls": ["chart.tgz"]}
    entry["digest"] = hashlib.sha256(chart.read_bytes()).hexdigest()
    index = {"entries": {"jupyterhub": [{"version": "0.1", "urls": [], "digest": ""}, entry]}}
    (folder / "index.yaml").write_text(yaml.safe_dump(index), encoding="utf-8")
    with serve(folder) as address:
        yield f"{address.rstrip('/')}/", folder


def test_the_chart_is_fetched_and_checked_against_the_index(repository, chart, tmp_path):
    address, folder = repository
    assert check.fetch(tmp_path, address).read_bytes() == chart.read_bytes()
    (folder / "chart.tgz").write_bytes(b"another")
    with pytest.raises(SystemExit, match="not the one that the index names"):
        check.fetch(tmp_path, address)


def test_a_repository_that_cannot_be_reached_gives_no_chart(tmp_path):
    assert check.fetch(tmp_path, "http://127.0.0.1:9/") is None


def run(monkeypatch, *words):
    """Run the check as on the command line, with no repository in reach."""
    monkeypatch.setattr(check, "fetch", lambda folder: None)
    monkeypatch.setattr("sys.argv", ["check", *map(str, words)])
    check.main()


def test_what_was_not_looked_at_is_said(of_a_class, monkeypatch, capsys):
    run(monkeypatch, of_a_class)
    said = capsys.readouterr().out
    assert "Not held against the chart's schema" in said
    assert "Not rendered" in said
    assert "Nothing found" in said


def test_what_is_wrong_is_said_and_told_by_the_exit(monkeypatch, chart):
    with pytest.raises(SystemExit, match=r"(?s)nobody could log in.*is a required property"):
        run(monkeypatch, "--chart", chart)


@pytest.mark.parametrize("status", [0, 1])
def test_helm_renders_the_chart_where_it_is_installed(status, chart, tmp_path, monkeypatch):
    helm = tmp_path / "bin" / "helm"
    helm.parent.mkdir()
    helm.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/asked\necho a template fails >&2\nexit {status}\n')
    helm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{helm.parent}:/usr/bin:/bin")
    assert check.render(chart, [check.VALUES]) == ("a template fails" if status else "")
    asked = (tmp_path / "asked").read_text()
    assert asked.startswith(f"template course {chart} --values {check.VALUES}")
