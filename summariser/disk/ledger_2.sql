-- Version 2: what endpoints can do is kept whole, as JSON, and found out again; a reply may be no answer (cut off, empty,
-- refused), which is paid for as well.
ALTER TABLE replies ADD COLUMN is_answer INTEGER NOT NULL DEFAULT 1;
DELETE FROM capabilities;
ALTER TABLE capabilities ADD COLUMN details TEXT NOT NULL DEFAULT '{}';
