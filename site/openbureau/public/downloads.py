"""Files to download: CSV and XLSX for office programs, JSON for programs. The same for every list."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from flask import Response

from openbureau.formats.csv_table import csv_file
from openbureau.formats.xlsx_table import TableCell, xlsx_file

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
JSON = "application/json; charset=utf-8"


def office_table(name: str, headings: Sequence[str], rows: Iterable[Sequence[TableCell]]) -> Response:
    """A CSV file or a workbook called `name`, as the name ends."""
    if name.endswith(".xlsx"):
        response = Response(xlsx_file(headings, rows), content_type=XLSX)
    else:
        response = Response(csv_file(headings, rows), content_type=CSV)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def json_document(document: Any, *, status: int = 200) -> Response:
    """A JSON document for programs."""
    text = json.dumps(document, ensure_ascii=False, indent=1)
    return Response(f"{text}\n", status, content_type=JSON)
