"""Makes the database of the Wagtail site and fills it from a JSON file; imported, it is the application."""

import json
import os
import sys
from pathlib import Path

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
django.setup()

from articles.models import Article  # noqa: E402 -- Django is set up first
from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from wagtail.models import Locale, Page, Site  # noqa: E402


def fill(path: str) -> None:
    """Make the tables, a root page and an article for each entry."""
    call_command("makemigrations", "articles", verbosity=0)
    call_command("migrate", verbosity=0)
    Locale.objects.get_or_create(language_code="zh-hans")
    root = Page.objects.get(depth=1)
    for child in root.get_children():
        child.delete()
    root = Page.objects.get(depth=1)
    top = root.add_child(instance=Article(title="top", slug="top", day="2026-01-01", summary="", body=""))
    Site.objects.all().delete()
    Site.objects.create(hostname="localhost", root_page=top, is_default_site=True)
    for entry in json.loads(Path(path).read_text(encoding="utf-8")):
        top.add_child(instance=Article(**entry))
    call_command("update_index", verbosity=0)


if __name__ == "__main__":
    fill(sys.argv[1])
else:
    app = get_wsgi_application()
