"""Typeset the seed pages as a newspaper would, and write seeds/scans: pictures, PDF, web page, Word file and gold.

usage: python scripts/typeset.py [PAGE ...]      (page-000 ...; without a page all of them)

Needs Chromium and the Noto CJK fonts of the system (Debian: chromium, fonts-noto-cjk), playwright, python-docx, OpenCV
and Pillow. `seed_text.py` takes the text from the seeds, `typeset.toml` says how the pages are laid out, `typeset.html`
holds the styles and measures the boxes, `wear.py` makes scans and photos.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import tomllib
from datetime import date
from html import escape
from io import BytesIO
from pathlib import Path
from random import Random
from string import Template
from typing import Any, NamedTuple

import docx
from PIL import Image
from playwright.sync_api import Page, sync_playwright
from seed_text import SEEDS, Gold, read_articles
from wear import bad_scan, move_box, photo

HERE = Path(__file__).resolve().parent
SCANS = SEEDS / "scans"
WIDTH, HEIGHT, SCALE = 1100, 1550, 2  # CSS pixels of a page; pixels of a picture to one of them
PDF_DPI = 200  # the boxes of the PDF's gold are pixels at this resolution
EXIF_ORIENTATION, EXIF_QUARTER_TURN = 0x0112, 6
WEEKDAYS = "一二三四五六日"
# Where an editor breaks a headline; elsewhere it breaks at blanks and commas.
PHRASES = (
    "新疆给兼职工会主席|山东邹城工会驿站|成都工匠|“大宣传”|格尔木“三助”资金|“116.N”|一把尺子引出的|“当一天操作工”|"
    "石河子市总"
)
HEAD = ("kicker", "headline", "byline")
SPAN = "flex: {0} 0 calc(var(--gap) * ({0} - 1))"  # as wide as so many columns and the gutters between them


class Layout(NamedTuple):
    """One page of typeset.toml: what its masthead says, how wide its gutters and rules are, and its rows."""

    newspaper: str
    day: date
    page_no: int
    section: str
    header: str
    gap: float
    across: float
    down: float
    between: float
    lines: float
    rows: list[Any]
    footer: str = ""
    advert: str = ""

    @property
    def source(self) -> Gold:
        """The newspaper and the issue, as gold says them."""
        day = self.day.isoformat()
        return {"newspaper": self.newspaper, "issue_date": day, "page_no": self.page_no, "page_name": self.section}


def read_layouts() -> dict[str, Layout]:
    """The pages of typeset.toml."""
    table = tomllib.loads((HERE / "typeset.toml").read_text(encoding="utf-8"))
    return {name: Layout(**page) for name, page in table.items()}


# ---- HTML


def page_html(layout: Layout, articles: list[Gold]) -> str:
    """The whole page for the browser."""
    known = {article["id"]: article for article in articles}
    rows = "".join(_node(row, known) for row in layout.rows)
    body = f"{_furniture(layout, layout.header)}<main>{rows}</main>{layout.advert}{_furniture(layout, layout.footer)}"
    variables = "; ".join(f"--{name}: {getattr(layout, name)}px" for name in ("gap", "across", "down", "between"))
    page = (HERE / "typeset.html").read_text(encoding="utf-8")
    for name, value in (
        ("title", layout.newspaper),
        ("variables", f"{variables}; --lh: {layout.lines}"),
        ("body", body),
    ):
        page = page.replace("$" + name, value, 1)
    return page


def _furniture(layout: Layout, template: str) -> str:
    """The header or footer, its words marked so that they are measured."""
    day = layout.day
    text = Template(template.replace("\n", "")).substitute(
        newspaper=layout.newspaper, section=layout.section, page_no=layout.page_no,
        year=day.year, month=day.month, day=day.day, weekday=WEEKDAYS[day.weekday()],
    )  # fmt: skip
    return re.sub(r"(?<=>)(\s*[^<>\s][^<>]*)(?=<)", r'<span data-role="folio">\1</span>', text)


def _node(node: Any, articles: dict[str, Gold]) -> str:
    """What stands in a cell: an article, a row (of cells with their widths), or several of them in a stack."""
    if isinstance(node, dict):
        return _article(node, articles[node["article"]])
    if isinstance(node[0], list) and isinstance(node[0][0], int | float):
        cells = (
            f'<div class="cell" style="{SPAN.format(span)}">{_node(inner, articles)}</div>' for span, inner in node
        )
        return f'<div class="row">{"".join(cells)}</div>'
    return f'<div class="stack">{"".join(_node(inner, articles) for inner in node)}</div>'


def _article(form: dict[str, Any], article: Gold) -> str:
    made = []
    for place, part in enumerate(article["paragraphs"]):
        is_label = place > 1 and part["role"] == "kicker"
        made.append(("byline" if is_label else part["role"], _paragraph(form, article["id"], place, part)))
    title = "".join(html for role, html in made if role in HEAD[:2])
    byline = "".join(html for role, html in made if role == "byline")
    body = "".join(html for role, html in made if role not in HEAD)
    look, cols = form.get("look", ""), form.get("cols", 1)
    if "label" in form:
        title = f'<div><span class="tag" data-role="label">{form["label"]}</span></div>{title}'
    if look == "photo":
        return f'<div class="photo">{title}{_picture(article["id"])}{body}{byline}</div>'
    if look == "tall":
        return f'<div class="tall"><div class="head">{title}</div>{_columns(cols, byline + body)}</div>'
    if look == "part":
        over, rest = form["over"], cols - form["over"]
        left = f'<div style="{SPAN.format(over)}">{title}{byline}{_columns(over, body)}</div>'
        return f'<div class="part">{left}<div style="{SPAN.format(rest)}">{_columns(rest, "")}</div></div>'
    return f'<div class="{look}">{title}{byline}{_columns(cols, body)}</div>'


def _columns(count: int, body: str) -> str:
    return f'<div class="cols" style="column-count: {count}">{body}</div>'


def _paragraph(form: dict[str, Any], article: str, place: int, part: Gold) -> str:
    role, text = part["role"], escape(part["text"])
    if role in HEAD[:2]:  # in pieces that a line breaks between
        cuts = re.sub(PHRASES, r"\g<0>\n", re.sub(r"(?<=[，、 ])", "\n", text)).split("\n")
        text = "".join(f'<span class="phrase">{piece}</span>' for piece in cuts if piece)
    looks = "sans" if form.get("sans") and role == "headline" else "label" if place > 1 and role == "kicker" else ""
    looks = "hint" if part["text"] == "阅读提示" else looks
    size = f' style="font-size: {form["size"]}px"' if role == "headline" else ""
    return f'<p class="{looks}" data-article="{article}" data-place="{place}" data-role="{role}"{size}>{text}</p>'


def _picture(name: str) -> str:
    """A drawing in the place of a photo: people in a hall with windows."""
    rng = Random(name)
    shapes = ['<path d="M0 0h200v300H0z" fill="#b9b9b9"/><path d="M0 190h200v110H0z" fill="#8b8b8b"/>']
    for left in range(12, 190, 38):
        shapes.append(f'<rect x="{left}" y="18" width="26" height="{rng.randint(50, 80)}" fill="#e2e2e2"/>')
    for at in (28, 66, 104, 142, 176):
        top, tone = rng.randint(100, 135), rng.choice(("#333", "#4a4a4a", "#5c5c5c"))
        shapes.append(f'<circle cx="{at}" cy="{top}" r="10" fill="#cfcfcf"/>')
        shapes.append(f'<path d="M{at - 9} {top - 3}a9 9 0 0 1 18 0z" fill="#222"/>')
        shapes.append(f'<path d="M{at - 17} {top + 62}v-40q0-10 17-10t17 10v40z" fill="{tone}"/>')
        shapes.append(f'<path d="M{at - 12} {top + 60}h24v70h-24z" fill="#222"/>')
    shapes.append('<path d="M0 215h200v14H0z" fill="#6d6d6d"/><path d="M0 229h200v6H0z" fill="#444"/>')
    return f'<svg viewBox="0 0 200 260" preserveAspectRatio="xMidYMid slice">{"".join(shapes)}</svg>'


# ---- gold


def make_gold(layout: Layout, articles: list[Gold], printed: list[Gold], scale: float) -> Gold:
    """The gold of a page with boxes in pixels, `scale` of them to a CSS pixel."""
    articles = _copy(articles)
    known = {article["id"]: article["paragraphs"] for article in articles}
    noise = []
    for part in printed:
        lines = [
            {"text": line["text"].strip(), "box": [round(side * scale) for side in line["box"]]}
            for line in part["lines"]
            if line["text"].strip()
        ]
        if part["article"] is None:
            noise += [line | {"role": part["role"]} for line in lines]
        else:
            known[part["article"]][part["place"]].setdefault("lines", []).extend(lines)
    gold = {
        "source": layout.source,
        "image": {"width": round(WIDTH * scale), "height": round(HEIGHT * scale)},
        "articles": articles,
        "not_article": [line["text"] for line in noise],
        "not_article_boxes": [[line["box"]] for line in noise],
        "not_article_roles": [line["role"] for line in noise],
    }
    return _boxed(gold)


def _boxed(gold: Gold) -> Gold:
    """The gold with the boxes of paragraphs, one to a column, made from those of their lines."""
    for article in gold["articles"]:
        for paragraph in article["paragraphs"]:
            boxes: list[list[int]] = []
            for line in paragraph["lines"]:
                box, last = line["box"], boxes[-1] if boxes else None
                if last and last[0] < box[2] and box[0] < last[2] and box[1] >= last[1]:
                    boxes[-1] = [*map(min, last[:2], box[:2]), *map(max, last[2:], box[2:])]
                else:
                    boxes.append(list(box))
            paragraph["boxes"] = boxes
    return gold


def _moved(gold: Gold, matrix: Any, size: tuple[int, int]) -> Gold:
    """The gold of a picture that was made from the clean one by a projection."""
    gold = _copy(gold)
    gold["image"] = {"width": size[0], "height": size[1]}
    for article in gold["articles"]:
        for paragraph in article["paragraphs"]:
            for line in paragraph["lines"]:
                line["box"] = move_box(line["box"], matrix)
    gold["not_article_boxes"] = [[move_box(box, matrix) for box in boxes] for boxes in gold["not_article_boxes"]]
    return _boxed(gold)


def _chosen(articles: list[Gold], ids: tuple[str, ...], source: Gold) -> Gold:
    """Gold of a file that has no picture."""
    return {"source": source, "articles": [article for article in articles if article["id"] in ids]}


def _copy(gold: Any) -> Any:
    return json.loads(json.dumps(gold))


def save_gold(name: str, gold: Gold) -> None:
    """Write the gold, a paragraph or a quantity a line."""
    text = json.dumps(gold, ensure_ascii=False, separators=(",", ":"))
    text = re.sub(r'(?<=[\[,])(?=\{"(?:role|id|text":"[^"]*","value)")', "\n", text)
    (SCANS / f"{name}.gold.json").write_text(text + "\n", encoding="utf-8")


# ---- files


def scan_name(page: str) -> str:
    """The name of the pictures of a page: its own would be that of the text seed."""
    return page.replace("page-", "scan-")


def write_page(name: str, layout: Layout, browser_page: Page) -> tuple[Image.Image, Gold]:
    """The clean picture of a page with its gold; page-001 as a PDF too."""
    articles = read_articles(name)
    browser_page.set_content(page_html(layout, articles))
    report = browser_page.evaluate("fit()")
    if report["room"] < 0:
        raise SystemExit(f"{name} does not fit: {report}")
    print(f"{name}: letters of {report['letters'] * SCALE:.1f} pixels")
    gold = make_gold(layout, articles, browser_page.evaluate("printed()"), SCALE)
    picture = Image.open(BytesIO(browser_page.screenshot())).convert("L")
    few_greys = picture.quantize(4, dither=Image.Dither.NONE).convert("RGB")
    few_greys.save(SCANS / f"{scan_name(name)}.webp", lossless=True, quality=100, method=6)
    save_gold(scan_name(name), gold)
    if name == "page-001":
        browser_page.add_style_tag(content="* { font-family: 'Noto Sans CJK SC' !important }")  # two fonts in the file
        browser_page.evaluate("fit()")
        printed = browser_page.evaluate("printed()")
        browser_page.pdf(path=SCANS / "print-001.pdf", prefer_css_page_size=True, print_background=True)
        save_gold("print-001", make_gold(layout, articles, printed, PDF_DPI / 96) | {"dpi": PDF_DPI})
    return picture, gold


def write_worn(name: str, picture: Image.Image, gold: Gold, behind: Image.Image) -> None:
    """The bad scan and the photo of a page; the photo of page-003 lies on its side, as its EXIF data says."""
    number = int(name[-3:])
    for kind, (made, matrix) in (("bad", bad_scan(picture, behind, number)), ("photo", photo(picture, number))):
        exif, stored = Image.Exif(), made
        if kind == "photo" and name == "page-003":
            exif[EXIF_ORIENTATION] = EXIF_QUARTER_TURN
            stored = made.transpose(Image.Transpose.ROTATE_90)
        stored.save(
            SCANS / f"{scan_name(name)}.{kind}.jpg", quality=38 if kind == "bad" else 45, optimize=True, exif=exif
        )
        save_gold(f"{scan_name(name)}.{kind}", _moved(gold, matrix, made.size))


def write_epaper(name: str, layout: Layout, article_id: str) -> None:
    """One article as a saved page of the newspaper's website, with all that stands around it there."""
    articles = read_articles(name)
    article = next(one for one in articles if one["id"] == article_id)
    text = "\n".join(
        f"<p class={part['role']}>　　{escape(part['text'])}</p>"
        for part in article["paragraphs"]
        if part["role"] not in HEAD
    )
    others = [one["headline"] for one in articles if one is not article]
    page = Template((HERE / "epaper.html").read_text(encoding="utf-8")).substitute(
        {key: escape(article[key]) for key in HEAD},
        newspaper=layout.newspaper,
        day=layout.day.isoformat(),
        packed=f"{layout.day:%Y%m/%d}",
        said=f"{layout.day:%Y年%m月%d日} 星期{WEEKDAYS[layout.day.weekday()]}",
        folio=f"第{layout.page_no:02}版：{layout.section}",
        text=text,
        others="\n".join(f'<li><a href="content_{at}.htm">{escape(one)}</a></li>' for at, one in enumerate(others, 41)),
    )
    (SCANS / "epaper-003.html").write_text(page, encoding="utf-8")
    noise = ["数字报首页", "返回目录", "放大", "缩小", "上一篇", "下一篇", *others]
    save_gold("epaper-003", _chosen(articles, (article_id,), layout.source) | {"not_article": noise})


def write_word(name: str, ids: tuple[str, ...]) -> None:
    """Some articles of a page as the Word file in which a union office would send them."""
    gold = _chosen(read_articles(name), ids, {"newspaper": None, "issue_date": None, "page_no": None})
    document = docx.Document()
    for article in gold["articles"]:
        for part in article["paragraphs"]:
            level = {"headline": 1, "kicker": 2, "subhead": 3}.get(part["role"])
            if level:
                document.add_heading(part["text"], level)
            else:
                document.add_paragraph(part["text"] if part["role"] == "byline" else "　　" + part["text"])
    document.save(str(SCANS / "word-004.docx"))
    save_gold("word-004", gold)


def write_sources(layouts: dict[str, Layout]) -> None:
    """seeds/sources.csv: the invented newspaper and issue of every file that is a page of it."""
    endings = ("{0}.txt", "scans/{1}.webp", "scans/{1}.bad.jpg", "scans/{1}.photo.jpg")
    files = {ending.format(name, scan_name(name)): name for ending in endings for name in layouts}
    rows = ["file,newspaper,issue_date,page_no,page_name"]
    for file, name in (files | {"scans/print-001.pdf": "page-001", "scans/epaper-003.html": "page-003"}).items():
        rows.append(",".join([file, *map(str, layouts[name].source.values())]))
    (SEEDS / "sources.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")


def main(wanted: list[str]) -> None:
    """Write everything, or the pictures of the pages that are named and what is not a picture."""
    layouts = read_layouts()
    SCANS.mkdir(exist_ok=True)
    with sync_playwright() as opened:
        browser = opened.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        print(f"Chromium {browser.version}")
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, device_scale_factor=SCALE)
        made = {name: write_page(name, layouts[name], page) for name in wanted or layouts}
        browser.close()
    names = list(made)
    for place, name in enumerate(names):
        write_worn(name, *made[name], behind=made[names[place - 1]][0])
    write_epaper("page-003", layouts["page-003"], "a8")
    write_word("page-004", ("a3", "a6", "a8"))
    write_sources(layouts)


if __name__ == "__main__":
    main(sys.argv[1:])
