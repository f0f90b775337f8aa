"""Full-text search for Chinese over plain records; hides the engine and knows nothing of ours.

build(folder, documents)      write a new index into an empty folder
open_index(folder)            open it for reading
index.find(query, kinds=…)    ranked hits with highlights
"""

from openbureau.search.index import Document, Hit, Hits, Index, build, open_index

__all__ = ["Document", "Hit", "Hits", "Index", "build", "open_index"]
