"""The command that writes the public site as plain files."""

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import click
from flask import render_template, request

from openbureau.app import create_app
from openbureau.bake import BakedAnswer, Mirror
from openbureau.config import PREFIX, Settings
from openbureau.public import LIVE, PRIVATE
from openbureau.publishing.publication import Shelf, Unpublished
from openbureau.web.variants import OTHERS, Application

STARTS = (
    *("/", "/robots.txt", "/sitemap.xml", "/feeds/subscriptions.opml", "/search", "/follow/", "/open-data/"),
)
"""From where all can be reached."""

VARIANTS = {variant.path.strip("/").replace("/", "-"): variant.path for variant in OTHERS}
"""The other forms of the site, by the names the command takes."""


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--with",
    "variants",
    multiple=True,
    type=click.Choice([*VARIANTS]),
    help="Another form of the pages, too.",
)
@click.pass_obj
def bake(settings: Settings, folder: Path, variants: tuple[str, ...]) -> None:
    """Write the public site into FOLDER as plain files, with .gz and .br beside them.

    FOLDER is a symbolic link to what was written last, switched when all is there. Search, forms and lists
    narrowed by several filters need the site itself: the files say so and where it is.
    """
    if not settings.url:
        raise click.ClickException(
            f"set {PREFIX}URL to the address of the site: feeds, sitemap and all that needs a server name it"
        )
    if folder.exists() and not folder.is_symlink():
        raise click.ClickException(
            f"{folder} exists and is no symbolic link of an earlier baking; name another"
        )
    try:
        served = Shelf(settings.publications).current().id
    except Unpublished as error:
        raise click.ClickException(str(error)) from error
    app = create_app(replace(settings, metrics=""))
    app.before_request(lambda: _turn_away(settings.url))
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f"{folder.name}-{served}-", dir=folder.parent))
    fresh.chmod(0o755)
    mirror = Mirror(
        lambda url: _ask(app, url),
        settings.url,
        settings.url_prefix,
        {path: "其他版式的页面" for name, path in VARIANTS.items() if name not in variants},
    )
    try:
        baked = mirror.write(fresh, [*STARTS, *(f"{VARIANTS[name]}/" for name in variants)])
    except BaseException:
        shutil.rmtree(fresh)
        raise
    _switch(folder, fresh)
    for url, status in sorted(baked.dead.items()):
        click.echo(f"note: {url} answers {status}", err=True)
    for reason, links in sorted(baked.left_out.items()):
        click.echo(f"left out: {reason}: {links} links lead to {settings.url} instead")
    click.echo(f"baked {served}: {baked.files} files, {baked.octets / 1e6:.1f} MB, in {folder}")


def _ask(app: Application, url: str) -> BakedAnswer:
    path, _, query = url.partition("?")
    response = app.test_client().get(quote(path), query_string=query, buffered=True)
    return BakedAnswer(
        response.status_code,
        response.mimetype or "",
        response.data,
        response.headers.get("Location", ""),
        response.headers.get("Content-Disposition", "").partition("filename=")[2].strip('"'),
    )


def _turn_away(site: str) -> str | None:
    """In the place of what needs a server, the page that says where that is."""
    if request.blueprint not in PRIVATE | LIVE and request.endpoint != "search.index":
        return None
    return render_template("public/mirror/away.html", online=site + request.script_root + quote(request.path))


def _switch(folder: Path, fresh: Path) -> None:
    """Let the link point to the new folder, in one step, and delete the one before."""
    before = folder.resolve() if folder.is_symlink() else None
    link = fresh.with_name(f".{fresh.name}")
    link.symlink_to(fresh.name)
    link.replace(folder)
    if before and before.parent == folder.parent.resolve():
        shutil.rmtree(before, ignore_errors=True)
