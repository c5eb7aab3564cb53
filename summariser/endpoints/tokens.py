"""How many tokens a text, a question and the reply to it will come to, reckoned without a tokenizer.

Each kind of character has a weight, fitted to the tokenizers of DeepSeek V4 and Qwen 3.6 on the recorded exchanges
(`docs/quality.md`): sums over a page are within 5 % of either, single texts within 15 %. A JSON Schema is all keys and
marks, which these weights make too little of.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from summariser.schema.exchange import Request, Usage, canonical_json

# Chinese words are often one token; marks of full width seldom join anything, half-width ones run together.
_WEIGHTS: Final = (
    (re.compile(r"[\u3400-\u9fff\uf900-\ufaff]"), 0.6),
    (re.compile(r"[\u2e80-\u303f\uff00-\uffef“”‘’—…·]"), 1.1),
    (re.compile(r"[A-Za-z]+"), 1.4),
    (re.compile(r"[0-9]"), 0.9),
    (re.compile(r"[!-/:-@\[-`{-~]+"), 0.7),
    (re.compile(r"\n"), 1.9),
)
_NUMBER: Final = re.compile(r"(?<![\[\d.,])\d[\d.,]*")  # of an article; `[12]` is the number of a sentence
# A reply names what a case always has, and a result for most numbers; a split names a few lines for each article.
_CASE_TOKENS, _TOKENS_PER_TOKEN, _TOKENS_PER_NUMBER = 415, 1.44, 44
_TOKENS_PER_ARTICLE: Final = 45
_TOKENS_PER_CLAIM: Final = 13.5  # of a verdict
_SCHEMA_WEIGHT: Final = 1.16
_CLAIM: Final = re.compile(r"^\d+\. .*〕$", re.MULTILINE)


@lru_cache(maxsize=64)  # the same static text is in most questions
def estimate_tokens(text: str) -> int:
    """About as many tokens as a text has."""
    return round(sum(weight * len(kind.findall(text)) for kind, weight in _WEIGHTS))


def estimate_prompt(request: Request) -> int:
    """About as many tokens as are read: the messages and the schema, which most endpoints show to the model."""
    schema = _SCHEMA_WEIGHT * estimate_tokens(canonical_json(request.reply_schema))
    return sum(estimate_tokens(message.content) for message in request.messages) + round(schema)


def estimate_usage(request: Request, *, articles: int) -> Usage:
    """About as many tokens as a first question and its reply have, `articles` being how many a page may hold."""
    question = request.messages[-1].content
    reply = float(articles * _TOKENS_PER_ARTICLE)
    if request.purpose == "case_study":
        numbers = len(_NUMBER.findall(question))
        reply = _CASE_TOKENS + _TOKENS_PER_TOKEN * estimate_tokens(question) + _TOKENS_PER_NUMBER * numbers
    if request.purpose == "verify":
        reply = _TOKENS_PER_CLAIM * len(_CLAIM.findall(question))
    return Usage(prompt_tokens=estimate_prompt(request), completion_tokens=round(reply))
