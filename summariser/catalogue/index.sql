CREATE TABLE files (
  page_id TEXT NOT NULL,
  name TEXT NOT NULL,
  mtime_ns INTEGER NOT NULL,
  size INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  kind TEXT NOT NULL,
  headline TEXT,
  trouble TEXT,
  state TEXT,
  doubt TEXT,
  PRIMARY KEY (page_id, name)
) WITHOUT ROWID;
CREATE TABLE entries (
  entry INTEGER PRIMARY KEY AUTOINCREMENT,
  page_id TEXT NOT NULL,
  article_id TEXT NOT NULL,
  event TEXT,
  practice TEXT,
  UNIQUE (page_id, article_id)
);
CREATE INDEX entries_of_practice ON entries (practice);
CREATE TABLE facets (
  entry INTEGER NOT NULL,
  facet TEXT NOT NULL,
  code TEXT NOT NULL,
  PRIMARY KEY (entry, facet, code)
) WITHOUT ROWID;
CREATE TABLE counted (
  entry INTEGER NOT NULL,
  fact_path TEXT NOT NULL,
  kind TEXT NOT NULL,
  unit TEXT NOT NULL,
  value REAL NOT NULL,
  is_exact BOOLEAN NOT NULL,
  PRIMARY KEY (entry, fact_path)
) WITHOUT ROWID;
CREATE TABLE practice_keys (
  key TEXT NOT NULL,
  entry INTEGER NOT NULL,
  PRIMARY KEY (key, entry)
) WITHOUT ROWID;
CREATE INDEX practice_keys_of_entry ON practice_keys (entry);
CREATE TABLE counters (
  name TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) WITHOUT ROWID;
