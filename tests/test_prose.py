"""The model's own sentences are held against the article."""

from __future__ import annotations

from decimal import Decimal

import pytest
from making import LINES, make_test_article

from summariser import Article, check_chinese, check_english, collect_facts
from summariser.numbers.numerals import find_english_numerals

ARTICLE = make_test_article(
    (
        *LINES,
        "千年古法还在用，每半年办一次，奖金最高可达100万元，报名突破上千人。活动在甘肃省张掖市，属甘州区。2025年11月13日起。"
        "新系统预计每年减省1800小时。工会服务百万职工。每天16:30到晚上7点开门，怀孕满3个月可以先走。",
    )
)
FACTS = collect_facts(ARTICLE)

FAITHFUL_CHINESE = {
    "numbers as printed": "近200名职工参加，服务5000余人次，每人补贴300元。",
    "approximation said otherwise": "将近200名职工参加，服务超5000人次。",
    "a place by its short name": "甘州区与张掖市的职工来了。",
    "a place by its full name": "张掖市总工会服务职工。",
    "a date": "活动自2025年11月13日起。",
    "a name as quoted": "“下班就能学，不耽误干活。”这话说得好。",
    "an estimate kept": "新系统一年可减省1800小时。",
    "a threshold in other words": "怀孕3个月后可以先走。",
    "a round number": "服务100万名职工。",
    "words that only look like numbers": "一线职工一起学，工会一方面出钱。",
}
INVENTED_CHINESE = {
    "a number": ("共有46人参加。", "number_not_in_article"),
    "a count of one's own": ("四项举措并行。", "number_not_in_article"),
    "余 dropped": ("服务5000人次。", "approximation_changed"),
    "近 added": ("每人发了近300元。", "approximation_changed"),
    "an estimate made a fact": ("新系统每年减省1800小时。", "approximation_changed"),
    "visits made people": ("服务5000余人。", "unit_changed"),
    "a place": ("活动在四川省成都市举行。", "place_not_in_article"),
    "a quoted name": ("推出“星火计划”。", "name_not_in_article"),
    "English": ("A union school.", "wrong_language"),
}
FAITHFUL_ENGLISH = {
    "numbers": "Nearly 200 workers took part; the school served more than 5,000 visits and pays 300 yuan each.",
    "words for numbers": "It offers three courses, held once every half year, by a method a thousand years old.",
    "scaled": "The top prize can reach 1 million yuan.",
    "passed": "Enrolment passed a thousand.",
    "hours of the day": "It is open from 4:30 p.m. to 19:00 every day.",
    "a threshold reached": "After 3 months of pregnancy they may leave early.",
    "an estimate": "The new system is expected to save 1,800 hours a year for its one million workers.",
    "the first": "For the first time, He was the first to enrol.",
    "a date": "It began on November 13, 2025.",
}
INVENTED_ENGLISH = {
    "a number": ("It taught 46 workers.", "number_not_in_article"),
    "an hour": ("It is open until 9 p.m. every day.", "number_not_in_article"),
    "a scale": ("It pays 300 million yuan.", "number_not_in_article"),
    "nearly dropped": ("It was attended by 200 workers.", "approximation_changed"),
    "an estimate made a fact": ("The new system saves 1,800 hours a year.", "approximation_changed"),
    "Chinese": ("临河区总工会办夜校。", "wrong_language"),
}


@pytest.mark.parametrize("text", FAITHFUL_CHINESE.values(), ids=FAITHFUL_CHINESE)
def test_faithful_chinese_passes(text: str) -> None:
    """What the article says, in other words, is no finding."""
    assert check_chinese(text, "summary", FACTS) == []


@pytest.mark.parametrize(("text", "rule"), INVENTED_CHINESE.values(), ids=INVENTED_CHINESE)
def test_invented_chinese_is_found(text: str, rule: str) -> None:
    """What the article does not say is found under its own rule."""
    assert rule in {finding.rule for finding in check_chinese(text, "summary", FACTS)}


@pytest.mark.parametrize("sign", "⑨㊈Ⅸⅸ٩९⁹〩𝟗", ids=ascii)
def test_sign_of_a_number_that_the_article_does_not_print_is_found(sign: str) -> None:
    """Whatever stands for a number is held against the article, in both languages; a sign that it prints is kept."""
    told = f"{sign}名职工参加。", f"It taught {sign} workers."
    printing = collect_facts(make_test_article((*LINES, f"另有{sign}名职工参加。")))

    for check, text in zip((check_chinese, check_english), told, strict=True):
        assert [finding.rule for finding in check(text, "summary", FACTS)] == ["number_not_in_article"]
        assert "number_not_in_article" not in {finding.rule for finding in check(text, "summary", printing)}


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("It taught ４６ workers.", ["number_not_in_article"]),
        ("It pays ３００ yuan, ４６％ of the costs.", ["number_not_in_article"]),
        ("It pays ３００ ｙｕａｎ each.", []),
        ("It served ５,０００ visits.", ["approximation_changed"]),
        ("It paid ３００ ｗｏｒｋｅｒｓ.", ["unit_changed"]),
    ],
)
def test_figures_of_any_width_are_read_in_english(text: str, rules: list[str]) -> None:
    """Full-width figures, letters and signs count as those of ASCII."""
    assert [finding.rule for finding in check_english(text, "summary_en", FACTS)] == rules


@pytest.mark.parametrize("text", ["", " \n"])
def test_what_is_empty_is_said_to_be_that_alone(text: str) -> None:
    """Where nothing is written, nothing is in a wrong language."""
    found = [*check_chinese(text, "summary", FACTS), *check_english(text, "summary_en", FACTS)]

    assert [(each.path, each.rule) for each in found] == [("summary", "prose_empty"), ("summary_en", "prose_empty")]


@pytest.mark.parametrize("text", FAITHFUL_ENGLISH.values(), ids=FAITHFUL_ENGLISH)
def test_faithful_english_passes(text: str) -> None:
    """A translation that keeps numbers and approximations is no finding."""
    assert check_english(text, "summary_en", FACTS) == []


@pytest.mark.parametrize(("text", "rule"), INVENTED_ENGLISH.values(), ids=INVENTED_ENGLISH)
def test_invented_english_is_found(text: str, rule: str) -> None:
    """A number of the translator's own, or one that lost its approximation, is found."""
    assert rule in {finding.rule for finding in check_english(text, "summary_en", FACTS)}


# What an article says, with sentences that keep it and sentences that do not.
KEPT_ENGLISH = {
    "shares of a thousand and more": (
        "费率为千分之三，滞纳金为万分之五，误差百万分之二。",
        [
            "The rate is three per thousand, the fee 5 per ten thousand, the error two in a million.",
            "The rate is 0.3 percent, the fee 0.05%, the error 2 parts per million.",
            "The rate is 3 per mille (3‰), the fee 0.5 per mille.",
        ],
        ["The rate is 3%.", "The fee is 0.5%.", "The fee is 5 per mille.", "The error is two in a thousand."],
    ),
    "how many there are to so many people": (
        "每万人配备3名指导员。",
        ["There are 3 per 10,000 people.", "They have three per ten thousand workers."],
        ["There are 4 per 10,000 people."],
    ),
    "so many in ten": (
        "近六成职工参加，满意率80%，90%以上的订单按时完成，做了30年，存了近20年。",
        [
            "Nearly six in ten workers took part; nearly six in ten are women.",
            "Four in five were content; more than nine in ten orders came in time.",
            "It took three decades; savings go back almost two decades.",
        ],
        [
            "Nearly seven in ten workers took part.",
            "Three in five were content.",
            "It took four decades.",
            "Nine in ten came in time.",
        ],
    ),
    "an end of a range": (
        "35岁以下113人，35至60岁2239人。",
        ["Those under 35 number 113, those from 35 to 60 2,239.", "Of those aged between 35 and 60 there are 2,239."],
        ["They number 112."],
    ),
    "an end of a range of others": (
        "年龄35至60岁，近60人参加，补贴300至500元，近500人报名。",
        ["Nearly 60 people aged 35 to 60 took part.", "It pays 300 to 500 yuan; nearly 500 people applied."],
        ["60 people took part.", "500 people applied."],
    ),
    "many without a measure word": (
        "欠下数百万工资，前6个月有几百学徒结业。",
        ["Several million yuan of wages were owed; several hundred finished in the first half of the year."],
        ["Several thousand finished.", "Tens of millions were owed.", "It took a third of the year."],
    ),
    "signs of units": (
        "活动室面积120平方米，节水3000立方米，减排二氧化碳30吨。",
        ["The room has 120 m².", "It saved 3,000 m³ of water and 30 tonnes of CO₂."],
        ["The room has 120 kg, 3,000 m³ of water.", "It took ³ workers."],
    ),
    "hours by half and quarter": (
        "上午7点半开门，九点一刻上课，下午5点三刻放学，一日三餐，三班倒，约1200多万元，首年报名300余名。",
        [
            "Open from 7:30 a.m., lessons at 9.15 am, home at 5.45 p.m.; three meals a day, three shifts.",
            "It opens at half past seven; upwards of 12 million yuan; more than 300 in the first year.",
            "About 12 million yuan.",
        ],
        ["It opens at 7:50 a.m.", "Open from 7.50 am.", "12 million yuan were paid.", "Four meals a day."],
    ),
    "halves, tenths and routes": (
        "费率下调50%，棉价低了3毛钱，限4分钟内做完，车站在沪昆线上，陜西的摘棉工来了。",
        [
            "The rate was halved, cotton is down by 0.3 yuan.",
            "It has to be done within 4 minutes, on the Shanghai-Kunming line; pickers came from Shaanxi.",
        ],
        [
            "The rate was tripled.",
            "Cotton is down by 0.4 yuan.",
            "It is in Kunming, on the Shanghai-Kunming line.",
            "It is on the Kunming road.",
        ],
    ),
    "numbers of two units in a row": (
        "能耗下降11%，另外有30%的人增加了工资。",
        [
            "Energy use fell 11 percent.",
            "Wages of 30 percent rose.",
            "Energy use fell 11%, and 30% of people had higher wages.",
        ],
        ["Energy use rose 11 percent."],
    ),
    "days, hours and speeds": (
        "“3·15”活动零时四十五分结束，皮带速度达4米/秒，次年夏天最多载15人，产量居全省首位。",
        [
            "It ended at 12:45 a.m. on March 15; the belt runs at 4 metres a second; output is first of all.",
            "It took 15 people at best the next year, at 4 metres per second.",
        ],
        [
            "It ended at 11:45 a.m.",
            "It ended on March 16.",
        ],
    ),
    "the minimum wage is no bound": (
        "最低工资由2.1万元提高到2.3万元，增幅4.56%，家在50里以外。",
        [
            "A rise of 4.56% took the monthly minimum wage to 23,000 yuan.",
            "It rose to NT$23,000, and home is more than 50 li away.",
        ],
        ["It rose to $23,000.", "Home is 50 li away."],
    ),
    "so many more than before": (
        "原先是251人，增加8人，服务6000余人次。",
        ["It is eight more than the 251 told before.", "It had 251, with more than 6,000 visits."],
        ["More than 251 came.", "It had eight rooms more than 251.", "It had 251 workers and 6,000 visits."],
    ),
    "a threshold that is reached": (
        "满300人的企业建工会。",
        [
            "Firms with 300 workers form unions.",
            "Firms with at least 300 workers form unions.",
            "Firms with 300 workers or more form unions.",
        ],
        ["Firms with fewer than 300 workers form unions.", "Firms with about 300 workers form unions."],
    ),
    "an hour and a half": (
        "培训1.5小时，会员享九五折。",
        [
            "Training lasts an hour and a half.",
            "Training lasts one and a half hours, or 90 minutes.",
            "Members get 5 percent off and pay 95%.",
        ],
        ["Training lasts two and a half hours.", "Members get 20 percent off.", "A million and a half came."],
    ),
    "shares of an hour": (
        "备课两刻钟，开会三刻钟，试讲15分钟。",
        ["It took three quarters of an hour after half an hour.", "The trial lesson took a quarter of an hour."],
        ["It took a third of an hour.", "A quarter of them came."],
    ),
    "once a quarter": (
        "各班组每季比武一次，检出率高达41%。",
        ["Teams compete once a quarter; the rate was as high as 41%.", "Each quarter they compete; it reached 41%."],
        ["Costs fell by a quarter.", "The rate was over 41%."],
    ),
    "a change from about a number to an exact one": (
        "会员由700来人增至5480人。",
        ["Members rose from about 700 to 5,480."],
        ["Members rose from about 700 to about 5,480.", "It has about 700 to 5,480 members."],
    ),
    "at least, a month": (
        "每月发放300元以上，惠及环卫工1.2万人次。",
        ["It pays 300 yuan or more a month.", "It pays 300 yuan and above a day; help was given on 12,000 occasions."],
        ["It pays 300 yuan a month.", "It helped 12,000 cleaners.", "It helped 12,000 riders in all."],
    ),
    "nearly": (
        "平均增幅接近13%，近200名职工参加。",
        [
            "The average rise approaches 13 percent.",
            "It is close to 13 percent, and the turnout nears 200 workers.",
            "The rise is just under 13 percent; almost 200 came.",
            "Nearly 200 workers came, a little short of 200.",
            "Just under 200 workers came, close on 13 percent of them new; fewer than 200 came.",
            "It inches towards 13 percent; turnout did not quite reach 200.",
        ],
        [
            "The average rise is 13 percent.",
            "The school can now open to 200 workers.",
            "From Monday to Friday it will serve 200 workers.",
            "More than 200 workers came.",
            "Attendance exceeded 200.",
            "The top school drew 200 workers.",
            "The rise tops 13 percent.",
            "Some 200 workers came.",
            "About 200 workers came.",
            "Around 200 workers came.",
            "Between them up to 200 workers came.",
            "As many as 200 workers came.",
        ],
    ),
    "more than": (
        "服务职工3000余人，节约成本超50万元。",
        [
            "It served more than 3,000 workers.",
            "Savings exceed 500,000 yuan.",
            "Savings surpassed RMB 500,000; 3,000-plus workers were served.",
            "Over 3,000 workers and upwards of half a million yuan.",
            "The number served topped 3,000.",
            "At least 3,000 workers were served.",
            "Savings have passed the 500,000 yuan mark.",
        ],
        [
            "It served 3,000 workers.",
            "It served nearly 3,000 workers.",
            "Savings do not exceed 500,000 yuan.",
            "No more than 3,000 workers were served.",
            "It may help up to 3,000 workers.",
            "About 3,000 workers were served.",
            "It rose from 20 to 3,000 workers.",
            "Savings will reach 500,000 yuan.",
        ],
    ),
    "a height that may be reached": (
        "局地气温可达41℃。",
        ["Locally it may reach up to 41 degrees.", "Highs of up to 41℃ are expected."],
        ["It will be nearly 41 degrees.", "It will be more than 41 degrees."],
    ),
    "a bound": (
        "每人最高补贴3000元，合格率不低于95%。",
        [
            "Each may receive up to 3,000 yuan.",
            "The maximum grant is 3,000 yuan, and the pass rate is at least 95 percent.",
            "Grants are capped at 3,000 yuan; no fewer than 95 percent pass.",
            "The rule raises the pass rate from at least 95 percent and limits grants to 3,000 yuan.",
            "A worker cannot be paid more than 3,000 yuan.",
            "The pass rate is 95 percent or more.",
            "The pass rate must not be less than 95 percent.",
        ],
        [
            "Each receives 3,000 yuan.",
            "Some did not pass but got more than 3,000 yuan.",
            "Each receives at least 3,000 yuan.",
            "The pass rate is under 95 percent.",
        ],
    ),
    "by which it is reckoned": (
        "每万件行李错0.8件，每旬查3回。",
        ["0.8 of every 10,000 bags go wrong.", "It checks three times every ten days."],
        ["0.8 of every 1,000 bags go wrong.", "It checks three times every twenty days."],
    ),
    "exact": (
        "建成站点45个，培训3年。",
        [
            "45 stations were built by more than one union.",
            "Training took place over 3 years, within 3 years of its start.",
            "From 45 stations came help.",
        ],
        [
            "More than 45 stations were built.",
            "Nearly 45 stations were built.",
            "At least 45 stations stand.",
            "Some 45 stations stand.",
            "Some 45-odd stations stand.",
            "There are 45-odd stations.",
            "There are 45 stations or so.",
        ],
    ),
    "exact, of what is counted": (
        "补贴300元，培训45人，学了3年，气温35度以上。",
        ["Over 3 years it paid 300 yuan.", "It stood above 35 degrees.", "They sat around 45 people."],
        ["It paid over 300 yuan.", "It trained above 45 workers.", "It paid under 300 yuan.", "Below 45 workers came."],
    ),
    "short of": (
        "参保不足200人，成本低于300元。",
        ["Fewer than 200 were insured.", "Nearly 200 were insured.", "It costs less than 300 yuan, at most 300 yuan."],
        ["About 200 were insured.", "Over 200 were insured.", "It costs 300 yuan."],
    ),
    "what another number is held against": (
        "就餐比例升到86%，未达到90%的目标；月薪4200元，高于行业平均的3800元。",
        [
            "The rate rose to 86%, below the 90% target.",
            "Dining Rate 86%, Short of 90 Percent Annual Goal",
            "Wages of 4,200 yuan are above the 3,800 yuan average.",
        ],
        ["The rate rose to 86%, and the target was below 90%.", "Over 86% beat the target."],
    ),
    "a few more or less": (
        "来了40来个学徒。",
        ["About 40 apprentices came.", "Some 40 apprentices came.", "More than 40 apprentices came."],
        ["Nearly 40 apprentices came.", "Up to 40 apprentices came."],
    ),
    "about": (
        "约60%的司机转岗。",
        ["About 60 percent changed posts.", "Roughly 60 percent did.", "Around 60% did.", "60 percent or so did."],
        ["60 percent changed posts.", "Nearly 60 percent changed posts.", "Over 60 percent changed posts."],
    ),
    "an estimate": (
        "全年预计节约用电800万千瓦时。",
        [
            "It is expected to save 8 million kilowatt-hours.",
            "It opens soon, with 8 million kilowatt-hours expected to be saved.",
            "The plan would save 8 million kilowatt-hours a year.",
            "About 8 million kilowatt-hours will be saved.",
        ],
        ["It saved 8 million kilowatt-hours.", "You may visit it; it saves 8 million kilowatt-hours."],
    ),
    "visits": (
        "全年服务职工5000人次，培训800人。",
        ["It served workers in 5,000 visits.", "There were 5,000 worker visits.", "It trained 800 people."],
        ["It served 5,000 workers.", "It served 5,000 young people.", "It counted 800 visits."],
    ),
    "percent": (
        "满意度提高3.2个百分点，产值增长7%。",
        ["Satisfaction rose by 3.2 percentage points.", "Output grew 7 percent."],
        ["Satisfaction rose by 3.2 percent.", "Output grew by 7 percentage points."],
    ),
    "money": (
        "出口300万美元，补贴5万元。",
        ["Exports came to $3 million.", "Exports: 3 million dollars.", "It paid 50,000 yuan.", "It paid RMB 50,000."],
        ["Exports came to 3 million yuan.", "It paid $50,000.", "It paid 50,000 dollars."],
    ),
    "times as much": (
        "奖牌数翻了一番，产量增长两倍。",
        ["The number of medals doubled.", "A twofold rise in medals.", "Output tripled."],
        ["The number quadrupled.", "The number halved.", "A fivefold rise."],
    ),
    "times as many": (
        "上半年奖牌数翻了一番，每周训练两次，去年3人获奖。",
        ["Medals are twice as many.", "They train twice a week.", "3 last year won."],
        ["Medals are three times as many.", "Medals halved in the first half of the year."],
    ),
    "times what it was": (
        "报名人数是去年的两倍，产量增至原来的四倍，奖金提高了两倍。",
        [
            "The number of applicants doubled.",
            "Output quadrupled.",
            "The bonus tripled.",
            "The bonus was 2 times higher.",
        ],
        ["Applicants rose fivefold.", "Output halved."],
    ),
    "times last year's": (
        "报名人数相当于上年的三倍。",
        ["The number of applicants tripled.", "Applicants were three times as many."],
        ["The number of applicants quadrupled.", "Applicants were twice as many."],
    ),
    "doubled in words": (
        "奖金翻倍，加班发放双倍工资，库存减半，订单增长了三倍。",
        [
            "The bonus doubled.",
            "It pays double wages.",
            "Stock halved.",
            "Orders rose threefold.",
            "Orders quadrupled.",
        ],
        ["The bonus tripled.", "Orders rose sixfold."],
    ),
    "approaching firms and a number": (
        "工会走访13家企业，近600名职工入会。",
        ["The union approached 13 companies.", "Membership approached 600 workers."],
        ["The union approached 14 companies.", "Membership came to 600 workers."],
    ),
    "twice two": ("产值翻两番。", ["Output quadrupled.", "A fourfold rise."], ["Output doubled.", "Output tripled."]),
    "halved": ("事故减少一半。", ["Accidents halved.", "Half of the accidents."], ["Accidents doubled."]),
    "shares": (
        "三分之一的职工参加，五分之一获奖，成本降0.5%。",
        [
            "A third of the workers took part.",
            "One in five won a prize.",
            "A fifth of them won.",
            "Costs fell by half a percent.",
            "Costs fell by 0.5 percent.",
        ],
        ["Two thirds took part.", "One in four won.", "A quarter took part.", "Three in every four won."],
    ),
    "below": (
        "气温零下30度，利润下降3.2%。",
        [
            "At minus 30 degrees.",
            "At 30 degrees below zero.",
            "Profit fell 3.2 percent.",
            "Profit: -3.2%.",
            "It was 30 degrees of frost, the lowest ever.",
        ],
        ["At minus 3 degrees.", "Profit fell 4.2 percent."],
    ),
    "January by its other name": (
        "元月八日开工，四月十五家企业入会。",
        ["Work began on January 8.", "In April 15 firms joined."],
        ["Work began on February 8."],
    ),
    "down to below zero": (
        "夜里降到零下24℃，水温降低6℃，亏损率-3%。",
        [
            "It dropped to minus 24 degrees at night.",
            "It fell to 24 degrees below freezing.",
            "Nights of 24 degrees of frost.",
            "The water cooled down by 6 degrees.",
            "The loss rate was down 3 percent.",
        ],
        ["It dropped to 24 degrees at night.", "Down to 24°C, the lowest.", "It fell by 24 degrees."],
    ),
    "nearly below zero": (
        "最低气温接近零下40℃，冷库约零下18℃。",
        [
            "The lowest was close to minus 40 degrees.",
            "The cold came near -40 degrees.",
            "It was nearly −40°C, the store at about negative 18.",
            "Almost minus 40; roughly - 18 degrees in the store.",
        ],
        ["It was minus 40 degrees.", "The store is at minus 18 degrees."],
    ),
    "two units": (
        "甲队以7分38秒登顶，老周工龄9年4个月，桥长2公里600米，一碗面4元5角，加班1小时15分钟，三分之一来自外省。",
        [
            "They took 7 minutes 38 seconds.",
            "He has 9 years and 4 months of service.",
            "It is 2 km 600 m long.",
            "Noodles cost 4 yuan 5 jiao.",
            "They worked 1 hour 15 minutes more.",
        ],
        ["They took 7 minutes 39 seconds.", "He has 9 years and 8 months of service.", "It has 3 parts."],
    ),
    "one in so many": (
        "每十人里才一人买过保险，每8名绣娘中就有1名带徒，每12户只有5户通气，每40个人里就一个会修，每30天补贴6元。",
        [
            "Only one in ten had insurance.",
            "One of every ten had it.",
            "One in eight of the embroiderers teaches.",
            "Five in every twelve homes have gas.",
            "1 in 40 can repair it.",
            "10 percent of them had insurance.",
        ],
        ["One in six had it.", "One in twelve had it.", "It is 0.2 yuan a day.", "One of every nine had it."],
    ),
    "not quantities": (
        "一期工程二号线第三届比赛。",
        ["Phase one, Line 2, the third contest.", "The first and the 3rd."],
        ["Three contests on 4 lines.", "The second contest of the fourth line.", "Phase five."],
    ),
}
KEPT_CHINESE = {
    "shares of a thousand and of ten thousand": (
        "费率为千分之三，滞纳金为万分之五。",
        ["费率为0.3%，滞纳金为0.05%。", "费率为3‰，滞纳金是万分之五。"],
        ["费率为3%。", "滞纳金为0.5%。", "滞纳金为5‰。"],
    ),
    "one year of one's own": (
        "每人每年补贴3000元，每月300元。",
        ["一年补贴3000元，一个月300元。"],
        ["项目历时一年。", "培训为期一个月。"],
    ),
    "a number of members": (
        "全市工会会员数100万人，建会企业数100家，员工数1000人。",
        ["会员100万人，100家企业建会，员工1000人。"],
        ["会员10万人。"],
    ),
    "while it lasts": ("三个月里培训40人。", ["三个月内培训40人。", "3个月培训40人。"], ["近三个月培训40人左右。"]),
    "a limit": ("比赛须在4分钟内完成。", ["比赛限时四分钟。"], ["比赛用了四分钟。"]),
    "the first year": (
        "首年吸引300余名学员。",
        ["头一年有300余名学员。", "第一年学员300余名。"],
        ["头两年有300余名。"],
    ),
    "many without a measure word": (
        "欠下数百万工资，无数百姓受益，头六个月结清。",
        ["数百万元工资没有发，上半年结清。", "无数百姓受益。"],
        ["欠下数千万元工资。", "数百人受益。"],
    ),
    "below zero": (
        "夜里降到零下24℃，水温降低6℃。",
        ["夜里冷到零下24℃。", "负24℃的夜里，水温低了6℃。"],
        ["夜里降到24℃。", "夜里下降24℃。", "夜里24℃，比白天低。"],
    ),
    "below": (
        "不足200名职工参保，最多补300元。",
        ["少于200名职工参保，至多补300元。", "近200名职工参保，不超过300元。"],
        ["补近300元。", "约200名参保。"],
    ),
    "a bound told earlier in the clause": (
        "一年最多补3万元，从前是1.8万元，押金至少500元。",
        [
            "最多补的钱由1.8万元提到3万元。",
            "补贴上限从1.8万元提到3万元。",
            "最高的补助为3万元。",
            "补助封顶的数额是3万元，押金门槛定为500元。",
            "押金最低的一档为500元。",
        ],
        ["补助3万元。", "上限提高，补助3万元。", "押金上限为500元。", "押金为500元。"],
    ),
    "nearly": (
        "夜校向近200名职工开放。",
        ["夜校将向将近200名职工开放。", "接近200名职工可以报名。"],
        ["夜校将向200名职工开放。", "职工可免费上课，200名职工受益。", "超200名职工能报名。"],
    ),
    "an estimate": (
        "新系统预计每年减省1800小时。",
        ["新系统一年可减省1800小时。", "新系统每年有望减省1800小时。", "每年将减省1800小时。"],
        ["新系统功能齐全，每年减省1800小时。", "职工可报名，系统每年减省1800小时。", "系统每年减省1800小时。"],
    ),
    "one that counts nothing": (
        "她一天编4只，干了一年多；每万件行李错0.8件，每旬查一回。",
        ["她一天编的只数是4。", "她干了一年多。"],
        ["她干了一年。"],
    ),
    "visits": ("服务职工5000人次。", ["服务职工5000人次。"], ["服务5000名职工。", "5000人受益。"]),
    "percent": ("满意度提高3.2个百分点。", ["提高3.2个百分点。"], ["提高3.2%。"]),
    "tenths": ("收入增长三成。", ["收入增长30%。"], ["收入增长30倍。"]),
    "times as much": ("奖牌数翻了一番。", ["奖牌数翻番。", "奖牌数增加一倍。"], ["奖牌数翻两番。", "奖牌数增长三倍。"]),
    "money": ("出口300万美元。", ["出口300万美元。"], ["出口300万元。"]),
    "addresses": (
        "报名网址www.example.com，邮箱gh@example.org。",
        ["网址www.example.com。", "邮箱为gh@example.org。"],
        [
            "详见https://evil.example/x。",
            "请写信至a@b.com。",
            "<script>alert(1)</script>职工",
            "[职工](javascript:x)",
            "职工&#60;",
            "办\x00夜校。",
            "工会\u202e办夜校。",
            "夜\u200b校。",
        ],
    ),
    "a prefecture by its usual name": (
        "昌吉回族自治州甲县总工会、甘孜州乙县总工会举办竞赛。",
        ["昌吉州甲县总工会举办竞赛。", "甘孜藏族自治州乙县总工会举办竞赛。"],
        ["阿坝州甲县总工会举办竞赛。"],
    ),
}
PEOPLE = "临河区总工会副主席张建国说，工匠李大钊、欧阳 晓明与吕绿获奖。孙女士也来了，香港的客人也来了。"
PEOPLE_OF_IT = [
    "副主席张建国说，工匠李大钊等获奖，欧阳晓明表示感谢。",
    "孙女士表示，夜校很好。",
    "职工高兴地说，常务副主席也来了。",
    "给来讲课的师傅付钱，由工会出。",
    "骑手付费，站长报销。",
    "厂长谢绝，主席严守，主任钱包，经理江边，书记温暖，班长程序。",
    "谢绝表示感谢，严守经理的纪律，高兴说，周到表示，会员方便说。",
    "由老师任教，由班长申报，由主任宣布。",
    "经理付现款，教师温课，代表成功，一起办好。",
    "工匠解难题，书记关心职工，许多人说好。",
    "Zhang Jianguo and the craftsman Li Dazhao came; Ms Sun too.",
    "Ouyang Xiaoming and Lü Lü won; so did Zhang Jian-guo.",
    "Guests from Hong Kong joined the Long March.",
    "Can Men Change? Workers of Huangling Mining Can.",
]
PEOPLE_OF_NONE = [
    "副主席王建国表示，夜校很好。",
    "职工李明说，夜校很好。",
    "工匠诸葛亮等获奖。",
    "劳模孙丽，来自一线。",
    "师傅付强，来自外省。",
    "班长任建、工匠钱明获奖。",
    "The chair, Wang Jianguo, said so.",
    "Craftsman Chen Gang won.",
    "Li Dazhou won.",
    "Mr Zhao came.",
    "Sima Guang came.",
]


@pytest.mark.parametrize("text", PEOPLE_OF_IT)
def test_people_of_the_article_are_no_finding(text: str) -> None:
    """Names that the article prints pass in characters and in pinyin, and words that look like names are none."""
    check = check_english if text.isascii() or "ü" in text else check_chinese

    assert check(text, "summary", collect_facts(_article(PEOPLE))) == []


@pytest.mark.parametrize("text", PEOPLE_OF_NONE)
def test_invented_people_are_found(text: str) -> None:
    """A person whom the article does not name is found, in either language."""
    check = check_english if text.isascii() else check_chinese
    findings = check(text, "summary", collect_facts(_article(PEOPLE)))

    assert {finding.rule for finding in findings} == {"name_not_in_article"}


def _article(text: str) -> Article:
    return make_test_article((text,))


def _rows(table: dict[str, tuple[str, list[str], list[str]]], place: int) -> list[object]:
    return [pytest.param(row[0], text, id=f"{name}: {text}") for name, row in table.items() for text in row[place]]


# An article, sentences that turn the direction of its number, and sentences that do not.
DIRECTIONS: dict[str, tuple[str, list[str], list[str]]] = {
    "a fall": (
        "用电量下降3.2%。",
        [
            "Power use fell 3.2 percent.",
            "A 3.2 percent drop.",
            "It cut power use by 3.2%.",
            "用电量减少3.2%。",
            "用电量的降幅是3.2%。",
            "Power use did not rise; it fell 3.2%.",
            "The change was 3.2%.",
        ],
        [
            "Power use rose 3.2 percent.",
            "Power use increased by 3.2%.",
            "A 3.2 percent increase in power use.",
            "用电量上升3.2%。",
            "用电量同比增长了3.2%。",
        ],
    ),
    "numbers of two units in a row": (
        "成本下降11%、30人转岗。",
        ["转岗的增加30人。", "成本降11%。"],
        ["成本上升11%。"],
    ),
    "numbers in a row": (
        "钢铁、纺织、家具三业用电分别下降11%、1.3%和1.9%，工时和工资回升2.6个百分点。",
        [
            "钢铁业下降11%，纺织和家具分别减少1.3%、1.9%。",
            "家具业降1.9%，钢铁业降11%。",
            "Power use fell 11 percent, 1.3 percent and 1.9 percent.",
            "Power use was cut by 11%, 1.3% and 1.9%; hours rose 2.6 percentage points.",
            "Output rose, and 11% of the shops closed.",
        ],
        [
            "家具分别增长1.9%。",
            "Power use rose 1.9 percent.",
            "Hours fell 2.6 percentage points.",
        ],
    ),
    "one number, two ways": (
        "产量增长15%，成本下降15%。",
        ["Output rose 15% and costs fell 15%.", "Output fell 15%.", "成本下降15%。"],
        [],
    ),
    "a fall to a level": (
        "投诉由12件减少到5件。",
        ["Complaints fell from 12 to 5.", "Complaints dropped to 5."],
        ["Complaints rose to 5.", "Complaints climbed to 5 cases.", "投诉增加到5件。"],
    ),
    "a rate that slowed": (
        "增速回落至3.2%。",
        ["Growth slowed to 3.2%.", "It rose 3.2%.", "A rise of 3.2%."],
        [],
    ),
    "a rise": (
        "会员增加300人。",
        [
            "Membership rose by 300.",
            "It gained 300 members.",
            "Membership is up by 300.",
            "Costs fell, and membership rose by 300.",
            "It added 300 members as vacancies dropped.",
        ],
        ["Membership fell by 300.", "会员减少300人。", "Membership is down by 300.", "There were 300 fewer."],
    ),
    "up and down again": (
        "工资增加到150元，后降到120元。",
        ["Pay fell from 150 to 120 yuan.", "Pay rose to 150 yuan."],
        [],
    ),
    "a word within another": (
        "降本增效20万元。",
        ["It cut costs by 200,000 yuan.", "It raised efficiency worth 200,000 yuan."],
        [],
    ),
    "a rate that fell": (
        "工伤率下降2.5个百分点。",
        ["The injury rate fell 2.5 percentage points.", "The injury rate was cut by 2.5 percentage points."],
        ["The injury rate rose 2.5 percentage points."],
    ),
}


# An article, sentences that keep both ends of a change and what its number is to it, and sentences that do not.
EXTENTS: dict[str, tuple[str, list[str], list[str]]] = {
    "a fall from one level to another": (
        "离职率由12%降到7.5%。",
        [
            "离职率降到7.5%。",
            "离职率从12%下降为7.5%。",
            "离职率由原来的12%降至如今的7.5%。",
            "Turnover fell from 12% to 7.5%.",
            "From 12 percent, turnover fell sharply to 7.5 percent.",
            "Turnover is now 7.5%, down from 12%.",
        ],
        [
            "离职率下降7.5%。",
            "离职率降低了7.5%。",
            "离职率下降12%。",
            "Turnover fell by 7.5%.",
            "Turnover fell 7.5 percent.",
            "There was a 7.5% drop in turnover.",
            "It reduced turnover by 7.5 percent.",
        ],
    ),
    "a change by a number": (
        "订单增长2倍，缺勤率下降3个百分点，补贴提高300元。",
        [
            "订单增长了2倍。",
            "缺勤率降低3个百分点。",
            "订单增至3倍。",
            "Pay rose 300 yuan.",
            "Absence fell by 3 percentage points.",
            "A 3 percentage point drop in absence.",
            "Pay, raised again, is 300 yuan higher.",
        ],
        [
            "订单增长到2倍。",
            "订单增至2倍。",
            "缺勤率下降到3个百分点。",
            "补贴提高至每人300元。",
            "Pay rose to 300 yuan.",
            "Pay was raised to 300 yuan.",
            "Absence fell to 3 percentage points.",
        ],
    ),
    "how far it may be told to come": (
        "同比增长达15%，降幅不到3%，缩短了至少30分钟，标准为增长45元。",
        ["同比增长15%。", "缩短至少30分钟。", "It grew 15%.", "It grew by 15%.", "A 15% increase.", "增长45元。"],
        [],
    ),
    "how many times as many": (
        "产量增至原来的2倍，订单增长1倍。",
        [
            "产量增至2倍。",
            "产量是原来的2倍。",
            "订单增长了1倍。",
            "Output doubled.",
            "Orders rose to 2 times what they were.",
        ],
        ["订单增至1倍。"],
    ),
    "all of what it came to": ("由0人增至300人。", ["增加300人。", "It rose by 300.", "It rose to 300."], []),
    "told of one thing by, of another to": (
        "会员增加300人，达到300人。",
        ["增加300人。", "The number rose to 300."],
        [],
    ),
    "how far two levels are apart": (
        "步骤由30步减少到15步，工期缩短至15天。",
        ["步骤减少15步。", "Steps were cut by 15.", "Steps were cut from 30 to 15.", "The reduced 15 steps."],
        [],
    ),
}


# An article, sentences with its two numbers in their order, and sentences with their order turned.
TURNED: dict[str, tuple[str, list[str], list[str]]] = {
    "percent": (
        "离职率由12%降到7.5%。",
        ["离职率由12%变为7.5%。", "Turnover went from 12% to 7.5%.", "7.5% now, 12% before.", "12%的离职率降到7.5%。"],
        [
            "离职率由7.5%降到12%。",
            "离职率从7.5%变为12%。",
            "Turnover went from 7.5% to 12%.",
            "Turnover fell from 7.5 percent last year to 12 percent.",
        ],
    ),
    "a verb of the wrong way": (
        "离职率由12%降到7.5%。",
        ["Turnover was cut from 12% to 7.5%.", "As output rose, turnover fell from 12% to 7.5%."],
        ["Turnover rose from 12% to 7.5%.", "离职率由12%升到7.5%。", "Turnover has increased from 12% to 7.5%."],
    ),
    "with words between": (
        "会员由2023年的700人增至2024年的1200人。",
        ["Members rose from 700 in 2023 to 1,200 in 2024.", "会员从700人发展到1200人。"],
        ["Members went from 1,200 in 2023 to 700 in 2024.", "会员从1200人变为700人。"],
    ),
    "there and back": (
        "离职率由12%降到7.5%，后又从7.5%升到12%。",
        ["Turnover went from 7.5% to 12%.", "离职率由7.5%升到12%。"],
        [],
    ),
    "both orders in one sentence": (
        "今年7.5%的离职率高了？由12%降到7.5%，明年7.5%，后年12%。",
        ["Turnover went from 7.5% to 12%."],
        [],
    ),
}


# An article, sentences that reckon its numbers by the same time or may do so, and sentences that do not.
TIMES: dict[str, tuple[str, list[str], list[str]]] = {
    "by the head": (
        "工会发放补贴，人均补贴300元。",
        [
            "每人补贴300元。",
            "补贴300元。",
            "每名职工补贴300元。",
            "Each got 300 yuan.",
            "It paid 300 yuan per person.",
            "It paid 300 yuan a year later.",
            "It paid 300 yuan each, every month of rain notwithstanding.",
            "It paid 300 yuan for each day care place.",
        ],
        [
            "每人每月补贴300元。",
            "每月补贴300元。",
            "It paid 300 yuan per person per month.",
            "It pays 300 yuan a month.",
            "Each worker gets 300 yuan per year.",
            "It pays 300 yuan per person each day in summer.",
            "It pays RMB 300 every week.",
        ],
    ),
    "by another time": (
        "每天补助50元。",
        ["每人每天50元。", "每日补助50元。", "It pays 50 yuan a day.", "It pays 50 yuan each day."],
        ["每月补助50元。", "It pays 50 yuan a month.", "It pays 50 yuan per year."],
    ),
    "by a time that the sentence names": (
        "今年3月起，人均补贴300元。",
        ["每人每月补贴300元。", "It pays 300 yuan a month.", "It pays 300 yuan a year."],
        ["It pays 300 yuan a week."],
    ),
    "by a time that the article names elsewhere": (
        "工会按月发放补贴。人均补贴300元。",
        ["每人每月补贴300元。", "It pays 300 yuan a month."],
        ["每人每天补贴300元。"],
    ),
    "a speed": (
        "掘进机每小时掘进7米。",
        [
            "每小时掘进7米。",
            "掘进7米。",
            "It digs 7 metres an hour.",
            "It digs 7 metres of rock, a day after the start.",
        ],
        ["每天掘进7米。", "It digs 7 metres a day.", "It digs 7 metres every week."],
    ),
    "hours": (
        "骑手每周工作46个小时。",
        ["每周干46小时。", "Riders work 46 hours a week.", "It takes 46 hours."],
        ["骑手每月干46小时。", "每天干46小时。", "Riders work 46 hours a month."],
    ),
    "visits": (
        "月均接待4200人次。",
        ["月均接待4200人次。", "每月接待4200人次。", "It receives 4,200 visits a month."],
        ["每天接待4200人次。", "It receives 4,200 visits every week."],
    ),
    "a sum": (
        "区总工会累计投入26万元，建成服务点10个。",
        [
            "区总工会共投入26万元，每个服务点都有热水。",
            "It has put 260,000 yuan into ten sites, each of which serves drivers.",
            "Each site of the ten serves drivers; 260,000 yuan was spent.",
            "It spent 260,000 yuan; each month drivers come.",
        ],
        [
            "每个服务点投入26万元。",
            "每年投入26万元。",
            "It put 260,000 yuan into each of ten sites.",
            "Each site got 260,000 yuan.",
            "It invests 260,000 yuan a year.",
        ],
    ),
    "a sum beside a rate": (
        "累计发放补助26万元，每人2000元，最高不超过3000元；共有10家企业，人均投入500元。",
        ["每人2000元，最高3000元。", "It paid 2,000 yuan each, 3,000 yuan per person at most.", "人均投入500元。"],
        [],
    ),
    "a sum that is a rate elsewhere": (
        "累计发放补助500元。困难职工每人500元。",
        ["每人500元。", "Each worker got 500 yuan.", "It pays 500 yuan per person."],
        [],
    ),
    "what may be for each": (
        "困难职工可领补助500元。一组共6人，课程共12课时，一车共装20吨。",
        [
            "每人可领500元。",
            "Each worker may get 500 yuan.",
            "It pays 500 yuan a head.",
            "每组6人，每门课12课时。",
            "Each group has 6 members, each truck 20 tonnes.",
        ],
        [],
    ),
    "a sum of a year, a day": (
        "工会全年共投入26万元。班车早晚共4趟。",
        ["工会每年投入26万元。", "The union spends 260,000 yuan a year.", "每天4趟班车。"],
        ["每名职工投入26万元。", "It spends 260,000 yuan a month.", "It gave 260,000 yuan to each worker."],
    ),
    "by the evening and the shift": (
        "每晚开课2小时，每班12小时。",
        ["每天上课2小时。", "Classes run two hours a day.", "They work 12 hours a day."],
        ["每周上课2小时。", "Classes run two hours a month."],
    ),
    "by nothing": ("补贴职工300元。", ["每人每月补贴300元。", "It pays 300 yuan a month."], []),
    "by either": ("人均补贴300元，每月300元。", ["每月300元。", "每人300元。"], []),
}


# An article, sentences that leave its plan one or do not say, and sentences that tell it as done.
PLANS: dict[str, tuple[str, list[str], list[str]]] = {
    "a plan": (
        "今年将新增十五个驿站。",
        [
            "今年将新增十五个驿站。",
            "新增十五个驿站。",
            "工会已计划新增十五个驿站。",
            "市总工会已明确，新增十五个驿站。",
            "It will build 15 stations.",
            "It has decided to build 15 stations.",
            "The union, which has built much, plans 15 stations.",
        ],
        [
            "今年已新增十五个驿站。",
            "工会已经建成了十五个驿站。",
            "It has built 15 stations.",
            "The union has already opened 15 stations.",
        ],
    ),
    "a plan beside what is done": (
        "今年将新增十五个驿站，目前全部建成。",
        ["已新增十五个驿站。", "It has built 15 stations."],
        [],
    ),
    "what is said to be done elsewhere": (
        "今年将新增十五个驿站。记者看到，驿站已经开门。",
        ["已建成十五个驿站。", "It has opened 15 stations."],
        [],
    ),
    "told twice": ("今年将新增十五个驿站。十五个驿站亮灯。", ["已建成十五个驿站。"], []),
    "soon": ("即将开放的十五个驿站。", ["已建成十五个驿站。"], []),
    "what is done to them": ("工会将十五个驿站改造一新，将服务窗口由十二个增加。", ["已改造十五个驿站。"], []),
    "the marshal and the will": ("老将带出十五名徒弟。", ["老将已培训十五名徒弟。"], []),
}


# An article, sentences that keep what its number counts or may keep it, and sentences that do not.
UNITS: dict[str, tuple[str, list[str], list[str]]] = {
    "money": (
        "每人补贴300元。",
        ["补贴300块钱。", "Each got 300 yuan.", "The number is 300."],
        ["培训300名职工。", "满意率300%。", "It trained 300 workers.", "服务300人次。", "It rose 300 percent."],
    ),
    "people": (
        "培训职工300人。",
        ["培训300名。", "It trained 300 workers.", "300位职工参加。", "共300个学员。"],
        ["发放300元。", "It paid 300 yuan.", "共300家企业。", "占地300亩。"],
    ),
    "firms": (
        "走访企业40家。",
        ["走访40户。", "走访40个单位。", "It visited 40 workers' firms."],
        ["走访40人。", "It paid 40 yuan."],
    ),
    "a share": ("满意率98%。", ["满意率为98%。", "98 percent were content."], ["慰问98名。", "It paid 98 yuan."]),
    "days": ("工期120天。", ["用了120天。", "It took 120 days."], ["培训120人。", "It trained 120 workers."]),
    "times of another length": (
        "为项目省下工期2个月，原先要干半个月的活，如今做12小时，师傅有3年工龄。",
        [
            "工期少了2个月，半个月的活只做12个小时。",
            "It saved two months; half a month's work takes 12 hours.",
            "Work of half a month is done in 12 hours by a man of three years.",
            "A two-month gain, 3 years of work.",
        ],
        [
            "工期少了2年。",
            "原先要半年。",
            "只做12分钟。",
            "It saved two years.",
            "It is a 12-day job.",
            "He has worked for three months.",
        ],
    ),
    "what another figure of the article is a name of": (
        "24小时热线开通，24天解决问题；三年行动方案实施以来，每期培训3个月；推行8小时工作制，试用期8个月。",
        [
            "A 24-hour hotline opened; under the 3-year action plan each course lasts three months.",
            "It follows an eight-hour day.",
        ],
        [],
    ),
    "sizes": (
        "试种水稻26亩，免费供水31万升，修路18公里，用钢45吨。",
        [
            "水稻26亩，供水31万升，路长18千米，钢45吨。",
            "It gave 310,000 litres of water, 18 kilometres of road and 45 tons of steel.",
            "It planted 26 mu.",
        ],
        [
            "水稻26公顷。",
            "供水31万吨。",
            "修路18米。",
            "It planted 26 hectares.",
            "It gave 310,000 tonnes of water.",
            "It built 18 metres of road.",
            "It used 45 kilograms of steel.",
        ],
    ),
    "things": (
        "发放300份礼包，办讲座120场。",
        ["发放礼包300件。", "120次讲座。", "It helped 300 people.", "共300个礼包。"],
        ["帮助300人。", "走访300户。", "It paid 300 yuan.", "占比120%。", "120名讲师。"],
    ),
    "pieces": (
        "建成128个试点，招来60个新学徒。",
        ["128家试点。", "128项试点。", "60名学徒。", "来了60人。"],
        ["128名职工。", "培训128人。"],
    ),
    "visits and times": ("服务5000人次。", ["服务5000次。"], []),
    "a range": ("奖励15名至20名职工。", ["至多20人。"], ["发放20元。", "It paid 20 yuan."]),
    "several": ("发放300元，慰问300名。", ["300元。", "300名。", "It paid 300 yuan."], ["占比300%。"]),
    "a number that is also a date": ("3月12日，植树12元。", ["12人种树。"], []),
    "a few of a share only": (
        "缺勤率下降3个百分点，合格率提高12%，三成职工参加，订单增长5倍。",
        [
            "缺勤率下降3个点。",
            "缺勤率下降3个百分点，合格率提高12%。",
            "Absence is down by 3 points.",
            "12 in every hundred passed.",
            "Rates fell by 3 and 12 percent, as reports say.",
            "Orders rose 5 times.",
            "It has risen by 12 over recent years.",
            "Of the workers 30 percent took part.",
            "3 percentage-point gains were made, and 12-percent rises.",
            "Three-percentage-point steps were told; 5-fold orders came.",
            "Orders grew fivefold; fivefold orders, 5x orders and 5 times more orders came.",
            "It came to 12 percentages of workers.",
            "缺勤率降低3个百分比点。",
            "As 12 means little, few years' gains were had.",
        ],
        [
            "新增3个驿站。",
            "新增12个驿站。",
            "培训3名职工。",
            "走访12家企业。",
            "It opened 3 stations.",
            "It opened a dozen stations.",
            "It trained 3 workers.",
            "It opened 30 new service stations.",
            "设5个站点。",
        ],
    ),
    "times as many beside a few of a share": (
        "订单增长2倍，缺勤率下降3个百分点。",
        ["It tripled sales.", "Orders tripled, drivers say.", "It tripled workers' orders.", "Triple orders came."],
        ["It opened 3 stations and tripled orders.", "The 3 main stations."],
    ),
    "a few of pieces only": (
        "新增3个驿站，修路45公里，收费12元。",
        ["新增3家驿站。", "It opened 3 stations.", "The road is 45 kilometres.", "It costs 12."],
        [
            "缺勤率下降3%。",
            "Absence fell by 3 percent.",
            "缺勤率下降3个百分点。",
            "订单增长3倍。",
            "设45个站点。",
            "It opened 12 stations.",
        ],
    ),
    "points for percentage points": ("缺勤率下降30个点。", ["下降30个百分点。", "下降30%。"], []),
    "several classes of one number": (
        "下降30%，新增30个驿站。",
        ["It opened 30 stations.", "30个驿站。", "降30%。"],
        [],
    ),
    "few are told without a number": ("夫妻俩每月存3元，干了2天。", ["夫妻2人存钱。"], ["存了2元。"]),
}


@pytest.mark.parametrize(("article", "text"), [*_rows(EXTENTS, 1), *_rows(TURNED, 1)])
def test_change_told_as_printed_passes(article: str, text: str) -> None:
    """What a change came to and how much it was may be said in any words that keep them apart."""
    check = check_english if text.isascii() else check_chinese

    assert [each.rule for each in check(text, "summary", collect_facts(_article(article)))] == []


@pytest.mark.parametrize(("article", "text"), _rows(EXTENTS, 2))
def test_level_told_as_a_change_is_found(article: str, text: str) -> None:
    """A fall to 7.5% is none by 7.5%, and growth by twice as much is none to twice as much."""
    check = check_english if text.isascii() else check_chinese

    assert [each.rule for each in check(text, "summary", collect_facts(_article(article)))] == ["level_changed"]


@pytest.mark.parametrize(("article", "text"), _rows(TURNED, 2))
def test_change_told_backwards_is_found(article: str, text: str) -> None:
    """From what to what a number went stays in its order, and so does the way."""
    check = check_english if text.isascii() else check_chinese

    assert [each.rule for each in check(text, "summary", collect_facts(_article(article)))] == ["direction_changed"]


@pytest.mark.parametrize(("article", "text"), [*_rows(TIMES, 1), *_rows(PLANS, 1)])
def test_circumstance_kept_or_not_told_passes(article: str, text: str) -> None:
    """A number may be told with what it is reckoned by or without, and a plan as one."""
    check = check_english if text.isascii() else check_chinese

    assert [each.rule for each in check(text, "summary", collect_facts(_article(article)))] == []


@pytest.mark.parametrize(("article", "text"), _rows(TIMES, 2))
def test_number_reckoned_by_another_time_is_found(article: str, text: str) -> None:
    """Where both say by what, 300 yuan a head is none a month."""
    check = check_english if text.isascii() else check_chinese

    assert [each.rule for each in check(text, "summary", collect_facts(_article(article)))] == ["unit_changed"]


@pytest.mark.parametrize(("article", "text"), _rows(PLANS, 2))
def test_plan_told_as_done_is_found(article: str, text: str) -> None:
    """What an article only plans is not done."""
    check = check_english if text.isascii() else check_chinese

    assert [each.rule for each in check(text, "summary", collect_facts(_article(article)))] == ["plan_told_as_done"]


def test_finding_is_about_the_number_that_it_names() -> None:
    """Where the article has 3 as percentage points only, 3倍 is not told to be a fall of those."""
    facts = collect_facts(_article("订单增长2倍，缺勤率下降3个百分点。"))

    (other,) = check_chinese("订单增长3倍。", "summary", facts)

    assert check_chinese("订单增至3倍。", "summary", facts) == []
    assert (other.rule, "“3个百分点”" in other.message, "“3倍”" in other.message) == ("unit_changed", True, True)


@pytest.mark.parametrize(("article", "text"), _rows(UNITS, 1))
def test_what_is_counted_is_kept(article: str, text: str) -> None:
    """The same kind of unit in other words is no finding, nor is a unit that may be meant."""
    check = check_english if text.isascii() else check_chinese

    assert check(text, "summary", collect_facts(_article(article))) == []


@pytest.mark.parametrize(("article", "text"), _rows(UNITS, 2))
def test_number_of_another_unit_is_found(article: str, text: str) -> None:
    """A number that the article prints of something else only is found, though the number is its own."""
    check = check_english if text.isascii() else check_chinese
    findings = check(text, "summary", collect_facts(_article(article)))

    assert [finding.rule for finding in findings] == ["unit_changed"]


@pytest.mark.parametrize(("article", "text"), _rows(DIRECTIONS, 1))
def test_direction_kept_or_not_told_passes(article: str, text: str) -> None:
    """A fall may be told as a fall, in any words, or without one; so may what the article says of two things."""
    check = check_english if text.isascii() else check_chinese

    assert check(text, "summary", collect_facts(_article(article))) == []


@pytest.mark.parametrize(("article", "text"), _rows(DIRECTIONS, 2))
def test_fall_told_as_a_rise_is_found(article: str, text: str) -> None:
    """What the article says fell did not rise, and the other way round."""
    check = check_english if text.isascii() else check_chinese
    findings = check(text, "summary", collect_facts(_article(article)))

    assert [finding.rule for finding in findings] == ["direction_changed"]


@pytest.mark.parametrize(("article", "text"), _rows(KEPT_ENGLISH, 1))
def test_english_that_keeps_the_meaning_passes(article: str, text: str) -> None:
    """How exact a number is, its unit and its sign may be said in any words that say it."""
    assert check_english(text, "summary_en", collect_facts(_article(article))) == []


@pytest.mark.parametrize(("article", "text"), _rows(KEPT_ENGLISH, 2))
def test_english_that_changes_the_meaning_is_found(article: str, text: str) -> None:
    """A number that lost its approximation, its unit or its sign is found."""
    assert check_english(text, "summary_en", collect_facts(_article(article)))


@pytest.mark.parametrize(("article", "text"), _rows(KEPT_CHINESE, 1))
def test_chinese_that_keeps_the_meaning_passes(article: str, text: str) -> None:
    """The same in Chinese."""
    assert check_chinese(text, "summary", collect_facts(_article(article))) == []


@pytest.mark.parametrize(("article", "text"), _rows(KEPT_CHINESE, 2))
def test_chinese_that_changes_the_meaning_is_found(article: str, text: str) -> None:
    """The same in Chinese."""
    assert check_chinese(text, "summary", collect_facts(_article(article)))


@pytest.mark.parametrize(
    ("article", "sentence"),
    [
        ("昌吉回族自治州甲县总工会举办竞赛。", "昌吉州甲县总工会举办竞赛。"),
        ("昌吉州甲县总工会举办竞赛。", "昌吉回族自治州甲县总工会举办竞赛。"),
        ("恩施州总工会办班。", "恩施土家族苗族自治州总工会办班。"),
        ("木垒哈萨克自治县总工会办班。", "木垒县总工会办班。"),
        ("锡林郭勒盟总工会办班。", "锡盟总工会办班。"),
        ("宁夏总工会办班。", "宁夏回族自治区总工会办班。"),
    ],
)
def test_usual_and_full_name_of_a_place_stand_for_each_other(article: str, sentence: str) -> None:
    """A place of the article may be called by its usual or its full name."""
    facts = collect_facts(make_test_article((*LINES, article)))

    assert check_chinese(sentence, "summary", facts) == []


@pytest.mark.parametrize("sentence", ["昌吉市总工会办班。", "海北藏族自治州总工会办班。", "木里县总工会办班。"])
def test_another_place_of_like_name_is_invented(sentence: str) -> None:
    """A city is not the prefecture it lies in, and a neighbour is not the place."""
    facts = collect_facts(make_test_article((*LINES, "昌吉回族自治州木垒县、海南藏族自治州。")))

    assert [finding.rule for finding in check_chinese(sentence, "summary", facts)] == ["place_not_in_article"]


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("24/7 and G20", {"24": "name", "7": "name", "20": "name"}),
        ("at 9:30 on May 5", {"9": "date", "30": "name", "May": "date", "5": "date"}),
        ("4 metres a second, a second chance", {"4": "quantity", "second": "ordinal"}),
        ("in the 90s, for a third time", {"90s": "date", "third": "ordinal"}),
        ("1,200 of them, route 3", {"1,200": "quantity", "3": "ordinal"}),
    ],
)
def test_english_numeral_is_known_by_what_it_is_used_for(text: str, kinds: dict[str, str]) -> None:
    """Hours and dates, names and ordinals are no quantities; each is told where it stands."""
    found = find_english_numerals(text)

    assert {numeral.raw: numeral.kind.value for numeral in found} == kinds
    assert all(text[numeral.start : numeral.end] == numeral.raw for numeral in found)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("several dozen", {Decimal(10 * k) for k in range(2, 10)}),
        ("several thousand", {Decimal(1000 * k) for k in range(2, 10)}),
        ("two and a half million", {Decimal(2_500_000)}),
        ("a third of them", {Decimal(1) / 3, Decimal(100) / 3}),
        ("5％", {Decimal(5)}),
        ("４６", {Decimal(46)}),
        ("the 90s", {Decimal(90), Decimal(1990), Decimal(2090)}),
        ("5 p.m.", {Decimal(5), Decimal(17)}),
    ],
)
def test_english_words_stand_for_every_number_they_may_mean(text: str, values: set[Decimal]) -> None:
    """Vague words hold each number they may mean; a share is also one of a hundred."""
    assert [numeral.values for numeral in find_english_numerals(text)] == [values]


def test_article_in_the_other_script_says_the_same() -> None:
    """Places, names and quoted words of a traditional article may be written in either script."""
    facts = collect_facts(_article("廣東省廣州市總工會推出“職工書屋”，職工張偉說好。"))

    for text in ("广东省广州市总工会推出“职工书屋”，职工张伟说好。", "廣州市推出“職工書屋”。"):
        assert check_chinese(text, "summary", facts) == []
    assert [each.rule for each in check_chinese("四川省推出“星火計劃”，職工李強說好。", "summary", facts)] == [
        "name_not_in_article",
        "place_not_in_article",
        "name_not_in_article",
    ]


PLACES = "江苏省连云港市总工会与杭州、内蒙古同行到朝阳区交流，京津冀三地职工来沪，陕煤集团职工张建云在场。"


@pytest.mark.parametrize(
    "text",
    [
        "Lianyungang in Jiangsu met Hangzhou and Inner Mongolia in Chaoyang District.",
        "Beijing, Tianjin and Hebei workers came to Shanghai; Shaanxi Coal's Zhang Jianyun was there.",
        "Nanyang is a family name, and Long March a brand.",
        "Workers of Heping Textiles took part.",
    ],
)
def test_places_of_the_article_may_be_named_in_english(text: str) -> None:
    """A place is named by its pinyin, its English name, or where the article has one character for its province."""
    article = _article(PLACES + "南阳姓人家、和平纺织厂也来了。")

    assert check_english(text, "summary_en", collect_facts(article)) == []


def test_family_name_that_is_read_like_a_place_names_none() -> None:
    """Jian Ning is 简宁; Ji'an by itself, or before a word that the article has not, is the city."""
    facts = collect_facts(_article(PLACES + "主席简宁和会员冼霞在场。"))

    assert check_english("The chair, Jian Ning, and Xian Xia were there.", "summary_en", facts) == []
    assert check_english("Workers of Jian took part.", "summary_en", facts)
    assert check_english("Workers of Jian City took part.", "summary_en", facts)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("Workers of Nanjing took part.", "Nanjing"),
        ("Workers of Zhejiang took part.", "Zhejiang"),
        ("Workers of Xi'an took part.", "Xi'an"),
        ("Workers of Tibet took part.", "Tibet"),
        ("Workers of Hong Kong took part.", "Hong Kong"),
        ("Workers of Harbin took part.", "Harbin"),
        ("Workers of Haidian District took part.", "Haidian"),
    ],
)
def test_place_that_the_article_does_not_name_is_found_in_english(text: str, place: str) -> None:
    """A province, a city or what is called a county or district has to be one of the article's."""
    (finding,) = check_english(text, "summary_en", collect_facts(_article(PLACES)))

    assert finding.rule == "place_not_in_article"
    assert f"“{place}”" in finding.message
