"""Kinds of quantities that were once misread, each with its neighbours and with texts that look alike and are none."""

from __future__ import annotations

import sys
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from summariser.numbers.quantity import find_numerals, find_quantities, quantity_at, unread_numerals
from summariser.schema.quantity import Quantity

# Each quantity as "value >=min <=max unit/per approx"; what is null or exact is left out, "." is an empty unit.
KINDS: dict[str, dict[str, list[str]]] = {
    "multitude": {
        "工会号召万千职工投身建设。": [],
        "全国亿万劳动者过节。": [],
        "感动了百万千万工友。": [],
        "千百年来的传统。": [],
        "数以千计的工人返岗。": [],
        "惠及百万职工。": ["1000000 . about"],
        "上亿人观看直播。": ["100000000 >=100000000 人 more_than"],
    },
    "word end": {
        "这是全省统一一次的体检。": [],
        "这是镇上独一一家书店。": [],
        "他专一一门手艺。": [],
        "第一批共二十一名。": ["21 名"],
        "之所以是第一，因为有一百名党员。": ["100 名"],
    },
    "in brackets": {
        "慰问职工3000多人(次)。": ["3000 >=3000 人次 more_than"],
        "培训8000余人（次），发放2万元。": ["8000 >=8000 人次 more_than", "20000 元"],
        "维修设备600台（次）。": ["600 台次"],
        "服务1.5万户（次）。": ["15000 户次"],
        "走访300人（含退休）。": ["300 人"],
    },
    "sign": {
        "冷库温度零下18摄氏度。": ["-18 摄氏度"],
        "夜间气温在-15℃至-5℃之间。": [">=-15 <=-5 ℃ range"],
        "利润为-35万元。": ["-350000 元"],
        "同比增速由-2.1%回升到3.4%。": ["-2.1 %", "3.4 %"],
        "气温降到零下20多度。": ["-20 <=-20 度 more_than"],
        "利润率为负2.5个百分点。": ["-2.5 个百分点"],
        "气温零下5℃至3℃。": [">=-5 <=3 ℃ range"],
        "气温零下15至3℃。": [">=-15 <=-3 ℃ range"],
        "气温零下20℃至30℃。": [">=-30 <=-20 ℃ range"],
        "零下30℃以下。": ["-30 <=-30 ℃ at_most"],
        "他肩负三项任务。": ["3 项"],
        "下降了0.6%。": ["0.6 %"],
        "产量达3至5万。": [">=30000 <=50000 . range"],
        "投资3-5亿元。": [">=300000000 <=500000000 元 range"],
        "工会——300名职工。": ["300 名"],
        "城东-30元午餐。": ["30 元"],
    },
    "nought": {
        "余额从0元涨到30万元。": ["0 元", "300000 元"],
        "0.8万元的补贴。": ["8000 元"],
        "事故起数为0起。": ["0 起"],
        "0到3岁婴幼儿托育。": [">=0 <=3 岁 range"],
        "零件合格率98%。": ["98 %"],
    },
    "script": {
        "發放慰問金壹佰萬元。": ["1000000 元"],
        "為職工辦實事兩千餘件。": ["2000 >=2000 件 more_than"],
        "投入資金三億五千萬元。": ["350000000 元"],
        "走訪企業幾十家。": [">=20 <=90 家 order_of_magnitude"],
        "節約成本八十多萬元。": ["800000 >=800000 元 more_than"],
    },
    "wrap": {
        "今年新建驿站3\n2个。": ["32 个"],
        "投入资金2.\n5万元。": ["25000 元"],
        "慰问职工300余\n人。": ["300 >=300 人 more_than"],
        "服务职工二十\n五人次。": ["25 人次"],
        "三大板块\n3个区。": ["3 大", "3 个"],
        "每年办好三场比赛。": ["3 场/年"],
        "每年办好\n三场比赛。": ["3 场/年"],
    },
    "by place": {
        "全县共有三一五、六四〇户。": ["315640 户"],
        "总产量四〇二·五吨。": ["402.5 吨"],
        "增长百分之一五·三。": ["15.3 %"],
        "耕地面积一、二〇〇亩。": ["1200 亩"],
        "纪念“五·四”运动。": [],
        "一九五三年建厂。": [],
        "工人占百分之六十·五。": ["60.5 %"],
        "上交利润一○○万元。": ["1000000 元"],
        "厚零点三毫米。": ["0.3 毫米"],
        "百分之八十几。": [">=81 <=89 % range"],
        "零点三十分开工。": [],
    },
    "two units": {
        "补贴每餐4元5角。": ["4.5 元/餐"],
        "赛程用了两小时四十分。": ["160 分钟"],
        "跑完全程用时3分28秒。": ["208 秒"],
        "工龄15年6个月。": ["15.5 年"],
        "一根钢管长2米4。": ["2.4 米"],
        "身高一米七八。": ["1.78 米"],
        "2吨500公斤钢材。": ["2.5 吨"],
        "等了20分半钟。": ["20.5 分钟"],
        "路程三公里半。": ["3.5 公里"],
        "孩子上学三年两个月。": ["38 个月"],
        "3元的票5张。": ["3 元", "5 张"],
    },
    "fraction": {
        "参与率为五分之四。": ["0.8 ."],
        "占职工总数的近三分之一。": ["0.3333 <=0.3333 . nearly"],
        "超过4/5的职工。": ["0.8 >=0.8 . more_than"],
        "每班节约1-1/2小时。": ["1.5 小时/班"],
        "四分之三以上的代表。": ["0.75 >=0.75 . at_least"],
        "千分之三的费率。": ["3 ‰"],
        "1/4决赛。": [],
        "3/4号线换乘。": [],
        "7/24小时开放。": [],
    },
    "two neighbours": {
        "这里有七、八十名工友。": [">=70 <=80 名 range"],
        "来了五、六百吨。": [">=500 <=600 吨 range"],
        "两、三千人参加。": [">=2000 <=3000 人 range"],
        "来了八、九个人。": [">=8 <=9 个人 range"],
        "三、五年内。": [">=3 <=5 年 range"],
        "二、三线城市。": [],
        "评出一、二等奖。": [],
        "二、三期工程。": [],
        "新增200、300和400元。": ["200 元", "300 元", "400 元"],
    },
    "age": {
        "年满18周岁的职工。": ["18 >=18 周岁 at_least"],
        "60周岁以上老人。": ["60 >=60 周岁 at_least"],
        "两周岁的孩子。": ["2 周岁"],
        "用了3周时间。": ["3 周"],
        "建校10周年。": ["10 周年"],
    },
    "border": {
        "服务5家政务大厅。": ["5 家"],
        "建立8所在线课堂。": ["8 所"],
        "评出6名次要人物。": ["6 名"],
        "走访20户外来务工家庭。": ["20 户"],
        "3项目标全部完成。": ["3 项"],
        "新增5个体育场馆。": ["5 个"],
        "来了8个人工智能专家。": ["8 个"],
        "共有6名师傅带徒。": ["6 名"],
        "得了第5名次。": [],
        "个体户3户。": ["3 户"],
        "10万人民币。": ["100000 人民币"],
    },
    "average": {
        "去年12月均已完工。": [],
        "今年均有增长。": [],
        "职工月均收入5200元。": ["5200 元/月"],
        "人均增收3000元。": ["3000 元/人"],
        "年均节约80万元。": ["800000 元/年"],
        "5名职工均获奖200元。": ["5 名", "200 元"],
        "近三年年均增长5%。": ["3 年", "5 %/年"],
    },
    "unit": {
        "发动机功率达180马力。": ["180 马力"],
        "利率上调25个基点。": ["25 个基点"],
        "飞防作业3200万亩次。": ["32000000 亩次"],
        "储能电站20兆瓦时。": ["20 兆瓦时"],
        "礼炮齐鸣三响。": ["3 响"],
        "输送天然气30亿标方。": ["3000000000 标方"],
        "注射疫苗2万剂次。": ["20000 剂次"],
        "噪声降到55分贝。": ["55 分贝"],
    },
    "nothing": {
        "东经116度的海域。": [],
        "500千伏级变电站。": [],
        "百亿级产业集群。": [],
        "三九天送温暖。": [],
        "千针万线缝军鞋。": [],
        "县总三届二次职代会召开。": [],
        "K128次列车晚点。": [],
        "7003/7004次列车停运。": [],
        "《江城日报》（2013年5月6日 03版）。": [],
        "七〇二所的科研人员。": [],
        "枪声四起。": [],
        "三大纪律八项注意。": [],
        "开过3次会。": ["3 次"],
    },
    "reckoned": {
        "年产钢120万吨。": ["1200000 吨/年"],
        "日产面包3万个。": ["30000 个/日"],
        "每小时通过1500辆。": ["1500 辆/小时"],
        "每平方米补助50元。": ["50 元/平方米"],
        "排放量12kg/h。": ["12 kg/h"],
        "住宿费80元/人/天。": ["80 元/人·天"],
        "补贴20元/人·天。": ["20 元/人·天"],
        "每月补贴300元/人。": ["300 元/人·月"],
        "200元每人每天。": ["200 元/人·天"],
    },
    "bound": {
        "最高可报销5000元。": ["5000 <=5000 元 at_most"],
        "最多能借10本书。": ["10 <=10 本 at_most"],
        "至少要走20里路。": ["20 >=20 里 at_least"],
        "起码要有5年工龄。": ["5 >=5 年 at_least"],
        "最高山峰1500米。": ["1500 米"],
    },
    "set apart": {
        "筹款 $1 2 . 5$ 万元。": ["125000 元"],
        "增长 $8 . 3 \\%$。": ["8.3 %"],
        "占地 3 5 0 0 亩。": ["3500 亩"],
        "惠及 1 , 2 0 0 人。": ["1200 人"],
        "增产12。5万吨。": ["125000 吨"],
        "会员数达到1438。3家企业获奖。": ["1438 .", "3 家"],
        "降至2·5%。": ["2.5 %"],
        "5·12地震后，新建3家。": ["3 家"],
    },
    "in part": {
        "累计发放2，350份。": ["2350 份"],
        "资金2'500元。": ["2500 元"],
        "奖金1、050元。": ["1050 元"],
        "投入1，5亿元。": [],
        "收入3..5万元。": [],
        "增长1.2.3%。": [],
        "颗粒数2.5×10^6个。": ["2500000 个"],
        "增至3.×10^3吨。": [],
        "招收30一50人。": [">=30 <=50 人 range"],
        "招收30---50人。": [">=30 <=50 人 range"],
        "招收3O人。": ["30 人"],
        "奖励l200元。": ["1200 元"],
        "O2O平台上线。": [],
        "十几二十人。": [],
    },
    "scale": {
        "投入5个亿。": ["500000000 ."],
        "总值100个亿元。": ["10000000000 元"],
        "三个多亿的订单。": ["300000000 >=300000000 . more_than"],
        "5个亿元村。": ["5 个"],
        "借款2万5。": ["25000 ."],
        "奖1万5千元。": ["15000 元"],
        "共3万零5人。": ["30005 人"],
        "年薪八万五。": ["85000 ./年"],
    },
    "per cent": {
        "百分之五到百分之八。": [">=5 <=8 % range"],
        "百分之十五至二十五。": [">=15 <=25 % range"],
        "占三成二。": ["32 %"],
        "占三成半。": ["35 %"],
        "百分之三至五点五。": [">=3 <=5.5 % range"],
        "百分之八九十。": [">=80 <=90 % range"],
    },
    "latin": {
        "占地200m2。": ["200 m2"],
        "用水50m³。": ["50 m³"],
        "面积12km²。": ["12 km²"],
        "走了5㎞。": ["5 km"],
        "提高20﹪。": ["20 %"],
        "共有五⼗⼈。": ["50 人"],
    },
    "money": {
        "打八五折。": ["8.5 折"],
        "享受七折优惠。": ["7 折"],
        "罚款￥300元。": ["300 元"],
        "售价¥1,280。": ["1280 元"],
        "人民币叁拾万元整。": ["300000 元"],
        "收拾3间房。": ["3 间"],
    },
    "swapped": {
        "12名万师生参与。": ["120000 名"],
        "8个万人社区。": ["8 个", "10000 人 about"],
        "5名万达员工。": ["5 名"],
    },
    "sign before a share": {
        "增速由上月的-3.6%转正。": ["-3.6 %"],
        "全年增幅仅有-0.75%。": ["-0.75 %"],
        "用电量同比增加-12万千瓦时。": ["-120000 千瓦时"],
        "工资总额同比－4.2%。": ["-4.2 %"],
        "贡献率是-1.5个百分点。": ["-1.5 个百分点"],
        "利润增长了-300万元。": ["-3000000 元"],
        "城北-40元套餐。": ["40 元"],
        "力度加大——30%的职工受益。": ["30 %"],
        "工龄5-8年。": [">=5 <=8 年 range"],
        "占比15%-20%。": [">=15 <=20 % range"],
        "见表1-3，共5项。": ["5 项"],
    },
    "risen and fallen": {
        "工伤由6起降为1起。": ["6 起", "1 起"],
        "投诉从9件降至2件。": ["9 件", "2 件"],
        "纠纷从7起降到3起。": ["7 起", "3 起"],
        "欠薪案由8起升至11起。": ["8 起", "11 起"],
        "事故由4起减至1起。": ["4 起", "1 起"],
        "机场3起降架次。": [],
    },
    "the next day": {
        "到会的有80人\n次日再来20人。": ["80 人", "20 人"],
        "首日报名12人次日增至30人。": ["12 人", "30 人"],
        "当年吸纳45户次年又吸纳8户。": ["45 户", "8 户"],
        "转移群众300人次晨全部返回。": ["300 人"],
        "服务9000人次，日均30人次。": ["9000 人次", "30 人次/日"],
        "服务1200人\n次。": ["1200 人次"],
    },
    "by place, short": {
        "全乡共有五、二一六户。": ["5216 户"],
        "产棉八、一二〇担。": ["8120 担"],
        "合格率提高百分之二○·五。": ["20.5 %"],
        "每吨成本降到〇·六五元。": ["0.65 元/吨"],
        "耗油○·三七公斤。": ["0.37 公斤"],
        "三八妇女节评出38名标兵。": ["38 名"],
        "六一二厂有职工90人。": ["90 人"],
        "种粮六一九亩。": ["619 亩"],
    },
    "two of a measure": {
        "每人每天补贴二元。": ["2 元/人·天"],
        "票价二元，老人免票。": ["2 元"],
        "每份早餐二元五角。": ["2.5 元/份"],
        "打破城乡二元结构。": [],
        "二元一次方程。": [],
        "买肉二斤。": ["2 斤"],
        "种田二亩。": ["2 亩"],
    },
    "share of a whole": {
        "女工超过全厂1/3。": ["0.3333 >=0.3333 . more_than"],
        "党员超过全村户数的三分之一。": ["0.3333 >=0.3333 . more_than"],
        "参保人数超过总数的60%。": ["60 >=60 % more_than"],
        "外地职工不足全矿1/4。": ["0.25 <=0.25 . nearly"],
        "产量超过去年1/3。": ["0.3333 ."],
        "产值超过上年同期的30%。": ["30 %"],
    },
    "hedge behind a rate": {
        "价格5元/公斤以上。": ["5 >=5 元/公斤 at_least"],
        "日薪200元/天左右。": ["200 元/天 about"],
        "风速8m/s以上。": ["8 >=8 m/s at_least"],
        "补贴30元/人以内。": ["30 <=30 元/人 at_most"],
        "补贴30元以上/人。": ["30 >=30 元/人 at_least"],
        "每度0.5元/户。": ["0.5 元/户"],
    },
    "time reached": {
        "见习须满8周。": ["8 >=8 周 at_least"],
        "培训满2个学期。": ["2 >=2 个学期 at_least"],
        "入会满10个星期。": ["10 >=10 个星期 at_least"],
        "成立满10周年。": ["10 周年"],
        "座位坐满30人。": ["30 人"],
    },
    "even with last year": {
        "产值较上年均翻两番。": ["4 倍"],
        "各县投入比上年均增10%。": ["10 %"],
        "年均增长8%。": ["8 %/年"],
        "较上月均有下降，降幅3%。": ["3 %"],
        "本月均价50元。": ["50 元"],
    },
    "last place unsaid": {
        "每月领到一千二。": ["1200 ./月"],
        "这台机床卖了三万八。": ["38000 ."],
        "他骂人是二百五。": [],
        "工资涨到四千三，另有补贴。": ["4300 ."],
        "领到三百五十元。": ["350 元"],
    },
    "radicals": {
        "走访⼆⼗户。": ["20 户"],
        "有⼉童⼗五⼈。": ["15 人"],
        "购⻋⼋⾞次。": ["8 车次"],
    },
    "names in 亿": {
        "投入5个亿打造园区。": ["500000000 ."],
        "两个亿达公司的班组。": ["2 个"],
        "三个亿纬厂的班组。": ["3 个"],
        "贷款2个亿，到账。": ["200000000 ."],
        "建成3个亿元村。": ["3 个"],
    },
    "train numbers": {
        "5633次绿皮火车停靠12站。": ["12 站"],
        "6063次公益慢火车上有3名乘务员。": ["3 名"],
        "8361次专列今天发出。": [],
        "检查1200次车间。": ["1200 次"],
        "义诊3000次，火车站1处。": ["3000 次", "1 处"],
    },
    "one number or a list": {
        "走访困难职工2、315户。": [],
        "救助15、620人。": [],
        "发放书籍4、500册。": [],
        "分别走访5、120户。": ["5 户", "120 户"],
        "奖金1000、2000和3000元。": ["1000 元", "2000 元", "3000 元"],
        "分3、5、8个小组。": ["3 个", "5 个", "8 个"],
    },
    "numbered paragraphs": {
        "按第4.1条执行。": [],
        "依照第2.3.5款罚款200元。": ["200 元"],
        "见5.2.1节。": [],
        "第3至5条规定。": [],
        "第6.5万名会员入会。": [],
    },
    "dots": {
        "收入2.4万元……6名会员说好。": ["24000 元", "6 名"],
        "收入2.4万元...6名会员说好。": ["24000 元", "6 名"],
        "收入2.4万元…6名会员说好。": ["24000 元", "6 名"],
        "赔了......3万元。": ["30000 元"],
        "共1..2万人。": [],
    },
    "boxes": {
        "送来四桶油。": ["4 桶"],
        "捐出五袋米。": ["5 袋"],
        "喝了三瓶水。": ["3 瓶"],
        "三包政策好。": [],
        "“三餐四季”。": [],
    },
    "loads": {
        "拉了5车煤。": ["5 车"],
        "每天发3至4车砖。": [">=3 <=4 车/天 range"],
        "3车间有5人。": ["5 人"],
        "12车道公路。": [],
        "每车装30吨。": ["30 吨/车"],
    },
    "reckoned by several": {
        "补助30元/人/天。": ["30 元/人·天"],
        "补助30元/（人·天）。": ["30 元/人·天"],
        "补助30元/(人/次)。": ["30 元/人·次"],
        "每人每天补助30元。": ["30 元/人·天"],
        "每天补助30元/人。": ["30 元/人·天"],
        "年均每户增收2000元。": ["2000 元/户·年"],
        "每人年均增收2000元。": ["2000 元/人·年"],
        "每月按时补助30元。": ["30 元/月"],
    },
    "reckoned by an amount": {
        "每驾驶4小时须休息20分钟。": ["4 小时", "20 分钟/4小时"],
        "每连续驾驶4小时休息20分钟。": ["4 小时", "20 分钟/4小时"],
        "每两周评比一次。": ["2 周", "1 次/2周"],
        "每满1年补500元。": ["1 >=1 年 at_least", "500 元/年"],
        "每50名职工配1名调解员。": ["50 名", "1 名/50名"],
        "每隔2小时测温一次，共300次。": ["2 小时", "1 次/2小时", "300 次"],
        "每隔十几天慰问两次。": [">=11 <=19 天 order_of_magnitude", "2 次"],
        "每天工作8小时，休息两次。": ["8 小时/天", "2 次"],
        "每天工作8小时休息2次。": ["8 小时/天", "2 次/天"],
        "每家企业5人分成2组。": ["5 人/家", "2 组/家"],
    },
    "hedge before what it is reckoned by": {
        "至少每3天一次。": ["3 天", "1 >=1 次/3天 at_least"],
        "起码每月两次。": ["2 >=2 次/月 at_least"],
        "每月至少一次。": ["1 >=1 次/月 at_least"],
        "最多每人3份。": ["3 <=3 份/人 at_most"],
        "至少每人两份，每天最多5份。": ["2 >=2 份/人 at_least", "5 <=5 份/天 at_most"],
        "不低于每小时22元。": ["22 >=22 元/小时 at_least"],
        "不得超过每人300元。": ["300 <=300 元/人 at_most"],
        "最高每月3000元，最低每月800元。": ["3000 <=3000 元/月 at_most", "800 >=800 元/月 at_least"],
        "不止一次。": [],
        "大约花了3个小时。": ["3 个小时 about"],
        "大约花了几天，来了3家。": ["3 家"],
    },
    "longer word": {
        "建起3个人工岛。": ["3 个"],
        "设8个人民法庭。": ["8 个"],
        "3个人民警察中队。": ["3 个"],
        "2个人民调解室。": ["2 个"],
        "4个人武部、3个人防工程。": ["4 个", "3 个"],
        "2个人力资源市场。": ["2 个"],
        "6个人行天桥。": ["6 个"],
        "5个人形成小组。": ["5 个人"],
        "3个人机会均等。": ["3 个人"],
        "4个人文化不高。": ["4 个人"],
        "3个人脸上有笑。": ["3 个人"],
        "3个人脸识别闸机。": ["3 个"],
        "2个人防止意外。": ["2 个人"],
        "2个人行动不便。": ["2 个人"],
        "有5个人工作。": ["5 个人"],
        "3个人才公寓。": ["3 个"],
        "6个人大代表联络站。": ["6 个"],
        "来了8个人。": ["8 个人"],
    },
    "gaps": {
        "产量翻了近一番。": ["2 <=2 倍 nearly"],
        "收入翻了将近两番。": ["4 <=4 倍 nearly"],
        "产值翻了不止一番。": ["2 >=2 倍 more_than"],
        "订户翻近一番。": ["2 <=2 倍 nearly"],
        "印发2,OOO份。": ["2000 份"],
        "补助1,2OO元。": ["1200 元"],
        "翻到第三、四十页。": [],
        "捐款港币500元。": ["500 港元"],
        "元旦前捐￥300，节后捐￥200元。": ["300 元", "200 元"],
        "折合美元300元。": ["300 美元"],
        "标价人民币800元。": ["800 元"],
        "每月为每名职工发200元。": ["200 元/名·月"],
        "每年给每户补300元。": ["300 元/户·年"],
        "每人发200元，每月15日到账。": ["200 元/人"],
    },
    "loss and depth": {
        "盈利-80万元。": ["-800000 元"],
        "职工人数同比变化-120人。": ["-120 人"],
        "井深-800米的巷道。": ["-800 米"],
        "北京-上海300公里。": ["300 公里"],
    },
    "formal, counted": {
        "共計壹仟貳佰戶。": ["1200 户"],
        "收稻叁佰伍拾石。": ["350 石"],
        "姓伍的师傅。": [],
        "陆师傅。": [],
    },
    "two of two": {
        "重三斤八两。": ["3.8 斤"],
        "一、二两个车间。": [],
        "近一、两个月。": [">=1 <=2 个月 range"],
        "二十两银。": ["20 两"],
        "一两个人。": [">=1 <=2 个人 range"],
    },
    "force": {
        "载荷5千牛。": ["5 千牛"],
        "转速3000转/分。": ["3000 转/分"],
        "血压130毫米汞柱。": ["130 毫米汞柱"],
        "养了3千牛羊。": ["3000 ."],
    },
    "least with a verb": {
        "每周须至少工作20小时。": ["20 >=20 小时/周 at_least"],
        "最多容纳30人。": ["30 <=30 人 at_most"],
        "最多时达1900人。": ["1900 人"],
        "至少每天3次。": ["3 >=3 次/天 at_least"],
    },
    "by so many": {
        "每千支不低于42元。": ["42 >=42 元/千支 at_least"],
        "每百公斤补3元。": ["3 元/百公斤"],
        "每分兑1元。": ["1 元/分"],
        "每分钟转30圈。": ["30 圈/分钟"],
        "满分100分。": ["100 分"],
    },
    "staff": {
        "60个人员编制。": ["60 个"],
        "30人员工队伍。": ["30 人"],
    },
    "two dots": {
        "占比..5%。": [],
        "占比……5%。": ["5 %"],
    },
    "a year, so often": {
        "一年两次体检。": ["2 次/年"],
        "一周三次。": ["3 次/周"],
        "一年级两个班。": ["2 个"],
        "全区惟一一家医院。": [],
    },
    "edges of forms": {
        "票数为5/5。": [],
        "占比3/10。": ["0.3 ."],
        "$3\\sim5$人参加。": [">=3 <=5 人 range"],
        "功率$1.2\\times10^{3}$千瓦。": ["1200 千瓦"],
        "重$3\\text{kg}$。": ["3 kg"],
        "面积500 kW。": ["500 kW"],
        "共1, 024件。": ["1024 件"],
        "每个月补300元。": ["300 元/个月"],
        "发伍仟圆。": ["5000 元"],
        "得$300美元。": ["300 美元"],
        "O5人到场。": [],
        "补贴2×10^16元。": ["20000000000000000 元"],
        "补贴2×10^30元。": [],
    },
}

CASES = [(kind, text, found) for kind, texts in KINDS.items() for text, found in texts.items()]

# Spellings of a quantity of 4,380 persons or 4,380,000 yuan: all say the same.
SPELLINGS = {
    "arabic": "{n}{unit}",
    "full width": "{wide}{unit}",
    "thousands": "{grouped}{unit}",
    "full-width comma": "{commas}{unit}",
    "apostrophe": "{ticks}{unit}",
    "letter-spaced": "{spaced} {unit}",
    "LaTeX": "${n}$ {unit}",
}
SENTENCE = (
    "截至3月底，区总工会投入1,280.5万元，建成驿站36个，服务户外劳动者近2.4万人次；三分之二的职工年均增收3000元，"
    "满意率由百分之八十五升至97.6%，零下20℃的工地每班缩短两小时四十分。"
)


def _shown(quantity: Quantity) -> str:
    """A quantity in the notation of the table above."""
    bounds = [f"{sign}{number}" for sign, number in ((">=", quantity.min), ("<=", quantity.max)) if number is not None]
    unit = (quantity.unit or ".") + (f"/{quantity.per}" if quantity.per else "")
    value = [] if quantity.value is None else [str(quantity.value)]
    return " ".join([*value, *bounds, unit, *([] if quantity.approx == "exact" else [quantity.approx.value])])


def _values(text: str) -> list[tuple[Decimal | None, Decimal | None, Decimal | None, str]]:
    """The numbers and units of a text."""
    return [(found.value, found.min, found.max, found.unit) for found in find_quantities(text)]


@pytest.mark.parametrize(
    ("text", "found"), [case[1:] for case in CASES], ids=[f"{case[0]}: {case[1]}" for case in CASES]
)
def test_kind_is_read_and_what_looks_alike_is_not(text: str, found: list[str]) -> None:
    """Each kind is read in whatever words, whole or not at all; its look-alikes stay as they are."""
    assert [_shown(quantity) for quantity in find_quantities(text)] == found


@settings(max_examples=60, deadline=None)
@given(st.integers(1000, 99_999_999), st.sampled_from(["人", "元", "亩", "千瓦时"]), st.sampled_from(sorted(SPELLINGS)))
def test_spelling_of_a_number_does_not_change_it(number: int, unit: str, spelling: str) -> None:
    """What is written with other separators, widths or spaces is read as the same quantity."""
    grouped = f"{number:,}"
    words = SPELLINGS[spelling].format(
        n=number,
        unit=unit,
        wide="".join(chr(ord(char) + 0xFEE0) for char in str(number)),
        grouped=grouped,
        commas=grouped.replace(",", "，"),
        ticks=grouped.replace(",", "'"),
        spaced=" ".join(str(number)),
    )

    assert _values(f"共计{words}。") == [(Decimal(number), None, None, unit)]


@settings(max_examples=40, deadline=None)
@given(st.integers(-999, 999), st.sampled_from(["℃", "%", "万元"]), st.sampled_from(["升至", "为", "降到"]))
def test_sign_is_read_with_the_number(number: int, unit: str, lead: str) -> None:
    """A minus sign in front of a measure belongs to it."""
    value, *_ = _values(f"三季度{lead}{number}{unit}。")[0]

    assert value == number * (10_000 if unit == "万元" else 1)


@settings(max_examples=80, deadline=None)
@given(st.sets(st.integers(1, len(SENTENCE) - 1), max_size=6))
@example(set(range(1, len(SENTENCE))))
def test_wrapping_a_text_at_any_column_changes_no_value(columns: set[int]) -> None:
    """A line may end anywhere, inside numbers, units and hedges too."""
    wrapped = "".join("\n" * (place in columns) + char for place, char in enumerate(SENTENCE))

    assert _values(wrapped) == _values(SENTENCE)


@pytest.mark.parametrize(
    ("given_text", "same"),
    [
        ("發放補貼１２．５萬元，惠及職工３００餘戶", "发放补贴12.5万元，惠及职工300余户"),
        ("新⼈培训⼆百⼈次，⽤钢5㎏，合格率98﹪", "新人培训二百人次，用钢5kg，合格率98%"),
        ("歷時兩年半，時速三十公里，約佔百分之五", "历时两年半，时速三十公里，约占百分之五"),
    ],
    ids=["width and script", "compatible", "script"],
)
def test_width_and_script_change_no_value(given_text: str, same: str) -> None:
    """Characters that stand for one another are read as one."""
    assert _values(given_text) == _values(same) != []


@pytest.mark.parametrize(
    ("text", "piece", "unread"),
    [
        ("累计办实事1..2万件", "2万件", ["1..2万"]),
        ("3人办实事1..2万件，发5元", "3人", []),
        ("办实事1..2万件，发5元", "5元", []),
        ("增长1.2.3%", "增长1.2.3%", ["1.2.3"]),
        ("受益1，2万人", "2万人", ["1，2万"]),
        ("1，024件", "1，024件", []),
        ("共1，024件", "024件", []),
        ("2025年第3期QN1803班有30人", "2025年第3期QN1803班有30人", []),
        ("共" + "9" * 40 + "人", "9人", ["9" * 40]),
        ("301皮带运煤5吨", "301皮带运煤5吨", ["301"]),
    ],
    ids=["dots", "dots behind", "dots before", "version", "comma", "grouped", "touching", "masked", "too long", "name"],
)
def test_figures_that_no_reading_covers_are_named(text: str, piece: str, unread: list[str]) -> None:
    """A digit of the piece, or one that touches it, that belongs to no number read whole is unread."""
    start = text.index(piece)

    assert [text[begin:end] for begin, end in unread_numerals(text, start, start + len(piece))] == unread


@pytest.mark.parametrize(
    "text", ["9" * 29 + "元", "0" * 300 + "人", "3亿" * 40 + "元", "一" * 60 + "个", "百分之" + "9" * 40]
)
def test_number_too_long_for_any_newspaper_is_none(text: str) -> None:
    """A number that cannot be held exactly gives no value, and no crash."""
    assert find_quantities(text) == []
    assert all(numeral.values for numeral in find_numerals(text))


def test_measure_word_nobody_knows_is_read_where_somebody_points() -> None:
    """A sign and a hedge belong to the quantity there too; an ordinal stays none."""
    text = "新开近96汪地，第3汪种豆"

    pointed = quantity_at(text, 2, 6)

    assert pointed is not None
    assert (pointed.raw, pointed.max) == ("近96汪", 96)
    assert quantity_at(text, 2, 7) is None
    assert quantity_at(text, text.index("3"), text.index("3") + 2) is None


HOSTILE = [
    "1-1-1-",
    "1~",
    "1—",
    "-1",
    "AAAA",
    "1,000,",
    "0",
    "1.",
    "1，",
    "1、",
    "1 ",
    "$1 ",
    "每人",
    "一",
    "一·二",
    "三、四",
]
HOSTILE += [
    "“",
    "l1 ",
    "3元5角",
    "2025年",
    "1/",
    "十几",
    "3个",
    "百分之一至",
    "近",
    "壹佰",
    "3家政府",
    "1\n",
    "1:",
    "3万",
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_no_text_takes_more_than_its_length(piece: str) -> None:
    """Twice the text is twice the calls, whatever it repeats."""
    small, large = (_count_calls(piece * (size // len(piece))) for size in (1500, 3000))

    assert large < 2.3 * small + 100


def _count_calls(text: str) -> int:
    """How many functions are called, C functions included, while the quantities of a text are found."""
    find_quantities("每3家共1，024件")  # reads the tables
    calls = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    sys.setprofile(count)
    try:
        find_quantities(text)
    finally:
        sys.setprofile(None)
    return calls
