"""Records made of replies, every fact checked against the page, and stored records checked again.

evidence.py   where the page says what the model copied: results, with their numbers read by code; names and firms
prose.py      the sentences of a reply against the facts of the article
grounding.py  every fact, code and sentence of a reply, and the reply as a whole, against its article -> `CheckedCase`;
              what a second reader says of a case
make.py       page, article, checked case and exchange -> `Record`; failures, page manifests; records of older versions;
              a stored record made again from its page and compared
"""
