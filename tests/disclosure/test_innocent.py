"""Numbers that are nobody's telephone and nobody's identity pass, whatever they look like."""

import pytest

from openbureau.disclosure.scanner import disclosures
from support.disclosure_makers import paper, pdf, picture, with_parts, workbook

LINES = (
    "办学许可证号：教民144180270000031号",
    "办学许可证号：14418027000 0037",
    "办学许可证号：1441802 7000 0037",
    "教民1 441802 7 0000370号",
    "教民14418027000\n0037号",
    "许可证编号 1441881-7000-0018",
    "许可证号：4418027000037",
    "统一社会信用代码：914418020000818670",
    "统一社会信用代码：52441802MJ0EJJNK81",
    "统一社会信用代码：91 441802 MA05W3P8 9N",
    "组织机构代码：007280420",
    "电话：0763-3365512",
    "电话：(0763) 3365512",
    "电话：（0763）3365512",
    "电话：07633365512",
    "电话：+86-763-3365512",
    "电话：020-12345678、020-87654321",
    "电话：0763-3365512转801",
    "传真：0763 3365512 3365513",
    "热线：400-138-0013",
    "热线：4001380013",
    "热线：800-830-1380",
    "热线：12345、12388、95338",
    "文号：清教〔2023〕138号",
    "索引号：11441800007187648G/2024-00138",
    "编号：粤ICP备13800138号",
    "2023-12-01 13:58:00",
    "20231201135800",
    "1701388800123",
    "时间戳 1380013800 秒",
    "经费 13800138000元",
    "经费 13800138000.00 元",
    "共计 13,800,138,000 元",
    "面积 1380013.8000 平方米",
    "比例 0.13800138000",
    "圆周率 3.14159265358979",
    "序号 100000000001",
    "资产编号 SN13800138000A",
    "发票代码 044001900111 发票号码 13800138",
    "ISBN 978-7-138-00138-0",
    "ISBN 9787138001380",
    "https://example.cn/art/2024/5/31/art_13800138000_123456.html",
    "https://example.cn/item?id=13800138000123",
    "[附件](/policies/a/t20240531_13800138000.pdf)",
    "commit 13800138000a1b2c3d4e5f60718293a4b5c6d7e8",
    "6f1380a1-1380-0138-0001-380013800013",
    "户名：清远市示例培训有限公司 开户行：农业银行清远分行 账号末四位：8000",
    "邮编 511500 传真 3365512",
    "坐标 113.0567138, 23.6820138",
    "1380 138 000 138 1380",
    "2022年138人、2023年1380人、2024年13800人",
    "138—142页，1380013册",
    "GB 32100-2015，GB/T 2260-2007",
    "电话区号0763，内线13800",
    "版本 138.0.13.8000",
    "IP 138.001.380.00",
    "身高 138.0 体重 138.00",
)


@pytest.mark.parametrize("line", LINES)
def test_what_is_no_number_of_a_person_passes(line: str) -> None:
    assert disclosures(line.encode(), "a.md") == []
    assert disclosures(paper(*line.splitlines()), "a.docx") == []


@pytest.mark.parametrize("line", LINES)
def test_it_passes_in_a_cell_too(line: str) -> None:
    def change(book: object) -> None:
        book.worksheets[0]["D2"] = line  # type: ignore[attr-defined]

    assert disclosures(workbook(change), "a.xlsx") == []


def test_files_with_nothing_in_them_pass() -> None:
    forms = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP")
    files = [workbook(), paper("正文"), pdf(), *map(picture, forms), with_parts(workbook(), {})]
    assert [disclosures(data, "a") for data in files] == [[]] * len(files)
