"""The documentation site, built strictly: a link that leads nowhere would end the build."""

import html.parser
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from selenium.webdriver.support.ui import WebDriverWait

from tests.browsers import needs_browser, showing

pytest.importorskip("mkdocs", reason="the extra `docs` is not installed")
pytest.importorskip("mkdocstrings", reason="the extra `docs` is not installed")

PROJECT = Path(__file__).parents[2]


def build(project, site):
    # Not with --quiet: it keeps warnings from --strict, too.
    command = [sys.executable, "-m", "mkdocs", "build", "--strict"]
    command += ["--config-file", project / "docs" / "site" / "mkdocs.yml", "--site-dir", site]
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    return subprocess.run(command, capture_output=True, text=True, env=environment)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    ended = build(PROJECT, folder)
    assert ended.returncode == 0, ended.stderr
    return folder


class Loaded(html.parser.HTMLParser):
    """What a browser loads by itself to show a page."""

    def __init__(self, text):
        super().__init__()
        self.addresses = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag == "link" and attributes.get("rel") in (
            "stylesheet",
            "icon",
            "preconnect",
            "preload",
        ):
            self.addresses.append(attributes["href"])
        elif "src" in attributes:
            self.addresses.append(attributes["src"])


def test_pages_load_nothing_from_the_network(site):
    pages = list(site.rglob("*.html"))
    assert len(pages) > 10
    for page in pages:
        loaded = Loaded(page.read_text()).addresses
        assert len(loaded) > 3
        for address in loaded:
            if not address.startswith("data:"):
                assert "//" not in address
                if page.name != "404.html":  # whose addresses begin at the server's root
                    assert (page.parent / re.sub("[?#].*", "", address)).exists()


def test_the_readme_is_the_first_page_and_its_links_lead_to_files_of_the_site(site):
    text = (site / "index.html").read_text()
    for linked in (
        "docs/training.html",
        "docs/report.png",
        "experiments/benchmarks/gpu.html",
        "affdyn_jax/method/recurrence/kernels.py",
    ):
        assert f'"{linked}"' in text
        assert (site / linked).is_file()
    kernels = "affdyn_jax/method/recurrence/kernels.py"
    assert (site / kernels).read_bytes() == (PROJECT / kernels).read_bytes()


def test_api_is_from_the_docstrings(site):
    text = (site / "docs" / "api.html").read_text()
    assert 'id="affdyn_jax.load_run"' in text
    assert 'id="affdyn_jax.prediction.trained_model.TrainedModel.predict"' in text
    assert "Which lanes predict" in text


def test_links_that_lead_nowhere(tmp_path):
    project = tmp_path / "project"
    shutil.copytree(PROJECT / "docs" / "site", project / "docs" / "site")
    config = project / "docs" / "site" / "mkdocs.yml"
    nav = "nav:\n  - README.md\n  - docs/page.md\n\n"
    config.write_text(re.sub(r"^nav:\n(  .*\n)+\n", nav, config.read_text(), flags=re.M))
    page = project / "docs" / "page.md"
    page.write_text("# Page\n\n## Section\n\n[Configs](../README.md)\n")
    (project / "README.md").write_text("# Start\n\n[Page](docs/page.md#section)\n")
    (tmp_path / "outside.md").write_text("# Outside\n")
    ended = build(project, tmp_path / "intact")
    assert ended.returncode == 0, ended.stderr

    links = (
        *("gone.md", "../configs/gone.py", "../README.md#gone"),
        *("../gone/", "../../outside.md"),
    )
    page.write_text("# Page\n\n" + "\n".join(f"[link]({link})" for link in links))
    (project / "docs" / "unlisted.md").write_text("# Not in the navigation\n")
    ended = build(project, tmp_path / "site")
    assert ended.returncode != 0
    for said in (*links, "docs/page.md#section", "docs/unlisted.md"):
        assert f"{said}'" in ended.stderr or f"- {said}" in ended.stderr


@needs_browser
def test_the_search_works_on_files_without_a_network(site, tmp_path):
    with showing(site / "docs" / "sweeps.html", tmp_path) as browser:
        browser.execute_script("document.querySelector('[data-md-toggle=search]').click()")
        field = browser.find_element("css selector", "input[data-md-component=search-query]")
        field.send_keys("uncertainty")
        results = "a.md-search-result__link"
        wait = WebDriverWait(browser, 20)
        found = wait.until(lambda b: b.find_elements("css selector", results))
        assert any("sweeps.html" in link.get_attribute("href") for link in found)
        messages = [json.loads(e["message"])["message"] for e in browser.get_log("performance")]
    asked = {
        message["params"]["request"]["url"].partition(":")[0]
        for message in messages
        if message["method"] == "Network.requestWillBeSent"
    }
    assert asked <= {"file", "data", "blob"}
