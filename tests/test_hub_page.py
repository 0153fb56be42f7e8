"""The page about the hub says what is so: options, defaults, versions, and the values for Kubernetes."""

import re

import pytest
import yaml

from helpers.settings import ROOT
from tools.hub.kubernetes import check
from tools.hub.settings import Settings

PAGE = (ROOT / "book" / "hub.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
VALUES = check.read([check.VALUES])
OPTIONS = re.findall(r"^\| ((?:`[A-Z]+=[^`]+` ?)+)\| .+ \| (.+) \|$", PAGE, re.MULTILINE)


def recipe(target):
    """What the Makefile does for a target."""
    return re.search(rf"^{target}:.*\n((?:\t.*\n)+)", MAKEFILE, re.MULTILINE)[1]


def test_every_option_of_the_hub_is_on_the_page_and_no_other():
    named = {name for option, _ in OPTIONS for name in re.findall(r"`([A-Z]+)=", option)}
    taken = set(re.findall(r"\$\((?:if )?\$?\(?([A-Z]+)", recipe("hub"))) - {"RUN", "HUB"}
    assert named == taken | {"FOLDER"}


@pytest.mark.parametrize("name", ["memory", "threads", "idle"])
def test_defaults_on_the_page_are_those_of_the_hub(name):
    (said,) = [default for option, default in OPTIONS if f"`{name.upper()}=" in option]
    assert said == str(getattr(Settings, name))


def test_the_port_on_the_page_is_that_of_the_hub():
    (said,) = [default for option, default in OPTIONS if "`PORT=" in option]
    assert said.endswith(f"; {Settings.port}")


def test_every_target_on_the_page_is_in_the_makefile():
    targets = set(re.findall(r"\bmake ([a-z-]+)", PAGE))
    assert {"hub", "collect", "grade", "hub-password", "classroom"} <= targets
    assert all(re.search(rf"^{target}:", MAKEFILE, re.MULTILINE) for target in targets - {"clean"})


def test_the_version_of_the_chart_is_the_same_everywhere():
    assert f"--version {check.VERSION} " in PAGE
    assert f"chart jupyterhub {check.VERSION}." in check.VALUES.read_text(encoding="utf-8")
    assert check.REPOSITORY in PAGE


def test_what_the_page_says_of_kubernetes_is_in_the_values():
    memory = VALUES["singleuser"]["memory"]
    promised, most = (memory[name].removesuffix("G") for name in ("guarantee", "limit"))
    assert f"| {promised} GB of memory promised to each student, {most} GB at most |" in PAGE
    assert f"do nothing for {VALUES['cull']['timeout'] // 60} minutes" in PAGE
    assert f"divide what is free by {promised} GB" in PAGE


def test_what_the_page_runs_is_there():
    modules = re.findall(r"-m (tools[\w.]+) ", PAGE)
    assert {"tools.hub.kubernetes.students", "tools.hub.kubernetes.check"} <= set(modules)
    assert all((ROOT / (module.replace(".", "/") + ".py")).is_file() for module in modules)
    assert (ROOT / re.search(r"--values (tools/\S+)", PAGE)[1]).is_file()


def test_the_values_are_one_document_without_a_key_twice():
    class Loader(yaml.SafeLoader):
        pass

    def once(loader, node):
        keys = [loader.construct_object(key) for key, _ in node.value]
        assert len(keys) == len(set(keys)), keys
        return yaml.SafeLoader.construct_mapping(loader, node, deep=True)

    Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, once)
    assert set(yaml.load(check.VALUES.read_text(encoding="utf-8"), Loader)) == set(VALUES)
