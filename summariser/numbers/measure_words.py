"""Chinese measure words: what each counts, and how to recognise it behind a number.

`(?!…)` names what the character must not begin: 5名 counts people, 5名次 does not. A word not listed here makes no
quantity, so a measure word met for the first time is added to its class.
"""

from __future__ import annotations

import re

from summariser.schema.quantity import UnitClass

_CHOICE = re.compile(r"\[.*?\]\?")  # 个[多余半来]?月 is the measure word 个月

# Measure words by what they count. `(?!…)` names what the character must not begin: 5名 counts, 5名次 does not.
_UNIT_TABLE: dict[UnitClass, str] = {
    UnitClass.PERSON_TIME: "人次 人/次",
    UnitClass.PERSON: "个人(?!体) 人(?!均|民币|大代表) 名(?!次|额度) 位(?!数|于|居|次|置) 口人",
    UnitClass.HOUSEHOLD: "户(?!外|籍|主|型|均|县)",
    UnitClass.ORGANISATION: "家(?!庭|长|属|园|具|电|乡|政|访|族|务)",
    UnitClass.MONEY: "元(?!旦|素|宵|首|老) 美元 欧元 港元 日元 英镑 块钱 角钱 分钱 元人民币",
    UnitClass.PERCENTAGE_POINT: "个百分点 百分点",
    UnitClass.PERCENT: "% ‰ 成(?!(?<![二三四五六七八九]成)为|立|员|功|本|果|长|熟|品|效|就|绩|交|都|人|分|套|型|活)",
    UnitClass.MULTIPLE: "倍",
    UnitClass.DURATION: """
        载(?!体|重|客|荷|入|誉) 个[多余半来]?月 个[多余半来]?小时 个[多余半来]?星期 个[多余半来]?钟头 个[多余半来]?学期
        个[多余半来]?季度 个[多余半来]?世纪 个年头 个工作日 个昼夜 小时 分钟 秒(?!杀) 周年
        周(?!边|围|期|刊|末|转|密|到) 星期 学期 学年 年(?!级|代|轻|龄|度|货|夜|味|画|薪) 天(?!津|然|空|使|气)
        昼夜 工作日 h(?![A-Za-z]) min(?![A-Za-z])
    """,
    UnitClass.AREA: "平方公里 平方千米 平方米 平米 ㎡ 公顷 亩",
    UnitClass.LENGTH: """
        公里 千米 海里 米(?!粉|饭|兰) 分米 厘米 毫米 微米 纳米 英寸 里(?!程|面|约) km(?![A-Za-z]) cm(?![A-Za-z])
        mm(?![A-Za-z]) m(?![A-Za-z/])
    """,
    UnitClass.MASS: """
        万吨 吨 公斤 千克 毫克 克(?!服|隆|拉|难|制|强|己) 斤 kg(?![A-Za-z]) mg(?![A-Za-z]) g(?![A-Za-z])
        t(?![A-Za-z])
    """,
    UnitClass.ACTIVITY_TIME: "场次",
    UnitClass.STRUCTURE: """
        大(?!学|会|队|型|多|家|道|师|约|概|厦|桥|棚|幅|量|中|小|楼|奖|赛|爷|妈|姐|堂|修|夫) 级(?!别|数|地)
        类(?!似|别|型) 档(?!案|次) 重(?!点|要|大|新|视|量|度|工|庆|型|复|建|阳|症|病|返|温|申|塑|构|叠|伤) 方面
        维(?!度|护|修|权|持) 个方面
    """,
    UnitClass.COUNT: """
        册(?!子) 封(?!闭|面|锁) 宗(?!旨|教) 桩 尊(?!重|严|敬) 卷(?!烟|入) 千伏 千卡
        个(?!体[户工经]) 项(?!目) 条(?!件|例|款|约) 件(?!套) 次(?!要|日|年|数|于|序) 场(?!所|馆)
        期(?!间|望|待|限|末|盼|货|刊) 届 批(?!准|评|发|示|改|复|判) 轮(?!胎|岗|训|流|船|换|值|椅|到|班|毂)
        回(?!到|来|应|家|去|收|馈|顾) 趟 遍(?!布|及|地) 支(?!持|付|撑|援|出|书) 所(?!有|以|在|需|属|得|谓|长)
        门(?!店|口|诊|槛|卫|票|窗) 款(?!项|式|待) 种(?!植|子|地|粮|田) 份(?!额|子|量)
        本(?!科|市|省|报|地|人|身|土|届|质|来) 部(?!门|分|队|长|署|委|级|位) 篇(?!幅|章) 张(?!家|某) 台(?!湾|阶)
        辆 栋 幢 间(?!接|隙|歇|距|谍) 处(?!理|于|在|境|置|罚|方|分) 座(?!谈|位|椅)
        组(?!织|长|建|成|合|委|团|装|员) 队(?!伍|长|员|列|友|旗) 对(?!于|接|应|照|口|比|外|象|标|待|话|策|此)
        套(?!路|餐|用) 枚 块(?!头) 片(?!面|段|刻) 幅(?!度) 首(?!都|席|先|创|要|家|府)
        笔(?!记|试|者|画|芯|直|墨|尖|迹) 代(?!表|理|码|替|价|办|言|课|购|驾|步|际|沟) 代人 岁(?!月|末|数)
        人份 摄氏度 台套 稿(?!件|费|纸|子) 列(?!入|为|出|举|席|支|表|车员)
        地(?!区|方|级|市|铁|面|址|块|点|图|板|理|产|下|上|主|带) 省(?!级|内|总|委|政|力|时|去|略|下|心|事|份)
        市(?!级|场|民|总|委|政|值|属|直) 县(?!级|域|总|委|政) 批次 班次 车次 架次 件次 户次 家次
        例(?!如|会|外|行|证) 起(?!来|点|步|到|草|重|源|码|初|诉|航|飞|床) 棵 株 颗 粒 根(?!据|本|源|治|植|基) 盏
        艘 架(?!构|设|桥|子) 匹(?!配|克) 幕 曲(?!线|目) 堂(?!课) 堂课 课时 学时 节课
        节(?!约|能|省|目|日|点|假|气|奏|水|支) 件套 部门 单(?!位|身|独|纯|元|价|亲|品) 立方米 立方 吨公里 千瓦时
        千瓦 兆瓦 kWh kW MW kV kcal/kg kcal GB TB MB ℃ ml(?![A-Za-z]) mL L(?![A-Za-z]) 瓦 伏
        升(?!级|降|温|学|至|到|为|值|高|旗|任|职)
    """,
}
# Only behind Arabic or longer Chinese numbers: 三步, 百度, 五行 and the like are words.
_ARABIC_ONLY_TABLE: dict[UnitClass, str] = {
    UnitClass.COUNT: """
        字(?!幕|体|画|典|号|样) 页 行(?!业|动|程|人|政|为|长|走|驶|车) 句 集(?!体|团|中|合|聚|成|装|市|结|资|训)
        点(?=建议|意见|要求|希望|体会|做法|经验|启示|措施)
        分(?!公司|会|厂|院|局|店|之|类|为|别|级|批|期|享|工|组|布|队|行|明|析|配|流|散|开|拣) 度(?!假|过|日)
        步(?!行|入|伐|走|骤) 层(?!面|级|次) 道(?!路|德|理|具|歉|教) 环(?!节|境|保|卫|比|路|球)
        面(?!向|对|积|临|试|前|料|包) 把(?!手|握|关|控|脉|守) 班(?!组|子|级|长|车|主|会) 口(?!径|碑|号|罩|岸|头)
        头(?!部|条|脑|等|衔|戴) 只(?!有|要|是|能|需|为|在|会|见) 包(?!括|含|裹|装|容|保|办|机|车|联|抓) 箱(?!子)
        桶 瓶 盒 袋 盘 束 朵 扇 床(?!位|铺) 顶(?!级|层|端|部|住|梁|岗|尖)
        副(?!主|局|书|总|职|高|省|市|厂|县|厅|处|科|教|校|会|组|队) 双(?!方|重|向|边|休|选|创) 杯 碗 席(?!位|卷)
        桌(?!球|面|椅) 餐(?!厅|饮|馆|补|具) 顿 票(?!据|务|价) 股(?!份|东|票|权|市) 折(?!叠|射|扣|返|旧|腾|算)
        题(?!目|材|库) 段(?!落|位) 区(?!域|级|县|总|委|间) 镇(?!街|级|总) 乡(?!镇|村) 村(?!级|民|委)
        国(?!家|际|内|有|企|务|资) 社区 街道 片区 名额 网格 标箱 人日 金(?=[0-9,，。;、的])
        银(?=[0-9,，。;、的]) 铜(?=[0-9,，。;、的])
    """,
    UnitClass.DURATION: "日(?!均|产|活)",
}
# Nouns that follow a scaled number without a measure word: 百万职工, 3万会员.
_NOUN_TABLE: dict[UnitClass, str] = {
    UnitClass.PERSON: """
        职工 工人 产业工人 产业大军 会员 师生 学生 员工 群众 农民工 劳动者 党员 干部 市民 居民 骑手 司机 学员
        人口 人才 大军 工友 用户 网友
    """,
    UnitClass.ORGANISATION: "企业 工厂 公司 商户 单位 基层工会",
    UnitClass.HOUSEHOLD: "家庭",
}


def _words(tables: tuple[dict[UnitClass, str], ...]) -> dict[str, tuple[str, UnitClass]]:
    """Each measure word of the tables with its pattern and class."""
    return {
        _CHOICE.sub("", pattern.split("(?")[0]): (pattern, unit_class)
        for table in tables
        for unit_class, patterns in table.items()
        for pattern in patterns.split()
    }


UNITS = _words((_UNIT_TABLE,))
_ALL_UNITS = _words((_ARABIC_ONLY_TABLE, _NOUN_TABLE, _UNIT_TABLE))
UNIT_CLASSES = {word: unit_class for word, (_, unit_class) in _ALL_UNITS.items()}
NOUNS = frozenset(_words((_NOUN_TABLE,)))


def _either(words: dict[str, tuple[str, UnitClass]]) -> str:
    """A pattern for any of the measure words, the longest first."""
    return "|".join(
        words[word][0] for word in sorted(words, key=lambda word: len(words[word][0].split("(?")[0]), reverse=True)
    )


UNIT = _either(_ALL_UNITS)
