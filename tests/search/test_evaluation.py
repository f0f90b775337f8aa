"""How search is measured: the measures themselves, and the command that runs them on a collection."""

import gzip
import json
from math import log2
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from openbureau.cli import main
from openbureau.search.documents import TITLE_WEIGHT
from openbureau.search.evaluation import (
    BadCollection,
    JudgedQuery,
    bench,
    ndcg,
    read_documents,
    read_queries,
    recall,
    reciprocal_rank,
    relevance,
)

DOCUMENTS = [
    {"id": "D1", "title": "退费办法", "body": "一次收费不超过3个月。"},
    {"id": "D2", "title": "足球训练", "body": "每周两次。", "date": "2024-01-01"},
    {"id": "D3", "title": None, "body": "寒假不得补课。"},
]
QUERIES = [
    {"qid": "1", "text": "退费", "rel": {"D1": 1}},
    {"qid": "2", "text": "寒假补课", "rel": {"D3": 1, "D2": 0}},
    {"qid": "3", "text": "航模", "rel": {"D2": 1}},
]


def lines(path: Path, records: list[dict[str, object]]) -> Path:
    text = "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in records)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def test_ndcg_is_the_gain_beside_that_of_an_ideal_answer() -> None:
    relevant = frozenset({"a", "b"})
    assert ndcg(["a", "b"], relevant) == 1
    assert ndcg(["x", "a", "b"], relevant) == pytest.approx((1 / log2(3) + 1 / log2(4)) / (1 + 1 / log2(3)))
    assert ndcg(["x"], relevant) == 0
    assert ndcg([], frozenset()) == 0
    many = frozenset(f"k{number}" for number in range(30))
    assert ndcg([f"k{number}" for number in range(10)], many) == 1


def test_mrr_and_recall_are_those_of_the_textbook() -> None:
    assert [reciprocal_rank(answer, frozenset("a")) for answer in ("a", "xa", "xxa", "x", "")] == [
        1,
        0.5,
        pytest.approx(1 / 3),
        0,
        0,
    ]
    assert [recall(answer, frozenset("ab")) for answer in ("ab", "ax", "x")] == [1, 0.5, 0]


def test_a_query_without_a_hit_counts_nothing_and_only_the_first_ten_count_for_ndcg() -> None:
    asked = [JudgedQuery("1", frozenset("z")), JudgedQuery("2", frozenset("z"))]
    found = relevance([[*"abcdefghij", "z"], []], asked)
    assert found == {"ndcg_10": 0, "mrr_10": 0, "recall_10": 0, "recall_100": 0.5}


@pytest.mark.parametrize("suffix", [".jsonl", ".jsonl.gz"])
def test_a_collection_is_measured(tmp_path: Path, suffix: str) -> None:
    docs, queries = lines(tmp_path / f"d{suffix}", DOCUMENTS), lines(tmp_path / f"q{suffix}", QUERIES)
    figures = bench(docs, queries)
    assert (figures.documents, figures.queries) == (3, 3)
    assert figures.ndcg_10 == figures.mrr_10 == figures.recall_100 == pytest.approx(2 / 3)
    assert 0 < figures.p50_ms <= figures.p95_ms <= figures.p99_ms
    assert figures.build_s > 0
    assert figures.index_mb > 0
    assert figures.peak_rss_mb > 10


def test_titles_that_differ_only_in_numbers_are_addresses(tmp_path: Path) -> None:
    titles = ["示例法第一条", "示例法第二条", "示例法第二十三条", "退费办法"]
    records: list[dict[str, object]] = [
        {"id": str(number), "title": title, "body": ""} for number, title in enumerate(titles)
    ]
    weights = [each.title_weight for each in read_documents(lines(tmp_path / "d.jsonl", records))]
    assert weights == [1, 1, 1, TITLE_WEIGHT]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "q.jsonl:1: this is no JSON"),
        ("[]", "q.jsonl:1: text, rel is missing"),
        ('{"text": "a"}', "q.jsonl:1: rel is missing"),
        ("", "q.jsonl: there are no queries in it"),
        ("\udcff", "q.jsonl: 'utf-8' codec"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "q.jsonl"
    path.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(BadCollection, match=told):
        read_queries(path)


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["search", "bench", *words])


def test_the_command_prints_a_table_or_json(tmp_path: Path) -> None:
    docs, queries = lines(tmp_path / "d.jsonl", DOCUMENTS), lines(tmp_path / "q.jsonl", QUERIES)
    table = run("--docs", str(docs), "--queries", str(queries))
    assert table.exit_code == 0
    assert table.stdout.splitlines()[2].split() == ["ndcg_10", "0.6667"]
    figures = json.loads(run("--docs", str(docs), "--queries", str(queries), "--json").stdout)
    assert figures["recall_10"] == pytest.approx(2 / 3)
    assert set(figures) == {
        *("documents", "queries", "ndcg_10", "mrr_10", "recall_10", "recall_100"),
        *("p50_ms", "p95_ms", "p99_ms", "build_s", "index_mb", "peak_rss_mb"),
    }


def test_the_command_says_in_one_line_what_is_wrong(tmp_path: Path) -> None:
    docs, queries = lines(tmp_path / "d.jsonl", [{"id": "1"}]), lines(tmp_path / "q.jsonl", QUERIES)
    done = run("--docs", str(docs), "--queries", str(queries))
    assert done.exit_code == 1
    assert done.stderr == "Error: d.jsonl:1: title, body is missing\n"
