"""From the reply of a model to a record whose every fact was held against the page, and back: stored records checked.

evidence.py   where the page says what the model copied
actors.py     organisations, firms and people by their names
results.py    the number of a result, read by code from the words that carry it
prose.py      the sentences of a reply against the facts of the article
english.py    what the words beside an English number say: hedge, bound, unit
people.py     the people whom prose names and the article does not
reply_rules.py what is wrong with a reply as a whole: citations, prose, codes
grounding.py  every fact, code and sentence of a reply against its article -> `CheckedCase`
verdicts.py   what a second reader says of a case
make.py       `make_record`: page, article, checked case and exchange -> `Record`; also failures and page manifests
check.py      a stored record made again from its page and compared
"""
