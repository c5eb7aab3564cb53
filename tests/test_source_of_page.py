"""Newspaper, issue date and page number are right or absent."""

from __future__ import annotations

from pathlib import Path

import pytest

from summariser.errors import InputError
from summariser.readers.reading import folio_lines, merge, read_address, read_path, read_sidecar, read_words
from summariser.schema.page import PageSource, SourceOrigin


def facts(source: PageSource) -> tuple[str | None, str | None, int | None]:
    """What is asked of every page."""
    return source.newspaper, source.issue_date, source.page_no


FOLIOS = {
    "misread name": (["临港曰报 2024年5月16曰 星期四"], ("临港日报", "2024-05-16", None)),
    "usual": (["岚州工人报", "2024年5月16日 星期四", "第2版", "基层工会"], ("岚州工人报", "2024-05-16", 2)),
    "one line": (["青屿职工报 2024年8月22日 星期四 第03版：安康"], ("青屿职工报", "2024-08-22", 3)),
    "chinese numerals": (["临港日报", "二〇二五年十一月十四日 星期五", "第十二版"], ("临港日报", "2025-11-14", 12)),
    "letter and number": (["A03版 要闻", "2025-11-14"], (None, "2025-11-14", 3)),
    "another section's letter": (["B03版 要闻"], (None, None, None)),
    "number of pages": (["云岭晚报", "今日八版", "2025年1月2日"], ("云岭晚报", "2025-01-02", None)),
    "jump": (["（下转第3版）", "第1版"], (None, None, 1)),
    "two pages": (["第2版", "第3版"], (None, None, None)),
    "two days": (["2025年1月2日", "2025年1月3日"], (None, None, None)),
    "day of an advertisement": (["2025年1月2日 星期四", "截止2025年1月31日"], (None, "2025-01-02", None)),
    "no such day": (["2025年2月30日"], (None, None, None)),
    "own word": (["本报", "海报", "电子报"], (None, None, None)),
    "wenhui": (["文汇报"], ("文汇报", None, None)),
    "electronic": (["工人日报数字报"], ("工人日报", None, None)),
    "traditional": (["香江勞工報", "二〇二五年十一月八日 週六", "第二版"], ("香江勞工報", "2025-11-08", 2)),
    "own word, traditional": (["本報", "海報", "電子報"], (None, None, None)),
}
NAMES = {
    "工人日报 2026年5月6日 第4版 工会新闻": "工会新闻",
    "第4版：要闻": "要闻",
    "第3版 综合 责编：李开": "综合",
    "第4版 投稿邮箱：news@example.org": None,
    "第4版 责任编辑：王一": None,
    "第2版 联系我们 ：0533": None,
}


@pytest.mark.parametrize(("line", "name"), NAMES.items())
def test_a_label_beside_the_page_number_is_no_name_of_the_page(line: str, name: str | None) -> None:
    """What a colon follows tells of what comes behind it."""
    assert read_words([line]).page_name == name


@pytest.mark.parametrize(("lines", "wanted"), FOLIOS.values(), ids=FOLIOS)
def test_masthead_and_folio_lines(lines: list[str], wanted: tuple) -> None:
    """A newspaper by itself, one day, one page number; two that differ tell nothing."""
    assert facts(read_words(lines)) == wanted


def test_name_of_a_page_beside_its_bare_number() -> None:
    """What stands beside A04 in a dated folio is the name of the page; words that lead to other pages are none."""
    lines = ["岚州工人报", "2024年5月16日 星期四 A04 工会·民生", "上一版 下一版 版面导航"]

    assert read_words(lines).page_name == "工会·民生"
    assert read_words(["岚州晚报　2024年5月16日　星期四　夕阳红"]).page_name == "夕阳红"
    assert read_words(["岚州工人报 职工 · 家园", "2024年5月16日 第2版"]).page_name == "职工·家园"


BODY = ["某市总工会把夜校开进车间", "本报讯 2025年1月3日，某市总工会开课。", "近200名职工参加。" * 9]
TEXTS = {
    "above": (["岚州工人报", "2024年5月16日 星期四 第2版", *BODY], ("岚州工人报", "2024-05-16", 2)),
    "below": ([*BODY, "责任编辑：季长庚 版式：闻小雨", "第2版 基层工会 2024年5月16日 星期四"], (None, "2024-05-16", 2)),
    "pinyin": (
        ["岚州工人报 2024年5月16曰 星期四", "第2版 工会·一线  LANZHOU GONGREN BAO", *BODY],
        ("岚州工人报", "2024-05-16", 2),
    ),
    "editors": (
        ["岚州工人报", "2024年5月16日 星期四", "第2版 一线 责编：季长庚 美编：谷 雨", *BODY],
        ("岚州工人报", "2024-05-16", 2),
    ),
    "editors with strokes": (
        ["岚州工人报 2024年5月16日 星期四", "第2版 一线 责编/陶 然 校读/金蕾", *BODY],
        ("岚州工人报", "2024-05-16", 2),
    ),
    "all on one long line": (
        [
            "岚州工人报　2024年5月16日　星期四　农历甲辰年四月初九　02版　基层·民生　"
            "编辑：季长庚　校对：陶 然　投稿邮箱：jiceng@lzgrb.example",
            *BODY,
        ],
        ("岚州工人报", "2024-05-16", 2),
    ),
    "letter and name": (
        [
            "岚州工人报·数字报",
            "2024年5月16日　星期四　　A02　工会·民生",
            "上一版　下一版　版面导航　放大＋　缩小－",
            *BODY,
        ],
        ("岚州工人报", "2024-05-16", 2),
    ),
    "navigation beside the name": (
        ["岚州日报数字报　首页 | 版面导航 | 标题导航 | 往期回顾", "2024年05月16日 星期四　第02版：综合", *BODY],
        ("岚州日报", "2024-05-16", 2),
    ),
    "data base": (["岚州工人报/2024 年/5 月/16 日/第 002 版", "理论", *BODY], ("岚州工人报", "2024-05-16", 2)),
    "labels": (
        ["报纸名称：岚州工人报", "出版日期：2024/05/16", "版次：02", "版名：法治", *BODY],
        ("岚州工人报", "2024-05-16", 2),
    ),
    "labels in brackets": (
        ["【报纸名称】岚州工人报", "【日期】2024-05-16", "【版次】第02版", "【版名】法治", *BODY],
        ("岚州工人报", "2024-05-16", 2),
    ),
    "brackets": (
        ["《岚州工人报》电子版", "2024年5月16日　星期四　返回首页 | 设为首页 | 加入收藏", "第02版：综合", *BODY],
        ("岚州工人报", "2024-05-16", 2),
    ),
    "organ": (
        ["中共岚州市委机关报　1949年7月15日创刊", "岚州日报", "2024年5月16日　星期四　第26318号", "第2版", *BODY],
        ("岚州日报", "2024-05-16", 2),
    ),
    "section behind a stroke": (
        ["综合新闻／2版　　岚　州　工　人　报　　２０２４年５月１６日（星期四）", *BODY],
        ("岚州工人报", "2024-05-16", 2),
    ),
    "name and letter": (["岚州工人报　A02　副刊", "投稿邮箱：lz@lzgrb.example", *BODY], ("岚州工人报", None, 2)),
    "quoted in a headline": (["《岚州工人报》电子版上线三年记", *BODY], (None, None, None)),
    "numbered head": (
        ["岚州工人报 2024年5月16日 星期四", "夜校三章", "1 夜校开课", *BODY],
        ("岚州工人报", "2024-05-16", None),
    ),
    "none": (BODY, (None, None, None)),
    "article about a day": (["2025年5月1日", "工人日报", *BODY], (None, None, None)),
    "headline with a page": (["职工书屋上了报纸第3版，大家都来看", *BODY], (None, None, None)),
    "jump line": ([*BODY, "（下转第3版）"], (None, None, None)),
    "jump from": (["（上接第1版）", *BODY], (None, None, None)),
    "page number in a sentence": (["见《工人日报》2024年5月16日第2版。", *BODY], (None, None, None)),
}


@pytest.mark.parametrize(("lines", "wanted"), TEXTS.values(), ids=TEXTS)
def test_masthead_of_a_plain_text(lines: list[str], wanted: tuple) -> None:
    """Only lines that hold nothing but name, day, page and furniture tell of the source; a dateline does not."""
    assert facts(read_words(folio_lines(lines))) == wanted


MASTHEADS = {
    "letters set apart": (["远 山 工 人 报", "2 0 2 4 年 5 月 1 6 日   星 期 四", "第 3 版   职 工 之 友"], "职工之友"),
    "two words": (["２０２４．０５．１６　周四　第０３版", "职工　之友", "远山工人报"], None),
    "wide": (["２０２４年５月１６日　星期四　第０３版", "友　情", "远山工人报"], "友情"),
    "misread": (["远山工人报 2O24年5月l6曰 星期四 第O3版 职工之友"], "职工之友"),
    "misread behind a letter": (["远山工人报 2024年5月16日 星期四 AO3 职工之友"], "职工之友"),
    "day of reporters": (["第3版 记者节特刊", "远山工人报 2024年5月16日 星期四"], "记者节特刊"),
    "editors before the number": (["远山工人报 2024年5月16日 星期四", "责编：周青 李木 第3版"], None),
    "source of an article": (
        ["远山工人报", "2024年5月16日 星期四", "第3版", "春耕", "2024-05-15 09:20 来源：远山晚报"],
        None,
    ),
    "day over lines": (["远山工人报", "2024", "05.16", "星期四", "职工之友 03", "统筹 周青"], "职工之友"),
    "day of a month over lines": (["远山工人报", "2024年5月", "16", "星期四", "第3版 职工之友"], "职工之友"),
    "words between lines": (["三版", "职工之友", "2024年5月16日 星期四", "远山工人报社"], "职工之友"),
    "strokes": (
        ["远山工人报 YUANSHAN GONGREN BAO | 职工之友 | 03 | 2024/5/16 Thu | 责编 周青 | 美编 小满"],
        "职工之友",
    ),
    "english": (["2024.5.16 THU", "要闻 / NEWS", "P3", "远山工人报", "主编：周青 投稿：a@ys.example"], "要闻"),
    "labels": (["■版次：A03 ■版名：职工之友", "远山工人报", "日期：2024-05-16", "字数：900"], "职工之友"),
    "traditional": (
        ["远山工人报", "二〇二四年五月十六日　週四　農曆甲辰年四月初九", "A3 港聞", "督印人：周青"],
        "港聞",
    ),
    "weather": (
        ["3 职工之友", "远山工人报 2024年5月16日 星期四", "今日天气：晴转多云 12℃～20℃ 南风3级"],
        "职工之友",
    ),
    "path of links": (["您的位置：首页 → 远山工人报 → 2024年5月16日 → 3版：职工之友", "上一版　下一版"], "职工之友"),
    "list of pages": (
        ["远山工人报数字报", "2024年05月16日 星期四", "第01版：头版 第03版：一线", "当前版：第03版：职工之友　上一版"],
        "职工之友",
    ),
    "other pages": (
        [
            "远山工人报",
            "2024年5月16日 星期四",
            "上一版：第02版　下一版：第04版",
            "第03版　职工之友",
            "返回目录　全文复制",
        ],
        "职工之友",
    ),
    "number repeated": (["远山工人报数字报-2024年5月16日-第03版:03版", "上一篇  放大+  默认o  朗读"], None),
    "usual name below": (["远山工人报", "2024年5月16日 星期四", "第三版", "公益广告"], "公益广告"),
    "number below": (["远山工人报", "2024年5月16日 星期四", "03 职工之友"], "职工之友"),
    "headline below": (["远山工人报", "2024年5月16日 星期四", "第三版", "老周的船"], None),
    "headline above editors": (["远山工人报 2024年5月16日 星期四 第三版", "老周的船", "责任编辑：周青"], None),
    "publisher of another": (["《远山日报》社主办", "远山工人报", "03", "街巷", "2024年5月16日 星期四"], "街巷"),
    "edition in a headline": (
        ["三版", "综合", "2024年5月16日 星期四", "远 山 工 人 报", "第3版国家标准发布", "本报讯 周青报道。"],
        "综合",
    ),
}


@pytest.mark.parametrize(("lines", "name"), MASTHEADS.values(), ids=MASTHEADS)
def test_masthead_however_it_is_set(lines: list[str], name: str | None) -> None:
    """Width, spaces, misread digits, the order of lines and what stands beside them change nothing in what is told."""
    source = read_words(folio_lines([*lines, *BODY]))

    assert facts(source) == ("远山工人报", "2024-05-16", 3)
    assert source.page_name == name


FOOTS = {
    "number behind the name": (["2024年5月16日 星期四", "远山工人报 5"], ("远山工人报", "2024-05-16", 5)),
    "known name of a page": (["特别报道", "2024年5月16日 星期四", "远山工人报 5"], ("远山工人报", "2024-05-16", 5)),
    "printer": (["远山工人报 第5版", "社址：远山路9号　零售每份1元　远山日报印务中心印刷"], ("远山工人报", None, 5)),
    "end of a letter": (["远山工人报", "2024年5月16日 星期四"], (None, None, None)),
    "reprint": (["（摘自《远山日报》2024年5月16日）"], (None, None, None)),
    "reprint without marks": (["原载远山日报 2024年5月16日 第3版"], (None, None, None)),
    "what stands elsewhere": (["比赛规则见四版　责编：周青"], (None, None, None)),
    "advertisements": (["广告热线见四版　印刷：远山印务"], (None, None, None)),
    "bare number": (["责任编辑：周青", "3"], (None, None, None)),
}


@pytest.mark.parametrize(("lines", "wanted"), FOOTS.values(), ids=FOOTS)
def test_folio_at_the_foot(lines: list[str], wanted: tuple) -> None:
    """At the foot only lines with a number of a page count: a letter or a reprint ends with a name and a day."""
    assert facts(read_words(folio_lines([*BODY, *lines]))) == wanted


NO_MASTHEADS = {
    "diary": ["2024年5月16日 星期四 小雨转阴", "下了工，我们去江边走走。"],
    "titled diary": ["夜班手记", "2024年5月16日 星期四 晴", "今天轮到我开吊车。"],
    "correction": ["更 正", "本报2024年5月16日第3版《春耕》一文，作者应为周青。"],
    "correction without marks": ["本报2024年5月16日 第3版 更正", "周清应为周青。"],
    "correction of another": ["2024年5月16日 第3版 更正", "周清应为周青。"],
    "behind a long headline": ["装卸工下了班有处洗澡热饭吃", "远山工人报", "2024年5月16日 星期四 第3版"],
    "memory": ["那年，《远山日报》第二版登了我的诗", "1983年5月1日，诗登在第二版。"],
    "edition of a contract": ["第3版合同少了什么", "记者 周青"],
    "edition of a book": ["第三版", "修订说明"],
    "versions": ["7版方案，定下一座桥", "记者 周青"],
    "quoted newspaper": ["远山日报登了咱的照片", "通讯员 周青"],
    "list of contents": ["1 要闻", "2 综合", "3 副刊"],
    "today on a site": ["今天是2024年5月16日 星期四", "首页 | 新闻 | 专题"],
    "newspaper of an article": ["夜校开课", "远山工人报", "2024年5月16日 星期四"],
    "links of a site": ["2024年5月16日 星期四", "首页 新闻 评论"],
    "not at the edge": ["我在远山十年", "周青", "远山工人报", "2024年5月16日 星期四", "第3版。"],
}


@pytest.mark.parametrize("lines", NO_MASTHEADS.values(), ids=NO_MASTHEADS)
def test_look_alikes_of_mastheads(lines: list[str]) -> None:
    """A day, an edition or a newspaper that an article tells of is not that of the page."""
    assert folio_lines([*lines, *BODY]) == []


WRONG_NAMES = {
    "torn over lines": ["远山", "工人报", "2024年5月16日 星期四", "第3版"],
    "torn before a whole one": ["远山 劳动报 2024年5月16日 星期四 第3版"],
    "letter": ["致远山工人报", "2024年5月16日 星期四 第3版"],
    "headline": ["付出终有回报", "2024年5月16日 星期四 第3版"],
    "torn by a space": ["远山 工人报 2024年5月16日 星期四 第3版"],
    "two": ["远山工人报", "远山晚报", "2024年5月16日 星期四", "第3版"],
}


@pytest.mark.parametrize("lines", WRONG_NAMES.values(), ids=WRONG_NAMES)
def test_no_name_rather_than_half_of_one(lines: list[str]) -> None:
    """What may be a part of the name, or one of two, is told by no one."""
    assert facts(read_words(folio_lines([*lines, *BODY]))) == (None, "2024-05-16", 3)


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        (["首页 > 要闻", "夜校开课", "来源：远山工人报 2024-05-16 09:20", "字号：大 中 小"], "远山工人报"),
        (["夜校开课", "时间：2024-05-16 15:30:26 来源：远山工人报 作者：周青 阅读：27 次"], "远山工人报"),
        (["夜校开课", "发布时间：2024-05-16 来源：市总工会宣教部 责任编辑：管理员"], None),
        (["夜校开课", "2024-05-16 09:20 来源：远山工人报客户端"], None),
        (["夜校开课", "（来源：远山工人报 2024-05-16 09:20）"], None),
        (["夜校开课", "来源：远山工人报"], None),
    ],
)
def test_web_page_names_its_newspaper_but_no_issue(lines: list[str], name: str | None) -> None:
    """The newspaper stands behind 来源 beside the time of publication, which is not the day of an issue."""
    assert facts(read_words(folio_lines([*lines, *BODY]))) == (name, None, None)


@pytest.mark.parametrize(
    "lines",
    [
        ["远山工人报 2024年5月16日 星期四", "夜校三章", "01 夜校开课"],
        ["远山工人报 2024年5月16日 星期四", "1 夜校开课"],
        ["3/8 版", "远山工人报", "2024年5月16日 星期四"],
        ["远山工人报", "第4、5版", "2024年5月16日 星期四"],
        ["A4-A5 深度", "远山工人报", "2024年5月16日 星期四"],
        ["远山工人报", "总第3318期 8版", "2024年5月16日 星期四"],
        ["远山工人报", "2024年5月16日 星期四", "今日对开八版"],
        ["远山工人报 2024年5月16日 星期四 公元"],
    ],
)
def test_number_that_is_no_page_number(lines: list[str]) -> None:
    """A part of an article, one of eight pages, a spread and the number of all pages are no page number."""
    source = read_words(folio_lines([*lines, *BODY]))

    assert facts(source) == ("远山工人报", "2024-05-16", None)
    assert source.page_name in {None, "深度"}


def test_address_above_a_masthead_tells_what_is_not_printed() -> None:
    """The address of a digital newspaper has the year that its folio line lacks; one without a day is left out."""
    lines = ["http://paper.example/html/2024-05/16/node_3.htm", "远山工人报", "5月16日 星期四", "3版 一线"]
    source = read_words(folio_lines([*lines, *BODY]))

    assert facts(source) == ("远山工人报", "2024-05-16", 3)
    assert (source.url, source.origins["issue_date"]) == (lines[0], SourceOrigin.ADDRESS)
    assert read_words(["http://paper.example", *lines[1:]]).url is None


@pytest.mark.parametrize("line", ["大家说，好 3", "第3版 大家说，好"])
def test_words_of_a_sentence_beside_a_number_name_no_page(line: str) -> None:
    """Furniture of a scan may hold a line of an article: it gives neither bare numbers nor names."""
    source = read_words(["2024年5月16日 星期四", line])

    assert (source.page_no, source.page_name) == (3 if "版" in line else None, None)


PATHS = {
    "all": ("工人日报/2025-11-14/03版.jpg", ("工人日报", "2025-11-14", 3)),
    "date and number": ("2025-11-14-03.pdf", (None, "2025-11-14", 3)),
    "packed": ("20251114_p2.png", (None, "2025-11-14", 2)),
    "chinese": ("工人日报2025年11月14日第3版.txt", ("工人日报", "2025-11-14", 3)),
    "ocr file": ("20251114_p2.rapidocr.json", (None, "2025-11-14", 2)),
    "counter": ("page-017.txt", (None, None, None)),
    "photo": ("IMG_20251114_093012.jpg", (None, None, None)),
    "scan": ("scan-20251114.png", (None, None, None)),
    "messenger": ("微信图片_20251114093012.jpg", (None, None, None)),
    "backup folder": ("backup-20240101/a.txt", (None, None, None)),
    "no such day": ("2025-13-40/a.txt", (None, None, None)),
}


@pytest.mark.parametrize(("path", "wanted"), PATHS.values(), ids=PATHS)
def test_names_of_files_and_folders(path: str, wanted: tuple) -> None:
    """A name counts if it holds nothing else: a day in the name of a photograph is not that of an issue."""
    assert facts(read_path(Path(path))) == wanted


@pytest.mark.parametrize(
    ("address", "wanted"),
    [
        ("http://paper.example/html/2025-11/14/node_3.htm", (None, "2025-11-14", 3)),
        ("http://paper.example/20251114/page_02.html", (None, "2025-11-14", 2)),
        ("http://paper.example/2025-11/14/content_88213.htm", (None, "2025-11-14", None)),
    ],
)
def test_address_of_a_digital_newspaper(address: str, wanted: tuple) -> None:
    """Day and page stand in the address of a page; the number of an article is none of a page."""
    source = read_address(address)

    assert facts(source) == wanted
    assert source.url == address


def test_most_trusted_place_wins() -> None:
    """Each field is taken from the most trusted place that tells it, and says from where."""
    named = read_path(Path("2025-11-15-02.png"))
    printed = read_words(["岚州工人报", "2025年11月14日 星期五"])

    source = merge([named, printed])

    assert facts(source) == ("岚州工人报", "2025-11-14", 2)
    assert source.origins["page_no"] is SourceOrigin.FILE_NAME


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name,page_no\na,1\n", "column 'name'"),
        ("page_no\n1\n", "no column 'file'"),
        ("file,issue_date\na,14.11.2025\n", "line 2"),
        ("file,page_no\na,1\nb,drei\nc,x\n", "line 3.*line 4"),
    ],
)
def test_wrong_sidecar_is_told_whole(text: str, said: str) -> None:
    """A sidecar is a person's word; what is wrong with it is said, all lines at once."""
    with pytest.raises(InputError, match=said):
        read_sidecar(text.encode(), path=Path("sources.csv"))


@pytest.mark.parametrize(
    ("lines", "number"),
    [
        (["2 工会新闻", "岭湾工人报", "2025年11月14日 星期五"], 2),
        (["12　综合新闻", "2025年11月14日"], 12),
        (["3 基层·工会  LINGWAN GONGREN BAO", "岭湾工人报 2025年11月14日 星期五"], 3),
        (["综合新闻　2025年11月14日　星期五　6"], 6),
        (["2 工会新闻", "岭湾工人报"], None),
        (["第5版", "3 工会新闻", "2025年11月14日 星期五"], 5),
        (["2 工会新闻", "3 综合", "2025年11月14日 星期五"], None),
        (["30名职工", "2025年11月14日 星期五"], None),
    ],
)
def test_bare_number_before_the_name_of_a_page_is_its_number(lines: list[str], number: int | None) -> None:
    """A number and a word by themselves are a folio where a day stands beside them, and no number of a page else."""
    assert read_words(lines).page_no == number
