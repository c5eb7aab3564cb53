"""From the reply of a model to a record whose every fact was held against the page, and back: stored records checked.

evidence.py   where the page says what the model copied
facts.py      results, with their numbers read by code; organisations, firms and people by their names
prose.py      the sentences of a reply against the facts of the article
grounding.py  every fact, code and sentence of a reply, and the reply as a whole, against its article -> `CheckedCase`
verdicts.py   what a second reader says of a case
make.py       page, article, checked case and exchange -> `Record`; failures, page manifests; records of older versions
check.py      a stored record made again from its page and compared
"""
