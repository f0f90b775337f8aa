"""Full-text search for Chinese over plain records; hides the engine and knows nothing of ours.

An n-gram index of characters and pairs ranks by BM25, with highlighting, synonyms and spelling correction;
the query log and the evaluation by judged queries stand beside it.

build(folder, documents)              write a new index into an empty folder
update(folder, changed, removed)      bring it up to date without building it again
open_index(folder)                    open it for reading
index.find(query, kinds=…, …)         ranked hits with highlights
index.suggest(prefix)                 what somebody may be about to type
index.correct(query)                  what was probably meant
"""

from openbureau.search.documents import Document, Hit, Hits, Language, Section, SectionHit
from openbureau.search.index import BrokenIndex, build, update
from openbureau.search.searcher import Index, open_index

__all__ = [
    "BrokenIndex",
    "Document",
    "Hit",
    "Hits",
    "Index",
    "Language",
    "Section",
    "SectionHit",
    "build",
    "open_index",
    "update",
]
