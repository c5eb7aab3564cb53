"""What the model fills in: its reading of one article (`CaseReply`), and its verdicts on a case (`VerifyReply`).

The model cites sentence numbers and copies short mentions; it types no number and no offset of its own. The classes
keep to what every strict JSON Schema server takes: all fields required, null instead of optional, no bounds, no
patterns. Field order is part of the format: evidence comes before conclusions, so that a model writes down what it saw
before it judges.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pydantic import Field

from summariser.schema.codes import (
    ActorRole,
    Beneficiary,
    Chain,
    Decision,
    Level,
    OrgType,
    Ownership,
    PersonKind,
    PracticeStatus,
    RelationKind,
    ResultKind,
    ResultStatus,
    Support,
    Theme,
    TimeRole,
)
from summariser.schema.page import Frozen


class ReplyActor(Frozen):
    """An organisation that does something in the practice, or stands at the other side of the table."""

    name: str = Field(description="Copied from a cited sentence, the fullest form printed.")
    org_type: OrgType
    level: Level = Field(description="Level of the organisation; unknown if the text does not tell.")
    role: ActorRole
    sents: list[int] = Field(description="Sentence numbers in which name and role stand.")


class ReplyEmployer(Frozen):
    """What the article says of a firm; one entry for a firm that it describes."""

    name: str = Field(description="Copied from a cited sentence.")
    industry: str | None = Field(description="Its line of business, copied; null if not printed.")
    ownership: Ownership | None = Field(description="Only where the article says it; else null.")
    size_text: str | None = Field(description="Words with the number of its workers, copied; null if not printed.")
    sents: list[int]


class ReplyPerson(Frozen):
    """A person named in the article; reporters and photographers are none."""

    name: str = Field(description="Copied from a cited sentence, the name alone.")
    title: str | None = Field(description="Post or title, copied from a cited sentence; null if none is printed.")
    kind: PersonKind
    sents: list[int] = Field(description="Sentence numbers in which name and title stand.")


class ReplyPlace(Frozen):
    """Where the practice is, each part as the article names it."""

    province: str | None = Field(description="省、自治区、直辖市 as printed; null if the article does not name it.")
    city: str | None = Field(description="地级市、州、盟 as printed; null if not named.")
    county: str | None = Field(description="县、区、县级市 as printed; null if not named.")
    sents: list[int] = Field(description="Sentence numbers in which these names stand.")


class ReplyTime(Frozen):
    """When it happened."""

    text: str = Field(description="Copied from the article.")
    role: TimeRole
    sents: list[int]


class ReplyDevice(Frozen):
    """A name that the practice has given to something of its own: 揭榜墙, 和事桌."""

    name: str = Field(description="Copied from a cited sentence, without quotation marks.")
    sents: list[int]


class ReplyRelation(Frozen):
    """How the practice hangs together with another practice, campaign or document."""

    kind: RelationKind
    to: str = Field(description="The other one, copied from a cited sentence.")
    sents: list[int]


class ReplyAction(Frozen):
    """One thing that was done."""

    text: str = Field(description="What was done, in Chinese, one sentence in your own words.")
    theme: Theme
    sents: list[int] = Field(description="Numbers of all sentences that are needed to bear the text out.")


class ReplyResult(Frozen):
    """One result, standard or figure; one number each, a change from one number to another together."""

    text: str = Field(description="What it is, in Chinese, in your own words.")
    chain: Chain
    kind: ResultKind
    status: ResultStatus
    value_text: str | None = Field(
        description="The words that carry the number, copied with 近、超、余、以上 and the unit; null without a number."
    )
    subject: str | None = Field(description="What the number counts, copied from a cited sentence; null without one.")
    before_text: str | None = Field(description="The words with the number from before a change, copied; else null.")
    period_text: str | None = Field(description="The time that the number is of, copied; null if not printed.")
    part_of: int | None = Field(description="Place in this list (from 0) of the total that this number is a part of.")
    claimant: str | None = Field(description="Who says so, copied; null where the newspaper itself does.")
    sents: list[int] = Field(description="Numbers of all sentences that are needed to bear the fact out.")


class ReplyBeneficiary(Frozen):
    """A group for whom the practice is."""

    group: Beneficiary
    sents: list[int]


class CaseReply(Frozen):
    """The model's reading of one article."""

    actors: list[ReplyActor] = Field(description="Organisations, the lead first; at most 12.")
    employers: list[ReplyEmployer] = Field(description="Firms whose business, ownership or size is printed; at most 4.")
    people: list[ReplyPerson] = Field(description="People named in the article, in text order; at most 12.")
    place: ReplyPlace | None = Field(description="Where the practice is; null if the article names no place.")
    time: ReplyTime | None = Field(description="When it happened; null if not printed.")
    devices: list[ReplyDevice] = Field(description="The practice's own names for things; at most 6.")
    relations: list[ReplyRelation] = Field(description="Links to other practices and campaigns; at most 4.")
    problem: str | None = Field(description="The problem it answers, in Chinese; null if the article names none.")
    problem_sents: list[int]
    actions: list[ReplyAction] = Field(description="What was done, in text order; at most 8.")
    results: list[ReplyResult] = Field(description="Results and figures, in text order; at most 25 in one reply.")
    more: bool = Field(description="Whether the article has further results, which this reply leaves out.")
    lesson: str | None = Field(description="A lesson the article itself draws; null is normal.")
    lesson_sents: list[int]
    decision: Decision
    primary_theme: Theme
    theme_sents: list[int] = Field(description="Numbers of the sentences that decide the primary theme.")
    secondary_themes: list[Theme] = Field(description="At most 2, none of them the primary theme.")
    beneficiaries: list[ReplyBeneficiary] = Field(description="For whom the practice is.")
    practice_status: PracticeStatus
    status_sents: list[int]
    one_line: str = Field(description="Who did what with what result, in Chinese, up to 60 characters.")
    summary: str = Field(description="80 to 150 Chinese characters.")
    headline_en: str = Field(description="A headline in English, up to 15 words.")
    summary_en: str = Field(description="40 to 90 English words, the same facts as the Chinese summary.")


class MoreReply(Frozen):
    """The results of a dense article behind those that a reply has given."""

    results: list[ReplyResult] = Field(description="Further results, in text order; at most 25.")
    more: bool = Field(description="Whether there are still others.")


class Verdict(Frozen):
    """How far the words of the article bear one claim out."""

    claim: int = Field(description="Number of the claim.")
    support: Support
    missing: list[int] = Field(description="Numbers of the sentences that are needed as well; empty if none is.")


class VerifyReply(Frozen):
    """A second reader's verdicts on the facts of a case, one for each claim."""

    verdicts: list[Verdict]


REPLY_LISTS: Final[Mapping[str, type[Frozen]]] = {
    "actors": ReplyActor,
    "employers": ReplyEmployer,
    "people": ReplyPerson,
    "devices": ReplyDevice,
    "relations": ReplyRelation,
    "actions": ReplyAction,
    "results": ReplyResult,
    "beneficiaries": ReplyBeneficiary,
}
