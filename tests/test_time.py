"""The words for a time become dates: whole, or none."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from summariser.numbers.time import TimePrecision, TimeSpan, read_time

ISSUED = date(2025, 11, 14)
DAYS = st.dates(date(1900, 1, 1), date(2099, 12, 31))
HANZI = "〇一二三四五六七八九"

CLOSED = {
    "a day": ("2025年3月8日", "2025-03-08", "2025-03-08"),
    "a day in hanzi": ("二○二五年三月二十八日", "2025-03-28", "2025-03-28"),
    "a year with the letter O": ("二O一九年", "2019", "2019"),
    "a day in figures": ("2019.7.1", "2019-07-01", "2019-07-01"),
    "a day as ISO has it, with its hour": ("2019-07-01 09:30", "2019-07-01", "2019-07-01"),
    "full width, spaced": ("２０２４ 年 １２ 月 ３１ 日", "2024-12-31", "2024-12-31"),
    "spaced by the letter": ("2 0 2 4 年 6 月", "2024-06", "2024-06"),
    "a hard wrap": ("2024年1\n2月", "2024-12", "2024-12"),
    "曰 for 日": ("2024年8月3曰至5曰", "2024-08-03", "2024-08-05"),
    "the day of the week and the hour": ("2025年9月1日（星期一）上午9时至11时", "2025-09-01", "2025-09-01"),
    "a leap day": ("2024年2月29日", "2024-02-29", "2024-02-29"),
    "a feast": ("2025年“三八”国际劳动妇女节", "2025-03-08", "2025-03-08"),
    "New Year's day": ("2026年元旦", "2026-01-01", "2026-01-01"),
    "a month": ("2025年6月份", "2025-06", "2025-06"),
    "January by its other name": ("2026年元月份", "2026-01", "2026-01"),
    "a day of that January": ("二〇一九年元月十八日", "2019-01-18", "2019-01-18"),
    "a third of that January": ("2026年元月中旬", "2026-01", "2026-01"),
    "over the new year to that January": ("2025年11月至元月", "2025-11", "2026-01"),
    "a third of a month": ("2025年6月上旬", "2025-06", "2025-06"),
    "the end of a month": ("2025年6月底", "2025-06", "2025-06"),
    "the end of a year": ("2025年年底", "2025", "2025"),
    "the beginning of a year": ("2025年初", "2025", "2025"),
    "a half year": ("2024年下半年", "2024-07", "2024-12"),
    "a quarter": ("2024年第三季度", "2024-07", "2024-09"),
    "quarters": ("2024年前三季度", "2024-01", "2024-09"),
    "a quarter in short": ("2019年第二季", "2019-04", "2019-06"),
    "a quarter in short, in figures": ("2019年第4季的工時", "2019-10", "2019-12"),
    "quarter to quarter in short": ("2019年第二季至第四季", "2019-04", "2019-12"),
    "two quarters in short": ("2019年第三季、第四季", "2019-07", "2019-12"),
    "a season of the year": ("2019年秋季", "2019", "2019"),
    "a crop": ("2019年第二季稻", "2019", "2019"),
    "a show": ("2019年第二季节目", "2019", "2019"),
    "two quarters": ("2024年第三、四季度", "2024-07", "2024-12"),
    "months from the first": ("2024年前8个月", "2024-01", "2024-08"),
    "month to month": ("2023年5月至7月", "2023-05", "2023-07"),
    "month to month, the unit once": ("2019年1至6月", "2019-01", "2019-06"),
    "month to month, a wave": ("2023年11月～2024年2月", "2023-11", "2024-02"),
    "month to month, over the new year": ("2023年11月至2月", "2023-11", "2024-02"),
    "half a year over the new year": ("2023年10月至4月", "2023-10", "2024-04"),
    "a year of the Republic": ("民國108年", "2019", "2019"),
    "a year of the Republic, digit by digit": ("民国一一二年3月9日", "2023-03-09", "2023-03-09"),
    "a year of the Republic in words": ("中华民国三十一年五月", "1942-05", "1942-05"),
    "the first year of the Republic": ("民国元年", "1912", "1912"),
    "a year of the Republic of two figures": ("民国25年6月", "1936-06", "1936-06"),
    "year to year of the Republic": ("民国108年至111年", "2019", "2022"),
    "month to month of the Republic": ("民国108年11月至109年2月", "2019-11", "2020-02"),
    "a year of ours in the Republic": ("民国时期的1935年", "1935", "1935"),
    "a decade": ("上世纪70年代", "1970", "1979"),
    "a decade in hanzi": ("上个世纪七十年代", "1970", "1979"),
    "a decade of a century": ("20世纪50年代", "1950", "1959"),
    "a decade of a century in hanzi": ("二十世纪五十年代", "1950", "1959"),
    "a decade in figures": ("1970年代", "1970", "1979"),
    "always from a month": ("2019年5月始终", "2019-05", "2019-05"),
    "begun to be built": ("1958年始建", "1958", "1958"),
    "the first days of a year": ("2019年初始", "2019", "2019"),
    "the hour and minute": ("2023年10月8日9:05至10:00", "2023-10-08", "2023-10-08"),
    "the hour in words": ("2023年10月8日上午九点三十分", "2023-10-08", "2023-10-08"),
    "to a month of the next year": ("2023年8月至次年6月", "2023-08", "2024-06"),
    "year to year": ("2021年到2023年", "2021", "2023"),
    "year to year, the unit once": ("1998—2001年", "1998", "2001"),
    "year to year, the unit with the first": ("2011年至2018", "2011", "2018"),
    "year to year, a dash, the unit with the first": ("2011年—2018", "2011", "2018"),
    "year to year, the unit with the first, and how long": ("从2011年到2018这八年", "2011", "2018"),
    "within years, the unit with the first": ("在2011年至2018期間", "2011", "2018"),
    "a year, and so many people": ("2011年至2018人", "2011", "2011"),
    "a year, and a number that is none": ("2011年至208人", "2011", "2011"),
    "year to year in hanzi": ("二〇二一至二〇二三年", "2021", "2023"),
    "year to year, the century once": ("2019-21年", "2019", "2021"),
    "day to day": ("2024年9月28日至10月7日", "2024-09-28", "2024-10-07"),
    "day to day of one month": ("2024年9月3日—9日", "2024-09-03", "2024-09-09"),
    "day to day, the unit once": ("2024年9月3至9日", "2024-09-03", "2024-09-09"),
    "day to day in figures": ("2024.9.28-10.7", "2024-09-28", "2024-10-07"),
    "day to day over the new year": ("2024年12月30日至1月2日", "2024-12-30", "2025-01-02"),
    "two days": ("2024年9月3日、4日", "2024-09-03", "2024-09-04"),
    "months in a list": ("2024年10月、11月和12月", "2024-10", "2024-12"),
    "days in a list over a new year": ("2024年12月31日和1月1日", "2024-12-31", "2025-01-01"),
    "from a month on to another": ("从2024年1月开始到3月", "2024-01", "2024-03"),
    "a feast in short": ("2025年“五一”", "2025-05-01", "2025-05-01"),
    "a feast in short, with its rank": ("2024年六一节", "2024-06-01", "2024-06-01"),
    "a day of remembrance": ("2024年全国消防日", "2024-11-09", "2024-11-09"),
    "from feast to feast": ("2024年五一至国庆", "2024-05-01", "2024-10-01"),
    "a lunar feast": ("2025年端午节", "2025", "2025"),
    "a year of two figures": ("〇八年", "2008", "2008"),
    "a year of two figures, of the last century": ("九七年", "1997", "1997"),
    "a year of two figures before a month": ("二三年三月", "2023-03", "2023-03"),
    "two figures before a month": ("98年7月", "1998-07", "1998-07"),
    "from and to": ("自2023年6月起至2024年5月止", "2023-06", "2024-05"),
    "a day to a month": ("2024年9月28日至10月", "2024-09", "2024-10"),
    "a word that begins with 起": ("2023年6月起步", "2023-06", "2023-06"),
}
ONE_SIDED = {
    "since a year": ("自2021年以来", "2021", None),
    "since a year, traditional": ("自2021年以來", "2021", None),
    "since a month": ("2022年9月起", "2022-09", None),
    "since a day": ("2022年9月1日起施行", "2022-09-01", None),
    "since it began": ("从2022年开始", "2022", None),
    "since, in one character": ("1958年始", "1958", None),
    "since a month, in one character": ("2021年4月始，", "2021-04", None),
    "since a day, in one character": ("自2021年4月8日始", "2021-04-08", None),
    "since a year without its unit": ("自2012开始", "2012", None),
    "since a year without its unit, short": ("从2012起", "2012", None),
    "since a year without its unit, and what": ("自2012以来", "2012", None),
    "since a year without its unit, and what began": ("自2012开始在各班组推广以来", "2012", None),
    "since a year without its unit, until now": ("从2012至今", "2012", None),
    "since a year of the Republic": ("自民国108年起", "2019", None),
    "up to a quarter in short": ("截至2019年第二季", None, "2019-06"),
    "until now": ("2022年9月至今", "2022-09", None),
    "since, in hanzi": ("自二〇二二年九月以来", "2022-09", None),
    "up to": ("截至2024年底", None, "2024"),
    "before the end of": ("2024年6月底前", None, "2024-06"),
    "before a day": ("2024年11月15日前", None, "2024-11-15"),
    "before a day, as spoken": ("2024年11月8号前", None, "2024-11-08"),
    "before a day in hanzi": ("2024年十二月三十一日以前", None, "2024-12-31"),
}
NO_DATE = {
    "since what the sentence before names": "自那时起到2025年11月底",
    "no month": "2025年13月1日",
    "a line": "3号线",
    "furnaces": "三、四号炉",
    "a shaft": "四号井",
    "a building": "12号楼",
    "a document": "8号文件",
    "no day": "2025年4月31日",
    "day zero": "2025年4月0日",
    "no leap year": "2023年2月29日",
    "an end that is none": "2025年3月28日至4月31日",
    "a beginning that is none": "2025年2月30日至3月2日",
    "years backwards": "2025年至2023年",
    "months backwards": "2025年8月至3月",
    "a new year too far off": "2025年9月至4月",
    "a number with a zero before it": "02025年",
    "days backwards": "2025年3月8日至1日",
    "half a date": "2025年3月8",
    "a longer number": "12025年3月",
    "no date": "近日",
    "two feasts": "2025年元旦、春节期间",
    "a feast and a lunar one": "2025年国庆、中秋期间",
    "two days apart": "2025年3月1日和3月8日",
    "two days of a month apart": "2025年3月1日、8日",
    "months apart": "2024年3月和5月",
    "quarters apart": "2024年第一、三季度",
    "years apart": "2021年和2023年",
    "a medal": "五一劳动奖章",
    "the birthday of a state": "国庆75周年",
    "the eve of a feast": "2025年“七一”前夕",
    "a road": "七一路",
    "eleven": "十一",
    "up to no date": "从2025年3月到汛期",
    "two or three years": "二三年",
    "ninety-eight years or one": "98年",
    "a decade in two figures": "八零年代",
    "a length of time": "三年间",
    "no time in particular": "近年来",
    "a decade of no century": "70年代",
    "the beginning of a decade": "上世纪70年代初",
    "the middle of a decade": "20世纪70年代中期",
    "since a decade": "上世纪70年代以来",
    "from a decade on": "从上世纪70年代起",
    "two decades": "上世纪七八十年代",
    "decade to decade": "上世纪70年代至80年代",
    "a number and a decade": "21970年代",
    "a year of the Republic that is not said to be one": "108年3月9日",
    "the time of the Republic": "民国时期",
    "ten years of the Republic": "民国十年间",
    "three years in the Republic": "民国时期的3年",
    "two years of the Republic in one": "民国七八年",
    "the seventh or eighth year of the Republic, and a month": "民国七八年三月",
    "a season, or a quarter": "这一季",
    "a season of a show": "第二季",
    "a quarter that is none": "2019年第五季",
    "a price from which it goes": "从2012元起",
    "people of a number": "来自2012名",
    "every year": "每年3月",
    "the old calendar": "农历正月初八",
    "the first month of the old calendar": "2026年正月",
    "pay by the month": "4500元月薪",
    "the old calendar with a year": "2025年腊月二十三",
    "before": "2025年3月之前",
    "two dates not joined": "2023年5月筹建，2024年6月开放",
    "two months in one": "2025年七八月",
    "another year": "当年",
    "a day of no date": "日复一日",
    "too old a year": "1839年",
    "a text that is no words of time": "2025年" + "的工会工作" * 40,
}
ISSUED_READS = {
    "a day": ("3月8日", ("2025-03-08", "2025-03-08", "day", False)),
    "a span of days": ("10月28日至11月3日", ("2025-10-28", "2025-11-03", "day", False)),
    "months of this year": ("今年1至8月", ("2025-01", "2025-08", "month", False)),
    "the first two months": ("今年头两个月", ("2025-01", "2025-02", "month", False)),
    "the first two quarters": ("去年前两个季度", ("2024-01", "2024-06", "month", False)),
    "this year": ("今年以来", ("2025", None, "year", True)),
    "last year": ("去年3月", ("2024-03", "2024-03", "month", False)),
    "last year to this": ("去年12月至今年2月", ("2024-12", "2025-02", "month", False)),
    "January of this year": ("今年元月", ("2025-01", "2025-01", "month", False)),
    "this month": ("本月8日", ("2025-11-08", "2025-11-08", "day", False)),
    "last month": ("上个月", ("2025-10", "2025-10", "month", False)),
    "the month of issue": ("这个月", ("2025-11", "2025-11", "month", False)),
    "the end of this month": ("这个月底", ("2025-11", "2025-11", "month", False)),
    "since this month": ("这个月以来", ("2025-11", None, "month", True)),
    "the quarter of issue": ("这个季度", ("2025-10", "2025-12", "month", False)),
    "these months": ("这几个月", (None, None, "none", False)),
    "the first months": ("前三个月", ("2025-01", "2025-03", "month", False)),
    "the first months of something": ("开门头三个月", (None, None, "none", False)),
    "the first months of a job": ("入职前两个月", (None, None, "none", False)),
    "today": ("今日", ("2025-11-14", "2025-11-14", "day", False)),
    "tomorrow": ("明天", ("2025-11-15", "2025-11-15", "day", False)),
    "the end of the year": ("年底", ("2025", "2025", "year", False)),
    "yesterday": ("昨日", ("2025-11-13", "2025-11-13", "day", False)),
    "quarters": ("前三季度", ("2025-01", "2025-09", "month", False)),
    "a day of the month": ("8日", ("2025-11-08", "2025-11-08", "day", False)),
    "a day not yet come": ("28日", (None, None, "day", False)),
    "a month not yet come": ("12月", ("2024-12", "2024-12", "month", False)),
    "some day before": ("日前", (None, None, "none", False)),
    "another year": ("当年8月", (None, None, "month", False)),
}


RECKONED = {  # by the words: the day of issue and EDTF
    "the year of issue": ("今年", "2025-11-14", "2025"),
    "the year two before": ("前年8月", "2025-11-14", "2023-08"),
    "this week": ("本周", "2025-11-14", "2025-11-10/2025-11-16"),
    "the week before, over a month": ("上周", "2025-11-05", "2025-10-27/2025-11-02"),
    "three years before": ("大前年底", "2025-11-14", "2022"),
    "three years on": ("大后年", "2025-11-14", "2028"),
    "the week before last": ("上上周", "2025-11-14", "2025-10-27/2025-11-02"),
    "a day of the week before last": ("上上周五", "2025-11-14", "2025-10-31"),
    "the month before last": ("上上个月", "2025-11-14", "2025-09"),
    "the quarter before last": ("上上季度", "2025-11-14", "2025-34"),
    "a month so many years ago": ("三年前的3月", "2025-11-14", "2022-03"),
    "a month some years ago": ("十几年前的3月", "2025-11-14", None),
    "a year that is printed, and how long ago": ("五年前的2020年3月", "2025-11-14", "2020-03"),
    "the end of October in former years": ("往年刚到10月底", "2025-11-14", None),
    "the years before": ("以前年度", "2025-11-14", None),
    "from the first hour of a day": ("1月1日零时起", "2025-03-12", "2025-01-01/.."),
    "since a summer came": ("2024年入夏以来", "2025-11-14", "2024-22/.."),
    "a day of last week": ("上周五", "2025-11-14", "2025-11-07"),
    "a Sunday ends its week": ("本周日", "2025-11-14", "2025-11-16"),
    "a day of next week": ("下个星期一", "2025-11-14", "2025-11-17"),
    "a day and its name": ("11月7日（上周五）", "2025-11-14", "2025-11-07"),
    "last night": ("昨晚", "2025-11-01", "2025-10-31"),
    "this morning": ("今晨", "2025-11-01", "2025-11-01"),
    "now": ("目前", "2025-11-14", "2025-11-14~"),
    "up to now": ("截至目前", "2025-11-14", "../2025-11-14~"),
    "up to when it was written": ("截至记者发稿时", "2025-11-14", "../2025-11-14~"),
    "from a month to now": ("2022年9月至今", "2025-11-14", "2022-09/.."),
    "since a half of the year": ("下半年以来", "2024-10-15", "2024-07/.."),
    "half a year back": ("近半年来", "2024-10-15", "2024-04~/.."),
    "the quarter before": ("上一季度", "2024-08-01", "2024-34"),
    "the quarter to come": ("下一个季度", "2024-08-01", "2024-36"),
    "the two quarters behind": ("后两季度", "2024-08-01", None),
    "the first months without 个": ("前5月", "2024-08-01", "2024-01/2024-05"),
    "a month now": ("目前5月", "2024-08-01", "2024-05"),
    "all but a month": ("除5月外", "2024-08-01", None),
    "a winter and a spring": ("今冬明春", "2024-11-01", None),
    "a winter that began the year before": ("今冬", "2024-01-10", "2023-24"),
    "a winter that began, at its end": ("今冬", "2024-02-20", "2023-24"),
    "a winter that begins": ("今冬", "2024-12-10", "2024-24"),
    "a quarter of this year in short": ("今年第三季", "2024-12-01", "2024-35"),
    "a decade of the century before": ("上世纪70年代", "2001-01-10", "1970/1979"),
    "a decade of a century before the last": ("上世纪70年代", "2000-12-10", None),
    "within the year": ("年内", "2024-05-01", "2024"),
    "striven for within the year": ("力争年内", "2024-05-01", "2024"),
    "within three years": ("三年内", "2024-05-01", None),
    "within 3 years": ("3年内", "2024-05-01", None),
    "the year as a whole, at its end": ("全年", "2024-11-19", "2024"),
    "the year as a whole, a day before": ("全年", "2024-10-31", None),
    "the year as a whole, before": ("全年", "2024-08-01", None),
    "a year that others know as a whole": ("明年全年", "2024-11-19", "2025"),
    "months between which was talked": ("从5月谈到7月", "2024-11-19", "2024-05/2024-07"),
    "a deadline to come": ("6月底前", "2024-05-01", "../2024-06"),
    "a deadline that is over": ("12月底前", "2024-01-10", "../2023-12"),
    "a deadline that may be either": ("10月底前", "2024-05-01", None),
    "what is striven for": ("力争9月底前", "2024-05-01", "../2024-09"),
    "a count up to a day": ("截至6月底", "2024-05-01", "../2023-06"),
    "since what began in a month": ("8月开渔以来", "2025-11-14", "2025-08/.."),
    "since what began on a day": ("9月1日新校投用至今", "2025-11-14", "2025-09-01/.."),
    "behind what began in a month": ("今年3月推行后", "2025-11-14", "2025-03/.."),
    "from what began in a year": ("自2023年成立起", "2025-11-14", "2023/.."),
    "about what began": ("8月开学前后", "2025-11-14", "2025-08"),
    "behind a month": ("3月后", "2025-11-14", None),
    "the same time, which is told elsewhere": ("去年同期", "2025-11-14", None),
    "since the year began": ("今年以来", "2025-11-14", "2025/.."),
    "since the year began, short": ("今年来", "2025-11-14", "2025/.."),
    "since a month": ("自10月起", "2025-11-14", "2025-10/.."),
    "since a day that may be to come": ("自12月1日起施行", "2025-11-14", None),
    "up to a month": ("截至10月底", "2025-11-14", "../2025-10"),
    "the last years": ("近三年", "2025-11-14", "2022~/.."),
    "for some years": ("10年来", "2025-11-14", "2015~/.."),
    "the last months, over a year": ("近5个月来", "2025-03-14", "2024-10~/.."),
    "the last half year": ("过去半年", "2025-03-14", "2024-09~/.."),
    "the last days": ("最近10天", "2025-03-05", "2025-02-23~/.."),
    "the last weeks": ("近两周", "2025-11-14", "2025-10-31~/.."),
    "years of no number": ("近几年", "2025-11-14", None),
    "more years than are meant": ("近百年来", "2025-11-14", None),
    "more than three years": ("三年多来", "2025-11-14", None),
    "years, since or until which is not said": ("三年", "2025-11-14", None),
    "a plan of five years": ("“十四五”期间", "2025-11-14", "2021/2025"),
    "a plan, bare": ("“十三五”", "2025-11-14", "2016/2020"),
    "since a plan began": ("“十四五”以来", "2025-11-14", "2021/.."),
    "the first year of a plan": ("“十五五”开局之年", "2025-11-14", "2026"),
    "the first year, by another word": ("“十四五”首年", "2025-11-14", "2021"),
    "the last year of a plan": ("十四五末", "2025-11-14", "2025"),
    "the fifteenth of an old month": ("正月十五期间", "2025-11-14", None),
    "this quarter": ("本季度", "2025-11-14", "2025-36"),
    "the quarter before, over a year": ("上季度", "2026-02-01", "2025-36"),
    "two quarters": ("第一、二季度", "2025-11-14", "2025-01/2025-06"),
    "a half year": ("上半年", "2025-11-14", "2025-01/2025-06"),
    "a season": ("去年冬季", "2025-11-14", "2024-24"),
    "a season, short": ("今夏", "2025-11-14", "2025-22"),
    "a season, bare": ("2022年秋", "2025-11-14", "2022-23"),
    "since a season, bare": ("去冬以来", "2025-11-14", "2024-24/.."),
    "a harvest is no season": ("2022年秋收", "2025-11-14", "2022"),
    "a solstice is no season": ("2022年冬至", "2025-11-14", "2022"),
    "since a season": ("2025年春天以来", "2025-11-14", "2025-21/.."),
    "about a month": ("2025年8月前后", "2025-11-14", "2025-08~"),
    "about a year": ("约2023年", "2025-11-14", "2023~"),
    "about in a year": ("大约在2023年", "2025-11-14", "2023~"),
    "about two months": ("2025年8月至9月左右", "2025-11-14", "2025-08~/2025-09~"),
    "over the new year": ("12月28日", "2026-01-03", "2025-12-28"),
    "a day of the year before": ("12月15日", "2025-11-14", "2024-12-15"),
    "tomorrow": ("11月15日", "2025-11-14", "2025-11-15"),
    "days of the next two weeks": ("5月23日至27日", "2026-05-22", "2026-05-23/2026-05-27"),
    "the day of issue": ("11月14日", "2025-11-14", "2025-11-14"),
    "the last day of the month before": ("31日", "2025-11-01", "2025-10-31"),
    "a day that the month before had not": ("31日", "2025-10-01", None),
    "the last leap day": ("2月29日", "2025-11-14", "2024-02-29"),
    "a quarter of the year before": ("四季度", "2026-01-10", "2025-36"),
    "a quarter of the year before, long over": ("四季度", "2025-06-30", None),
    "the day of issue, alone": ("14日", "2025-11-14", "2025-11-14"),
    "seventy years": ("70年来", "2025-11-14", "1955~/.."),
    "numerals that are no number": ("近二三年", "2025-11-14", None),
    "months of the year before": ("1至11月", "2026-01-03", "2025-01/2025-11"),
    "months told of before they are over": ("前8个月", "2025-08-20", "2025-01/2025-08"),
    "months that are not over": ("前8个月", "2025-07-20", None),
    "months that go on": ("9月至12月", "2025-11-14", "2025-09/2025-12"),
    "a half year long over or to come": ("下半年", "2025-06-30", None),
    "a feast that was": ("国庆节", "2025-11-14", "2025-10-01"),
    "a feast that may be to come": ("元旦", "2025-12-28", None),
    "a feast in short": ("“七一”", "2025-11-14", "2025-07-01"),
    "about a feast": ("五一期间", "2025-06-02", "2025-05-01~"),
    "a holiday": ("十一黄金周", "2025-11-14", "2025-10-01~"),
    "announced": ("将于12月28日", "2025-11-14", "2025-12-28"),
    "announced, of the next year": ("将于1月5日", "2025-12-28", "2026-01-05"),
    "announced, of the next month": ("定于3日", "2025-11-28", "2025-12-03"),
    "announced, a span": ("拟于11月28日至12月3日", "2025-11-14", "2025-11-28/2025-12-03"),
}


@pytest.mark.parametrize(("text", "start", "end"), CLOSED.values(), ids=CLOSED)
def test_words_give_both_ends(text: str, start: str, end: str) -> None:
    """Both ends of a time are read, at the precision they are printed with."""
    precision = {4: "year", 7: "month", 10: "day"}[len(start)]

    assert read_time(text) == (start, end, precision, False, False)


@pytest.mark.parametrize(("text", "start", "end"), ONE_SIDED.values(), ids=ONE_SIDED)
def test_one_end_may_be_left_open(text: str, start: str | None, end: str | None) -> None:
    """Since a time has no end, up to a time no start."""
    span = read_time(text)

    assert (span.start, span.end, span.open) == (start, end, end is None)


@pytest.mark.parametrize("text", NO_DATE.values(), ids=NO_DATE)
def test_what_is_no_date_gives_none(text: str) -> None:
    """What cannot be read whole gives no date, not the part of it that could be read, whenever the paper came out."""
    assert read_time(text) == TimeSpan(None, None, TimePrecision.NONE)
    assert read_time(text, ISSUED) == (None, None, "none", False, False)


@pytest.mark.parametrize("text", ["3月8日", "３月8日、9日", "三月八日", "8日", "8日、9日", "8号", "8号晚"])
def test_a_year_that_is_not_printed_is_not_guessed(text: str) -> None:
    """Without year and day of issue only the precision is known."""
    assert read_time(text) == (None, None, "day", False, False)


@pytest.mark.parametrize(("text", "expected"), ISSUED_READS.values(), ids=ISSUED_READS)
def test_the_day_of_issue_gives_what_is_not_printed(text: str, expected: tuple[object, ...]) -> None:
    """The day of issue gives year and month; it may be a date or ISO text."""
    span = read_time(text, ISSUED)

    assert read_time(text, "2025-11-14") == span == (*expected, False)


@pytest.mark.parametrize(("text", "precision"), [("12月至次年3月", "month"), ("年底", "none"), ("今天", "none")])
def test_words_that_need_a_year_give_no_date_without_one(text: str, precision: str) -> None:
    """The year after an unknown year is unknown too."""
    assert read_time(text) == (None, None, precision, False, False)


@pytest.mark.parametrize(("text", "issued", "edtf"), RECKONED.values(), ids=RECKONED)
def test_words_are_reckoned_from_the_day_of_issue(text: str, issued: str, edtf: str | None) -> None:
    """What the day of issue decides is a date as EDTF has it; what it leaves open is none."""
    assert read_time(text, issued).edtf == edtf


@pytest.mark.parametrize("text", ["近三年", "目前", "“十四五”期间", "2025年8月前后", "上周五", "约2023年", "本周"])
def test_words_that_need_the_day_of_issue_give_no_date_without_it(text: str) -> None:
    """Without the day of issue only dates that print their year are read."""
    assert read_time(text) == (None, None, "none", False, False)


def test_the_caller_may_know_that_a_date_is_announced() -> None:
    """Who knows that something is to come says so: the date is then the next one, not the last."""
    assert read_time("12月28日", ISSUED).edtf == "2024-12-28"
    assert read_time("12月28日", ISSUED, announced=True).edtf == "2025-12-28"
    assert read_time("1月5日", ISSUED, announced=True).edtf == "2026-01-05"
    assert read_time("今年3月", ISSUED, announced=True).edtf == "2025-03"


@pytest.mark.parametrize(
    ("text", "issued", "edtf"),
    [
        ("12月", "2026-09-01", "2026-12"),
        ("12月", "2026-01-10", "2025-12"),
        ("3月", "2026-05-10", "2026-03"),
        ("3月", "2026-12-10", "2027-03"),
        ("8月至10月", "2026-09-15", "2026-08/2026-10"),
        ("去年12月", "2026-09-01", "2025-12"),
        ("下半年", "2026-03-15", None),
        ("2月30日", "2026-03-15", None),
    ],
)
def test_a_date_that_may_be_to_come_or_over_is_the_nearest(text: str, issued: str, edtf: str | None) -> None:
    """Where nobody knows whether it is to come, the nearest date counts, and none if two are about as near."""
    assert read_time(text, issued, announced=None).edtf == edtf


@pytest.mark.parametrize("issued", ["0001-01-01", "1839-12-31", "2101-01-01", "9999-12-31"])
def test_a_day_of_issue_of_no_newspaper_is_none(issued: str) -> None:
    """From a day outside 1840 to 2100 nothing is reckoned; what is printed is read."""
    for words in ("昨天", "明天", "上周五", "近三年", "去年3月"):
        assert read_time(words, issued).edtf is None
    assert read_time("2025年3月", issued).edtf == "2025-03"


def test_a_time_of_issue_counts_as_its_day() -> None:
    """A datetime, as tables of data have it, is the day it is of."""
    moment = datetime(2025, 8, 14, 23, 59, tzinfo=UTC)

    for words in ("1月", "昨天", "今天", "近三年", "12月28日"):
        assert read_time(words, moment) == read_time(words, moment.date())


def test_a_day_of_issue_that_is_none_is_an_error() -> None:
    """The day of issue is ISO text."""
    with pytest.raises(ValueError, match="14"):
        read_time("今年", "14.11.2025")


@settings(max_examples=150, deadline=None)
@given(
    DAYS,
    st.sampled_from(["{y}年{m}月{d}日", "{y}.{m}.{d}", "{y}/{m:02}/{d:02}", "{y} 年{m} 月{d}日", "{h}年{m}月{d}号"]),
)
def test_a_day_that_was_written_is_read(day: date, form: str) -> None:
    """Whatever the form, the day read is the day written, and no column to wrap it at changes that."""
    hanzi = "".join(HANZI[int(digit)] for digit in str(day.year))
    text = form.format(y=day.year, m=day.month, d=day.day, h=hanzi)

    for column in range(len(text) + 1):
        assert read_time(text[:column] + "\n" + text[column:]) == (
            day.isoformat(),
            day.isoformat(),
            "day",
            False,
            False,
        )


@settings(max_examples=150, deadline=None)
@given(DAYS, st.integers(0, 400), st.sampled_from("至到-—~"))
def test_a_span_that_was_written_is_read_and_never_backwards(day: date, length: int, joint: str) -> None:
    """A span of days gives both of them; the same span the wrong way round gives none."""
    last = min(day + timedelta(days=length), date(2099, 12, 31))
    first_text, last_text = (f"{end.year}年{end.month}月{end.day}日" for end in (day, last))

    assert read_time(first_text + joint + last_text) == (day.isoformat(), last.isoformat(), "day", False, False)
    if last > day:
        assert read_time(last_text + joint + first_text) == (None, None, "none", False, False)


@settings(max_examples=150, deadline=None)
@given(DAYS, st.integers(0, 350))
def test_a_day_without_its_year_is_the_last_one_or_the_next_if_announced(day: date, since: int) -> None:
    """Month and day give the last such day up to the issue, unless the next comes in two weeks; announced, the next."""
    text = f"{day.month}月{day.day}日"
    if (day.month, day.day) == (2, 29):
        return

    assert read_time(text, day + timedelta(days=since)).edtf == day.isoformat()
    assert read_time("将于" + text, day - timedelta(days=since)).edtf == day.isoformat()


@settings(max_examples=150, deadline=None)
@given(DAYS, st.integers(1, 400), st.sampled_from(["day", "month", "year"]), st.sampled_from(["", "since", "until"]))
def test_a_span_comes_back_from_its_edtf(day: date, length: int, unit: str, side: str) -> None:
    """EDTF holds both ends at their precision, and says which of them is open."""
    last, size = day + timedelta(days=length), {"day": 10, "month": 7, "year": 4}[unit]
    first_words, last_words = (
        {
            "day": f"{end.year}年{end.month}月{end.day}日",
            "month": f"{end.year}年{end.month}月",
            "year": f"{end.year}年",
        }[unit]
        for end in (day, last)
    )
    text = {"": f"{first_words}至{last_words}", "since": f"自{first_words}以来", "until": f"截至{last_words}"}[side]
    ends = [None if side == "until" else day.isoformat()[:size], None if side == "since" else last.isoformat()[:size]]

    edtf = read_time(text).edtf
    assert edtf
    found = [None if end == ".." else end for end in edtf.split("/")]
    if len(found) == 1:
        quarter = edtf[5:] in {"33", "34", "35", "36"} and unit == "month" and int(edtf[5:]) - 33
        found = found * 2 if quarter is False else [f"{edtf[:4]}-{quarter * 3 + at:02}" for at in (1, 3)]
    assert found == ends


@settings(max_examples=300, deadline=None)
@given(st.text("2025年月日号至到-.、自起以来今前后上半季度第三 初底\n:时", max_size=24))
def test_any_words_give_dates_of_the_calendar_or_none(text: str) -> None:
    """Whatever stands there, each end is a date that exists, and the start is not behind the end."""
    span = read_time(text, ISSUED)

    for end in (span.start, span.end):
        if end:
            date.fromisoformat(end + "-01-01"[: 10 - len(end)])
    assert not (span.start and span.end) or span.start <= span.end
