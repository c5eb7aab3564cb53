"""The code lists: every word a record may use where it does not quote the page.

Each member carries its Chinese and English label and, where the label does not say enough, a definition. Coding order
for themes (the first rule that decides, decides):

1. What did the *union* do, not what the firm achieved?
2. Device beats content: a contest about reading is `skill_competition` only if ranking is the device.
3. Institution beats activity: `craftsman_academy` before `skills_training`.
4. Who benefits is never a theme; that is `Beneficiary`.
5. Tie: the theme of the action with the most results.
"""

from __future__ import annotations

from enum import StrEnum


class CodedEnum(StrEnum):
    """A code with its labels.

    Shape: the value is the code; `zh` and `en` are labels, `definition` says what is in and what is out, or is empty.
    """

    zh: str
    en: str
    definition: str

    def __new__(cls, code: str, zh: str, en: str, definition: str = "") -> CodedEnum:
        """Make a member whose value is the code alone."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.zh, member.en, member.definition = zh, en, definition
        return member


class Decision(CodedEnum):
    """Whether an article is a case, and if not, why not."""

    UNION_CASE = "union_case", "工会案例", "union case", "A union's practice, and what was done."
    LABOUR_RELATED = "labour_related", "涉及职工", "labour related", "Workers' affairs; no union acts in the text."
    NOT_UNION = "not_union", "无关", "not union", "Neither a union's practice nor workers' affairs."
    FRAGMENT = "fragment", "残篇", "fragment", "A continuation or a torn piece that cannot stand alone."


class Function(CodedEnum):
    """The union function a theme serves (Trade Union Law, articles 6 to 8)."""

    EDUCATE = "educate", "教育", "educate"
    MOBILISE = "mobilise", "建设", "mobilise production"
    PARTICIPATE = "participate", "参与", "democratic participation"
    PROTECT = "protect", "维护", "protect rights"
    SERVE = "serve", "服务", "serve"
    ORGANISE = "organise", "组织", "organise"


class Theme(CodedEnum):
    """What the union does."""

    IDEOLOGICAL_EDUCATION = (
        "ideological_education",
        "思想政治引领",
        "ideological education",
        "Courses, 思政课, theory talks. Not concerts (publicity), not book clubs (culture).",
    )
    PUBLICITY_COMMUNICATION = (
        "publicity_communication",
        "宣传传播",
        "publicity and communication",
        "Media work, speech contests, touring shows.",
    )
    CULTURE_READING_SPORTS = (
        "culture_reading_sports",
        "文化阅读体育",
        "culture, reading, sports",
        "职工书屋, reading, sports, clubs.",
    )
    MODEL_WORKER_SPIRIT = (
        "model_worker_spirit",
        "弘扬劳模工匠精神",
        "spirit of model workers",
        "Talks and honours. If they solve a firm's problem: craftsman_enterprise_aid.",
    )
    SKILLS_TRAINING = (
        "skills_training",
        "技能培训与学历提升",
        "skills training and degrees",
        "Courses, classes, degree schemes.",
    )
    CRAFTSMAN_ACADEMY = (
        "craftsman_academy",
        "工匠学院",
        "craftsman academy",
        "Founding or running a 工匠学院 as an institution.",
    )
    SKILL_COMPETITION = (
        "skill_competition",
        "劳动和技能竞赛",
        "labour and skill competition",
        "A contest is the main device.",
    )
    CAREER_RECOGNITION = (
        "career_recognition",
        "等级认定与晋升通道",
        "grading and promotion",
        "Skill grading, pay by skill, promotion ladders.",
    )
    MODEL_WORKER_WORKSHOP_ALLIANCE = (
        "model_worker_workshop_alliance",
        "劳模工匠创新工作室(联盟)",
        "model worker studios and alliances",
        "Studios, their alliances, exchange between them.",
    )
    CRAFTSMAN_ENTERPRISE_AID = (
        "craftsman_enterprise_aid",
        "劳模工匠助企行",
        "craftsmen aid enterprises",
        "Teams of craftsmen sent to firms: 技术门诊, 揭榜.",
    )
    INNOVATION_INCENTIVES = (
        "innovation_incentives",
        "群众性创新与激励",
        "mass innovation and incentives",
        "Prizes, 五小, 合理化建议 as innovation, tolerance of errors, patents.",
    )
    DEMOCRATIC_MANAGEMENT = (
        "democratic_management",
        "民主管理",
        "democratic management",
        "职代会, 厂务公开, 职工董事, 恳谈, leaders' days on the shop floor.",
    )
    COLLECTIVE_BARGAINING = (
        "collective_bargaining",
        "集体协商与工资",
        "collective bargaining and wages",
        "Wage talks, sector agreements, wage floors.",
    )
    LEGAL_RIGHTS_PROTECTION = (
        "legal_rights_protection",
        "法律服务与维权",
        "legal service and rights",
        "Legal aid, 法治体检, mediation.",
    )
    LABOUR_SAFETY = (
        "labour_safety",
        "劳动安全卫生",
        "safety and health at work",
        "Safety contests, checks, first aid.",
    )
    HARDSHIP_ASSISTANCE = (
        "hardship_assistance",
        "困难帮扶与送温暖",
        "hardship assistance",
        "Aid money, visits, 金秋助学.",
    )
    HEALTH_MUTUAL_AID = (
        "health_mutual_aid",
        "健康与互助保障",
        "health and mutual aid",
        "医疗互助, check-ups, counselling.",
    )
    WORKER_SERVICE_FACILITIES = (
        "worker_service_facilities",
        "驿站、职工之家、文化宫",
        "service places",
        "Building or running places for workers.",
    )
    WOMEN_FAMILY_MATCHMAKING = (
        "women_family_matchmaking",
        "女职工、家庭与婚恋",
        "women, family, matchmaking",
        "Childcare, 妈妈小屋, matchmaking.",
    )
    EMPLOYMENT_SUPPORT = (
        "employment_support",
        "就业帮扶",
        "employment support",
        "Job fairs, placement, help to start a business.",
    )
    DIGITAL_SERVICES = (
        "digital_services",
        "数智化工会",
        "digital services",
        "The app or platform is the practice itself, not a channel of it.",
    )
    ORGANISING_MEMBERSHIP = (
        "organising_membership",
        "建会入会",
        "organising and membership",
        "Recruiting members, founding unions.",
    )
    CADRE_CAPACITY = (
        "cadre_capacity",
        "干部队伍与基层履职",
        "cadres and grass-roots duty",
        "Training of cadres, stipends, 蹲点调研.",
    )
    UNION_NETWORK_COOPERATION = (
        "union_network_cooperation",
        "区域行业协作",
        "cooperation between unions",
        "Platforms across regions or sectors.",
    )
    SERVICE_PACKAGE = (
        "service_package",
        "综合服务品牌",
        "service package",
        "Four or more themes under one brand, and none dominates.",
    )
    OTHER = "other", "其他", "other", "Nothing above fits; a reviewer has to look."


THEME_FUNCTION: dict[Theme, Function | None] = {
    Theme.IDEOLOGICAL_EDUCATION: Function.EDUCATE,
    Theme.PUBLICITY_COMMUNICATION: Function.EDUCATE,
    Theme.CULTURE_READING_SPORTS: Function.SERVE,
    Theme.MODEL_WORKER_SPIRIT: Function.EDUCATE,
    Theme.SKILLS_TRAINING: Function.MOBILISE,
    Theme.CRAFTSMAN_ACADEMY: Function.MOBILISE,
    Theme.SKILL_COMPETITION: Function.MOBILISE,
    Theme.CAREER_RECOGNITION: Function.MOBILISE,
    Theme.MODEL_WORKER_WORKSHOP_ALLIANCE: Function.MOBILISE,
    Theme.CRAFTSMAN_ENTERPRISE_AID: Function.MOBILISE,
    Theme.INNOVATION_INCENTIVES: Function.MOBILISE,
    Theme.DEMOCRATIC_MANAGEMENT: Function.PARTICIPATE,
    Theme.COLLECTIVE_BARGAINING: Function.PROTECT,
    Theme.LEGAL_RIGHTS_PROTECTION: Function.PROTECT,
    Theme.LABOUR_SAFETY: Function.PROTECT,
    Theme.HARDSHIP_ASSISTANCE: Function.SERVE,
    Theme.HEALTH_MUTUAL_AID: Function.SERVE,
    Theme.WORKER_SERVICE_FACILITIES: Function.SERVE,
    Theme.WOMEN_FAMILY_MATCHMAKING: Function.SERVE,
    Theme.EMPLOYMENT_SUPPORT: Function.SERVE,
    Theme.DIGITAL_SERVICES: Function.SERVE,
    Theme.ORGANISING_MEMBERSHIP: Function.ORGANISE,
    Theme.CADRE_CAPACITY: Function.ORGANISE,
    Theme.UNION_NETWORK_COOPERATION: Function.ORGANISE,
    Theme.SERVICE_PACKAGE: Function.SERVE,
    Theme.OTHER: None,
}


class Level(CodedEnum):
    """How high an organisation stands; for unions, from the name by table where the name says it."""

    NATIONAL = "national", "全国", "national"
    PROVINCIAL = "provincial", "省级", "provincial"
    PREFECTURE = "prefecture", "地市级", "prefecture"
    COUNTY = "county", "县级", "county", "区, 县 and cities of county rank (邹城, 胶州, 格尔木)."
    TOWNSHIP = "township", "乡镇街道", "township"
    COMMUNITY = "community", "社区村", "community"
    FUNCTIONAL_ZONE = "functional_zone", "功能区", "functional zone", "高新区, 开发区."
    XPCC_CORPS = "xpcc_corps", "兵团", "Xinjiang corps"
    XPCC_DIVISION = "xpcc_division", "兵团师", "corps division"
    XPCC_REGIMENT = "xpcc_regiment", "兵团团场", "corps regiment"
    INDUSTRY_NATIONAL = "industry_national", "全国产业工会", "national industry union"
    INDUSTRY_PROVINCIAL = "industry_provincial", "省级产业工会", "provincial industry union"
    INDUSTRY_LOCAL = "industry_local", "地方行业工会", "local industry union"
    ENTERPRISE_GROUP = "enterprise_group", "企业集团", "enterprise group"
    ENTERPRISE = "enterprise", "企业", "enterprise"
    WORKPLACE_GROUP = "workplace_group", "车间班组连队", "workplace group"
    PUBLIC_INSTITUTION = "public_institution", "事业单位", "public institution"
    UNKNOWN = "unknown", "不明", "unknown"


class OrgType(CodedEnum):
    """What sort of organisation an actor is."""

    UNION_FEDERATION = "union_federation", "地方总工会", "union federation"
    INDUSTRY_UNION = "industry_union", "产业工会", "industry union"
    ENTERPRISE_UNION = "enterprise_union", "企业工会", "enterprise union", "Of a firm, a group, or one workplace."
    UNION_ASSOCIATION = "union_association", "区域行业工会联合会", "union association"
    UNION_INSTITUTION = "union_institution", "工会事业单位", "union institution", "文化宫, 疗养院, 工匠学院, 帮扶中心."
    EMPLOYER = "employer", "用人单位", "employer"
    SCHOOL = "school", "学校", "school"
    GOVERNMENT = "government", "政府部门", "government"
    PARTY_YOUTH_ORG = "party_youth_org", "党团组织", "party or youth organisation"
    INDUSTRY_BODY = "industry_body", "行业组织", "industry body"
    MEDIA = "media", "媒体", "media"
    SERVICE_PROVIDER = "service_provider", "服务机构", "service provider"
    EXPERT_TEAM = "expert_team", "服务队、工作室、联盟", "expert team"
    OTHER = "other", "其他", "other"


class ActorRole(CodedEnum):
    """What an organisation does in the practice."""

    LEAD = "lead", "主办", "lead", "The union (or, without one, the body) whose practice it is. One per article."
    CO_ORGANISER = "co_organiser", "联合主办", "co-organiser"
    HOST = "host", "承办", "host"
    SUPERVISOR = "supervisor", "指导", "supervisor"
    PARTNER = "partner", "支持参与", "partner"
    FUNDER = "funder", "出资", "funder"
    IMPLEMENTER = "implementer", "落实", "implementer"
    BENEFICIARY = "beneficiary", "受益单位", "beneficiary"
    SITE = "site", "举办地", "site"
    AWARDING_BODY = "awarding_body", "颁授", "awarding body"


class PersonKind(CodedEnum):
    """As what a person appears."""

    WORKER = "worker", "职工", "worker"
    MODEL_WORKER = "model_worker", "劳模工匠", "model worker"
    UNION_CADRE = "union_cadre", "工会干部", "union cadre"
    MANAGER = "manager", "企业负责人", "manager"
    OFFICIAL = "official", "政府人员", "official"
    EXPERT = "expert", "专家教师", "expert"
    STUDENT = "student", "学生", "student"
    OTHER = "other", "其他", "other"


class ResultKind(CodedEnum):
    """What a result counts or states."""

    PARTICIPANTS = "participants", "参加人数", "participants"
    PEOPLE_TRAINED = "people_trained", "培训人数", "people trained"
    BENEFICIARIES = "beneficiaries", "受益人数", "beneficiaries"
    SERVICE_USES = "service_uses", "服务人次", "service uses"
    NEW_MEMBERS = "new_members", "新增会员", "new members"
    ORGS_COVERED = "orgs_covered", "覆盖单位", "organisations covered"
    FACILITIES = "facilities", "设施数量", "facilities"
    FLOOR_AREA = "floor_area", "面积", "floor area"
    ACTIVITIES_HELD = "activities_held", "活动场次", "activities held"
    COURSES_MATERIALS = "courses_materials", "课程教材", "courses and materials"
    SUGGESTIONS_SOLUTIONS = "suggestions_solutions", "建议方案", "suggestions and solutions"
    PROBLEMS_SOLVED = "problems_solved", "解决问题", "problems solved"
    INNOVATION_OUTPUTS = "innovation_outputs", "创新成果", "innovation outputs"
    AWARDS_TITLES = "awards_titles", "奖项称号", "awards and titles"
    CERTIFICATES_PROMOTIONS = "certificates_promotions", "取证晋级", "certificates and promotions"
    MONEY_SPENT = "money_spent", "投入资金", "money spent"
    MONEY_SAVED_EARNED = "money_saved_earned", "节约创效", "money saved or earned"
    SUBSIDY_STANDARD = "subsidy_standard", "补贴奖励标准", "subsidy standard"
    WAGE_BENEFIT_CHANGE = "wage_benefit_change", "工资待遇变化", "change in pay or benefits"
    EFFICIENCY_QUALITY = "efficiency_quality", "效率质量", "efficiency and quality"
    TIME_SAVED = "time_saved", "节省时间", "time saved"
    RESOLUTION_RATE = "resolution_rate", "解决率", "resolution rate"
    SATISFACTION_RATE = "satisfaction_rate", "满意率", "satisfaction rate"
    COVERAGE_RATE = "coverage_rate", "覆盖率占比", "coverage rate"
    POLICY_ADOPTED = "policy_adopted", "制度出台", "policy adopted"
    OTHER = "other", "其他", "other"


class ResultStatus(CodedEnum):
    """Whether a result has happened."""

    ACHIEVED = "achieved", "已实现", "achieved", "截至目前, 已."
    RECURRING = "recurring", "经常性", "recurring", "每年, 年均."
    ONGOING = "ongoing", "进行中", "ongoing"
    PLANNED = "planned", "计划", "planned", "将, 下一步."
    TARGET = "target", "目标", "target", "力争, 达到."
    BASELINE = "baseline", "背景", "baseline", "How things stand apart from the practice."
    RULE = "rule", "规定标准", "rule", "What a policy lays down: amounts, thresholds, frequencies."


class Beneficiary(CodedEnum):
    """For whom the practice is."""

    ALL_WORKERS = "all_workers", "全体职工", "all workers"
    FRONTLINE_WORKERS = "frontline_workers", "一线职工", "front-line workers"
    INDUSTRIAL_WORKERS = "industrial_workers", "产业工人", "industrial workers"
    NEW_EMPLOYMENT = "new_employment", "新就业形态劳动者", "workers in new forms of employment"
    MIGRANT_WORKERS = "migrant_workers", "农民工", "migrant workers"
    OUTDOOR_WORKERS = "outdoor_workers", "户外劳动者", "outdoor workers"
    HARDSHIP_WORKERS = "hardship_workers", "困难职工", "workers in hardship"
    WOMEN_WORKERS = "women_workers", "女职工", "women workers"
    YOUNG_WORKERS = "young_workers", "青年职工", "young workers"
    SINGLE_WORKERS = "single_workers", "单身职工", "single workers"
    RETIREES = "retirees", "退休职工", "retirees"
    MODEL_WORKERS = "model_workers", "劳模工匠", "model workers"
    TEAM_LEADERS = "team_leaders", "班组长", "team leaders"
    UNION_CADRES = "union_cadres", "工会干部", "union cadres"
    SMALL_ENTERPRISE_WORKERS = "small_enterprise_workers", "小微企业职工", "workers of small enterprises"
    SELF_EMPLOYED_FLEXIBLE = "self_employed_flexible", "个体和灵活就业人员", "self-employed and flexible workers"
    STUDENTS_GRADUATES = "students_graduates", "学生和毕业生", "students and graduates"
    FAMILIES = "families", "职工家庭子女", "workers' families"
    ILL_DISABLED = "ill_disabled", "患病残疾职工", "ill or disabled workers"
    ENTERPRISES = "enterprises", "企业", "enterprises"


class PracticeStatus(CodedEnum):
    """How far the practice has come."""

    COMPLETED = "completed", "已结束", "completed"
    RUNNING = "running", "持续开展", "running"
    LAUNCHED = "launched", "刚启动", "launched"
    ANNOUNCED = "announced", "已宣布", "announced"
    UNCLEAR = "unclear", "不明", "unclear"


class PolicyFrame(CodedEnum):
    """A national frame that an article names; matched by code, never chosen by the model."""

    INDUSTRIAL_WORKFORCE_REFORM = "industrial_workforce_reform", "产业工人队伍建设改革", "industrial workforce reform"
    IDEOLOGICAL_CLASS = "ideological_class", "中国工人大思政课", "great ideological class of Chinese workers"
    CRAFTSMEN_AID = "craftsmen_aid", "劳模工匠助企行", "craftsmen aid enterprises"
    STUDY_DREAM = "study_dream", "求学圆梦", "study dream"
    FIVE_SMALLS = "five_smalls", "五小", "five smalls"
    INNOVATION_CASES = "innovation_cases", "重点工作创新案例", "innovation cases of key work"
    GRASSROOTS_FOUR = "grassroots_four", "四下基层", "four to the grass roots"
    PLAN_559 = "plan_559", "“559”工作部署", "559 plan"


POLICY_FRAME_WORDS: dict[PolicyFrame, tuple[str, ...]] = {
    PolicyFrame.INDUSTRIAL_WORKFORCE_REFORM: ("产改", "产业工人队伍建设改革"),
    PolicyFrame.IDEOLOGICAL_CLASS: ("大思政课", "工人思政课"),
    PolicyFrame.CRAFTSMEN_AID: ("劳模工匠助企行", "劳模工匠进万企"),
    PolicyFrame.STUDY_DREAM: ("求学圆梦",),
    PolicyFrame.FIVE_SMALLS: ("五小",),
    PolicyFrame.INNOVATION_CASES: ("重点工作创新案例",),
    PolicyFrame.GRASSROOTS_FOUR: ("四下基层",),
    PolicyFrame.PLAN_559: ("“559”", '"559"'),
}

CODE_LISTS: tuple[type[CodedEnum], ...] = (
    Decision,
    Theme,
    Function,
    Level,
    OrgType,
    ActorRole,
    PersonKind,
    ResultKind,
    ResultStatus,
    Beneficiary,
    PracticeStatus,
    PolicyFrame,
)
