"""The code lists: every word a record may use where it does not quote the page.

The codes with their Chinese and English labels, with what is in and what is out, are rows of `tables/codes.csv`. A row
says in which versions of the codebook its code is given; the classes hold the codes of version `CODEBOOK`. A class here
names in its body only the codes that rules of the programme speak of. Coding order for themes (the first rule that
decides, decides):

1. What did the *union* do, not what the firm achieved?
2. Device beats content: a contest about reading is `skill_competition` only if ranking is the device.
3. Institution beats activity: `craftsman_academy` before `skills_training`.
4. Who benefits is never a theme; that is `Beneficiary`.
5. Tie: the theme of the action with the most results.
"""

from __future__ import annotations

import re
from enum import EnumType, StrEnum, _EnumDict
from typing import Any, Final

from summariser.tables import read_table

CODEBOOK: Final = 3  # the version in force; a list that began later is whole
_NAMED: Final = re.compile(r" ?([a-z_]+)")  # a code in a Chinese definition, with the space before it


class _CodeList(EnumType):
    """Makes the members of a code list: one for each of its rows in `codes.csv`, its name the code in capitals."""

    @classmethod
    def __prepare__(cls, name: str, bases: tuple[type, ...], **options: Any) -> _EnumDict:  # type: ignore[override]  # typeshed names the parameters otherwise
        """The body of the class, with the members of the list of this name in it."""
        body = super().__prepare__(name, bases, **options)
        rows = codes_in_force(name)
        names = {row["code"]: row["zh"] for row in rows}

        def quote(code: re.Match[str]) -> str:
            return f"“{names[code[1]]}”" if code[1] in names else code[0]

        for row in rows:
            english = f"{row['include_en']} Not: {row['exclude_en']}" if row["exclude_en"] else row["include_en"]
            chinese = _NAMED.sub(quote, "；".join(filter(None, (row["include_zh"], row["exclude_zh"]))))
            body[row["code"].upper()] = (row["code"], row["zh"], row["en"], english, chinese)
        return body


def codes_in_force(name: str, codebook: int = CODEBOOK) -> list[dict[str, str]]:
    """The rows of a code list that a version of the codebook gives, in the order in which they are shown.

    Shape: of a list that began later, the rows with which it began.
    """
    rows = [row for row in read_table("codes") if row["list"] == name]
    version = max(codebook, min((int(row["since"]) for row in rows), default=codebook))
    return [row for row in rows if int(row["since"]) <= version <= int(row["until"] or version)]


def codes_that_ended(name: str) -> list[dict[str, str]]:
    """The rows of a code list that records of earlier versions may hold and this version no longer gives."""
    return [row for row in read_table("codes") if row["list"] == name and int(row["until"] or CODEBOOK) < CODEBOOK]


class CodedEnum(StrEnum, metaclass=_CodeList):
    """A code with its labels.

    Shape: the value is the code; `zh` and `en` are labels, `definition` says in English what is in and what is out,
    `definition_zh` in Chinese, where other codes of the list go by their labels; they may be empty.
    """

    zh: str
    en: str
    definition: str
    definition_zh: str

    def __new__(cls, code: str, zh: str = "", en: str = "", english: str = "", chinese: str = "") -> CodedEnum:
        """Make a member whose value is the code alone."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.zh, member.en = zh, en
        member.definition, member.definition_zh = english, chinese
        return member


class Decision(CodedEnum):
    """Whether an article is a case, and if not, why not."""

    UNION_CASE: Decision


class Theme(CodedEnum):
    """What the union does."""

    OTHER: Theme


class Function(CodedEnum):
    """The union function a theme serves (Trade Union Law, articles 6 to 8)."""


class Level(CodedEnum):
    """How high an organisation stands; for unions, from the name by table where the name says it."""

    NATIONAL: Level
    PROVINCIAL: Level
    PREFECTURE: Level
    COUNTY: Level
    TOWNSHIP: Level
    COMMUNITY: Level
    FUNCTIONAL_ZONE: Level
    XPCC_CORPS: Level
    XPCC_DIVISION: Level
    XPCC_REGIMENT: Level
    INDUSTRY_NATIONAL: Level
    INDUSTRY_PROVINCIAL: Level
    INDUSTRY_LOCAL: Level
    ENTERPRISE_GROUP: Level
    ENTERPRISE: Level
    WORKPLACE_GROUP: Level
    PUBLIC_INSTITUTION: Level


class Rank(CodedEnum):
    """How high an organisation stands in the administration, whatever its sort; by code from its level, else null."""


class OrgType(CodedEnum):
    """What sort of organisation an actor is."""

    EMPLOYER: OrgType
    EXPERT_TEAM: OrgType
    GOVERNMENT: OrgType
    PARTY_YOUTH_ORG: OrgType
    SCHOOL: OrgType


class ActorRole(CodedEnum):
    """What an organisation does in the practice."""

    LEAD: ActorRole


class PersonKind(CodedEnum):
    """As what a person appears."""

    EXPERT: PersonKind
    MANAGER: PersonKind
    MODEL_WORKER: PersonKind
    OFFICIAL: PersonKind
    UNION_CADRE: PersonKind
    WORKER: PersonKind


class ResultKind(CodedEnum):
    """What a result counts or states."""


class Chain(CodedEnum):
    """Where a result stands between what is put in and what changes."""


class ResultStatus(CodedEnum):
    """Whether a result has happened."""

    PLANNED: ResultStatus
    TARGET: ResultStatus
    ESTIMATE: ResultStatus
    RULE: ResultStatus


class Beneficiary(CodedEnum):
    """For whom the practice is."""


class PracticeStatus(CodedEnum):
    """How far the practice has come."""

    UNCLEAR: PracticeStatus


class Claimant(CodedEnum):
    """Who says so, by the article."""

    EMPLOYER: Claimant
    EXPERT: Claimant
    GOVERNMENT: Claimant
    OTHER: Claimant
    UNION: Claimant
    WORKER: Claimant


class Support(CodedEnum):
    """How much of the article it takes to carry a fact."""

    WORDS: Support
    SENTENCES: Support
    ARTICLE: Support
    NONE: Support


class SupportFrom(CodedEnum):
    """Who says how far a fact is carried."""

    CODE: SupportFrom
    MODEL: SupportFrom
    PERSON: SupportFrom


class TimeRole(CodedEnum):
    """What a time is the time of."""

    ANNOUNCED: TimeRole


class RelationKind(CodedEnum):
    """How a practice stands to another one."""


class Ownership(CodedEnum):
    """Who owns an employer; only as printed."""


class PolicyFrame(CodedEnum):
    """A national frame that an article names; matched by code, never chosen by the model."""


THEME_FUNCTION: dict[Theme, Function | None] = {
    Theme(row["code"]): Function(row["under"]) if row["under"] else None for row in codes_in_force("Theme")
}
LEVEL_RANK: dict[Level, Rank | None] = {
    Level(row["code"]): Rank(row["under"]) if row["under"] else None for row in codes_in_force("Level")
}
POLICY_FRAME_WORDS: dict[PolicyFrame, tuple[str, ...]] = {
    PolicyFrame(row["code"]): tuple(row["words"].split()) for row in codes_in_force("PolicyFrame")
}
# Ways in which a page says whose a firm is.
OWNERSHIP_WORDS: dict[Ownership, tuple[str, ...]] = {
    Ownership(row["code"]): tuple(row["words"].split()) for row in codes_in_force("Ownership")
}
# Codes of older records that have another name today, by list and code.
RENAMED_CODES: dict[tuple[str, str], str] = {
    (row["list"], row["code"]): row["became"] for row in read_table("codes") if row["became"]
}
CODE_LISTS: tuple[type[CodedEnum], ...] = tuple(CodedEnum.__subclasses__())
