"""The code lists: every word a record may use where it does not quote the page.

The codes with their Chinese and English labels are rows of `tables/codes.csv`, and where the label does not say enough,
a definition. A class here names in its body only the codes that rules of the programme speak of. Coding order for
themes (the first rule that decides, decides):

1. What did the *union* do, not what the firm achieved?
2. Device beats content: a contest about reading is `skill_competition` only if ranking is the device.
3. Institution beats activity: `craftsman_academy` before `skills_training`.
4. Who benefits is never a theme; that is `Beneficiary`.
5. Tie: the theme of the action with the most results.
"""

from __future__ import annotations

from enum import EnumType, StrEnum, _EnumDict
from typing import Any

from summariser.tables import read_table


class _CodeList(EnumType):
    """Makes the members of a code list: one for each of its rows in `codes.csv`, its name the code in capitals."""

    @classmethod
    def __prepare__(cls, name: str, bases: tuple[type, ...], **options: Any) -> _EnumDict:  # type: ignore[override]  # typeshed names the parameters otherwise
        """The body of the class, with the members of the list of this name in it."""
        body = super().__prepare__(name, bases, **options)
        for row in read_table("codes"):
            if row["list"] == name:
                body[row["code"].upper()] = (row["code"], row["zh"], row["en"], row["definition"])
        return body


class CodedEnum(StrEnum, metaclass=_CodeList):
    """A code with its labels.

    Shape: the value is the code; `zh` and `en` are labels, `definition` says what is in and what is out, or is empty.
    """

    zh: str
    en: str
    definition: str

    def __new__(cls, code: str, zh: str = "", en: str = "", definition: str = "") -> CodedEnum:
        """Make a member whose value is the code alone."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.zh, member.en, member.definition = zh, en, definition
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


class OrgType(CodedEnum):
    """What sort of organisation an actor is."""


class ActorRole(CodedEnum):
    """What an organisation does in the practice."""

    LEAD: ActorRole


class PersonKind(CodedEnum):
    """As what a person appears."""


class ResultKind(CodedEnum):
    """What a result counts or states."""


class ResultStatus(CodedEnum):
    """Whether a result has happened."""


class Beneficiary(CodedEnum):
    """For whom the practice is."""


class PracticeStatus(CodedEnum):
    """How far the practice has come."""


class PolicyFrame(CodedEnum):
    """A national frame that an article names; matched by code, never chosen by the model."""


THEME_FUNCTION: dict[Theme, Function | None] = {
    Theme(row["code"]): Function(row["function"]) if row["function"] else None
    for row in read_table("codes")
    if row["list"] == "Theme"
}
POLICY_FRAME_WORDS: dict[PolicyFrame, tuple[str, ...]] = {
    PolicyFrame(row["code"]): tuple(row["words"].split()) for row in read_table("codes") if row["words"]
}
CODE_LISTS: tuple[type[CodedEnum], ...] = tuple(CodedEnum.__subclasses__())
