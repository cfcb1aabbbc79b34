"""Pictures of every type of page and report, to be looked at: `make look` after `make run`, in var/look."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser

from tests.tooling.browser import browser

WIDTHS = (320, 375, 640, 1280)
SCHEMES = ("light", "dark")
HEIGHT = 812
# One page of each type, by a pattern in the site's folder: the first that fits.
TYPES = (
    *("index.html", "index.en.html", "expectations.html", "sources.html", "record.html", "matrix.html"),
    *("exceptions.html", "search.html", "standards/*.html", "departments/*.html", "weeks/*/index.html"),
    *("nights/*/index.html", "figures/*/*/index.html", "checks/*/*.html"),
    *("reports/*/*/r*/report.html", "reports/*/*/r*/mail.html", "reports/*/digests/*/digest.html"),
)


def pages(site: Path) -> Iterator[Path]:
    """The newest page of each type."""
    for pattern in TYPES:
        if found := sorted(site.glob(pattern)):
            yield found[-1]


def shoot(started: Browser, page: Path, name: str, folder: Path) -> Iterator[str]:
    """A picture of the page at each width, light and dark; mails without images, too. Gives the pictures' names."""
    for scheme in SCHEMES:
        for width in WIDTHS:
            for images in (True, False) if "mail" in name or "digest" in name else (True,):
                context = started.new_context(viewport={"width": width, "height": HEIGHT}, color_scheme=scheme)  # type: ignore[arg-type]
                if not images:
                    context.route("**/*.{png,svg,jpg}", lambda route: route.abort())
                view = context.new_page()
                view.goto(page.as_uri())
                picture = f"{name}.{width}.{scheme}{'' if images else '.no-images'}.png"
                view.screenshot(path=folder / picture, full_page=True)
                context.close()
                yield picture


def paper(site: Path, folder: Path) -> Iterator[str]:
    """The pages of one PDF, where pdftoppm is installed."""
    found = sorted(site.glob("reports/*/*/r*/report.pdf"))
    if found and shutil.which("pdftoppm"):
        subprocess.run(["pdftoppm", "-r", "70", "-png", str(found[-1]), str(folder / "paper")], check=True)
        yield from sorted(path.name for path in folder.glob("paper*.png"))


def main(var: Path) -> None:
    """Writes var/look from var/site."""
    site, folder = var / "site", var / "look"
    if not (site / "index.html").exists():
        sys.exit(f"✗ {site} has no pages yet. First: make run")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    pictures: list[str] = []
    with browser() as started:
        for page in pages(site):
            name = page.relative_to(site).with_suffix("").as_posix().replace("/", "_")
            pictures += shoot(started, page, name, folder)
    pictures += paper(site, folder)
    figures = "\n".join(
        f'<figure><figcaption>{name}</figcaption><img src="{name}" alt="{name}" loading="lazy"></figure>'
        for name in pictures
    )
    style = "body{display:flex;flex-wrap:wrap;gap:12px}img{max-width:320px;border:1px solid}"
    (folder / "index.html").write_text(
        f'<!doctype html><html lang="en"><title>Look</title><style>{style}</style>\n{figures}\n', encoding="utf-8"
    )
    print(f"✓ {len(pictures)} pictures: {folder / 'index.html'}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("var"))
