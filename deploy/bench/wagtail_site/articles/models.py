"""Articles, the home page, search and feed, as Wagtail's tutorial writes them."""

from django.contrib.syndication import views
from django.core.paginator import Paginator
from django.db import models
from django.shortcuts import render
from wagtail.fields import RichTextField
from wagtail.models import Page
from wagtail.search import index


class Article(Page):
    """One document."""

    day = models.DateField()
    summary = models.TextField(blank=True)
    body = RichTextField(blank=True)
    search_fields = (*Page.search_fields, index.SearchField("summary"), index.SearchField("body"))


def home(request):
    """The newest articles."""
    newest = Article.objects.live().order_by("-day")
    return render(request, "articles/list.html", {"articles": newest[:14]})


def search(request):
    """Wagtail's own search, ten a page."""
    words = request.GET.get("q", "")
    matches = Article.objects.live().search(words)
    page = Paginator(matches, 10).get_page(request.GET.get("page"))
    return render(request, "articles/list.html", {"articles": page, "words": words})


class Feed(views.Feed):
    """The newest twenty."""

    title = "bench"
    link = "/"

    def items(self):
        """The articles of the feed."""
        return Article.objects.live().order_by("-day")[:20]

    def item_title(self, item):
        """Of one entry."""
        return item.title

    def item_description(self, item):
        """Of one entry."""
        return item.summary

    def item_link(self, item):
        """Of one entry."""
        return f"/{item.slug}/"
