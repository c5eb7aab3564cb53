"""Which pieces of a page belong together, by their words alone.

Two cues: the joint, whether the last character of one line and the first of another make a word, close a quotation, or
complete a number; and the share of words two texts have in common, rare words counting more. Words are pairs of
characters, which serves Chinese without a dictionary.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable

from summariser.pages.article import has_open_quote

_CJK_PAIR = re.compile(r"(?=([\u3400-\u9fff]{2}))")
_CJK_TRIPLE = re.compile(r"(?=([\u3400-\u9fff]{3}))")
_WORD_CHAR = re.compile(r"[\u3400-\u9fffA-Za-z0-9]")
_MEASURES = "年月日时分人名个家万亿元项次届期级位条场件岁户吨种批支张座处门倍成多余%."
_STARTS_MID = re.compile(r"^[的了们等和与及或、，,。；;：:”’）)》%]|^[个名家项次位条场件户](?!人|性|别|体|中|个)")
_STARTS_FRESH = re.compile(
    r"^(?:近日|日前|近年|据|今年|去年|目前|截至|此外|同时|与此同时|本次|此次|随后|如今|对此|为此|接下来|下一步|本报|[“\"《‘]"
    r"|[0-9\uff10-\uff19]{1,4}\s*[年月])"
)
# Frequent words of two characters; a pair that is none of them and stands nowhere else on the page is a weak joint.
_COMMON = frozenset(
    re.findall(
        "..",
        "一个一些一名一定一批一样一次一直一种一线一般一起一项万一三个上午上来上进上门下午下来不仅不会不再不同不少不得不断不是不用不能不要不过专一专业专利专家专门专项专题两个两年两级中国中央中学中心主任主力主办"
        "主动主席主要举办举行之一之间乡村乡镇书屋书籍书记争议事业事件事实事情事物互助互联交代交流产业产值产品产权产生产能产量享有亮点人们人员人才人民人气人物今年介绍从业从来他们代替代理代表以来企业企图休息休憩"
        "众多优势优待优点会员会议会费会长传媒传播传统位于体现体系体育作业作用你们供电促进保全保障信任信心信息信用修建修正健全健康充分充电先生先进光明免费党史党员党委党建党组党课全员全国全局全市全省全程全部全面"
        "公共公司公正公民共建共识关于关心关爱关系关联关键其中具体具有内部军队农业农产农场农村农民决议准确几个出来出现出门分工创业创作创办创建创新创造利息制度前提力量办事办公办法办理加入加大加工加强加快动力动员"
        "动物助力努力劳力劳动区域升级协办协助协商协议危机厂家厂长压力原料原理去年县级参与参加发展发明发现发生发电只有只要可以台站司机司法合作合力合同合格合理同时名单名称名额呈现告诉员工品牌唯一商业商场喝水回家"
        "团体团员团委团结团队园区困难围绕国家图书地区地图地方地点城市城镇培训基地基层基本基础基金增加增强增收增进增长声明处理处长外部多个多年多次多种大多大学大家大门天气失业如今姓名委员媒体学习学位学历学员学术"
        "学校学生学科学院安全安心完全完善完成官办官员实力实情实施实现实行实践实际宣传宣讲家乡家属家庭家电家长对于将来小区小学就业局长居民展现属于工业工人工会工作工具工匠工厂工地工场工种工程工艺工资已经市场市委"
        "市民市级市长帮助帮扶常委常识干部平台平常年代广场应用建成建立建筑建议建设开办开展开工开门异常引进引领当中当天录取形成往来征求很多得到得心循环微信心情心愿心理必要快速思想情况情景意图意识感情成为成员成果"
        "成长我们截至所有所长手工手机打造执行扩建承办技术技能投产报名招待拥有持续指标排队接待推介推出推动推广推荐推行推进推选措施提交提供提出提前提升提议提醒提高援助搬家搭建摘要收录收费改正改进改革政委政治政策"
        "救助教员教学教研教程教育数字数学数据数量整理文书文件文化文明新建新村方案方法施工无人无法无论日前日常日程日记时代时候时机时间明显明白明确晚上暖心替代最多有关有效服务期待期间机会机关机制机器机构机械权力"
        "权益材料村民条件构建标准标志标记标识校长核心案件模范歇脚正在正式正确此外每个每周每天每年每月每次毕业民主民工民族民生民间气体气候气息水电没有治理法子法律法治活力活动流程流行流量测量消息消费深入清理演员"
        "演讲潜力热情热点热门焦点煤气照明熟悉熟练爱心牢记物业物品物料物质物资特产特点特色环保环境环节现代现在现场现有班组理念理想理解理论生产生活用心用电由于电力电商电子电气电脑电视电话疫情痛点登录登记目前目录"
        "目标相信省内省委省级省长看到看待真实真心真正知识知道研发研究研讨硬件确保确定示范社会社区科学科研秘书积极程序程度空中空气空间立场站点站长竞赛符合第一第三第二等待等级筹建签名管理精准精确精神纠正纪录组建"
        "组织细心经常经济经理经营经费经过经验结业结合统一综合网格网站网络老人老师耐心职业职员职场职工联动联合联手联盟联系联谊聘书聚焦能力能够自主自信自动自己自然自由自觉自费落实著名融合行业行为行动行情行政行进"
        "街道街镇补贴表现表示要求要素观点规划规定规律规模规范解决认为认识记住记录记者讲师讲座讲解讲述许多设备设施设立设置设计证书证件证明评价评审评选诉求试图试点试行诚信详情说明请求读书课程调研负责财产质量贴心"
        "费用资产资助资料资源资金起来起点超过跟进车站车辆车门车间转业转化软件辅助迅速过来过程迈进运行近日还有还要进一进入进厂进场进步进行追求透明逐步通信通常通知通过速度道理邮件部分部署部长部门部队配合里程重点"
        "重要重量针对钻研银行长效长期长者问题队员队长阵地阻力院长随后难点集中集体集合零件需求非常项目飞机食物饮料驿站高级高速齐全",
    )
)


class PageWords:
    """The words of a page, and how rare each is."""

    def __init__(self, texts: Iterable[str]) -> None:
        rows = [text for text in texts if text]
        self._pairs = Counter(pair for text in rows for pair in _CJK_PAIR.findall(text))
        self._triples = Counter(triple for text in rows for triple in _CJK_TRIPLE.findall(text))
        spread = Counter(pair for text in rows for pair in set(_CJK_PAIR.findall(text)))
        self._weights = {pair: math.log(1 + len(rows) / count) for pair, count in spread.items()}

    def share(self, text: str, other: str) -> float:
        """How much of a text stands in another, from 0 to 1, rare words counting more."""
        words, known = set(_CJK_PAIR.findall(text)), set(_CJK_PAIR.findall(other))
        total = sum(self._weights.get(word, 1.0) for word in words)
        return sum(self._weights.get(word, 1.0) for word in words & known) / total if total else 0.0

    def joint(self, before: str, after: str) -> float:
        """How well a line goes on where another stopped in mid-sentence: about -2 (hardly) to 4 (surely)."""
        before, after = before.rstrip(), after.lstrip()
        if not before or not after:
            return 0.0
        score = self._seam(before, after) + _quotes(before, after)
        if starts_mid(after):
            score += 0.5
        return score - (0.8 if starts_fresh(after) else 0.0)

    def _seam(self, before: str, after: str) -> float:
        """How well the characters on both sides of a joint make a word."""
        last, first = before[-1], after[0]
        if not (_WORD_CHAR.match(last) and _WORD_CHAR.match(first)):
            return 0.0
        if (last.isdigit() or last == "余") and first in _MEASURES:
            return 1.0
        pair = last + first
        score = 0.0
        if pair in self._pairs:
            score += 1.0
        elif pair in _COMMON:
            score += 0.8
        else:
            score -= 0.4
        return score + 0.8 * ((before[-2:] + first in self._triples) + (last + after[:2] in self._triples))


def starts_mid(text: str) -> bool:
    """Tell whether a line begins as only the middle of a sentence can."""
    return bool(_STARTS_MID.match(text)) or _closes_more(text)


def starts_fresh(text: str) -> bool:
    """Tell whether a line begins as a sentence or a paragraph does."""
    return bool(_STARTS_FRESH.match(text)) and not _closes_more(text)


def _quotes(before: str, after: str) -> float:
    """Whether what one line leaves open, the other closes."""
    is_open = has_open_quote(before)
    closes = _closes_more(after) or (before.count('"') % 2 == 1 and after.count('"') % 2 == 1)
    if is_open and closes:
        return 1.5
    return -0.5 if is_open else -1.5 if closes else 0.0


def _closes_more(text: str) -> bool:
    """Whether a line closes a quotation or bracket that it did not open."""
    for opening, closing in ("“”", "（）", "《》", "()"):
        depth = 0
        for char in text:
            depth += (char == opening) - (char == closing)
            if depth < 0:
                return True
    return False
