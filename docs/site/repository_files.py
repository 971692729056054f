"""Lets the site hold the repository's own pages, and all files that they link to.

Pages are named from the repository's top level on, so a link that works in a checkout works in the
site, and one that does not ends a strict build.
"""

import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

# A target in Markdown, without its anchor. Where this finds too much, no file has that name.
_TARGET = re.compile(r"\]\(([^)#\s]+)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Take the pages of the top level and of docs/, and all that they link to, page after page."""
    repository = Path(config.docs_dir).parent
    waiting = [Path(page.abs_src_path) for page in files.documentation_pages()]
    waiting += [*repository.glob("*.md"), *map(repository.joinpath, config.extra["polyfills"])]
    found: set[str] = set()
    while waiting:
        path = waiting.pop()
        if not path.is_relative_to(repository) or not path.is_file():
            continue  # MkDocs complains about links to what is not there
        name = path.relative_to(repository).as_posix()
        if path.suffix == ".md" and name not in found:
            targets = _TARGET.findall(path.read_text("utf-8"))
            waiting += [(path.parent / target).resolve() for target in targets]
        found.add(name)
    of_theme = [file for file in files if file.src_dir != config.docs_dir]
    of_repository = [
        File(name, str(repository), config.site_dir, config.use_directory_urls)
        for name in sorted(found)
    ]
    return Files([*of_theme, *of_repository])
