"""The pages, the search and the feed that are measured."""

from articles.models import Article, Feed, home, search
from django.urls import include, path
from wagtail import urls as wagtail_urls

urlpatterns = [
    path("", home),
    path("search", search),
    path("feed", Feed()),
    path("", include(wagtail_urls)),
]

__all__ = ["Article"]
