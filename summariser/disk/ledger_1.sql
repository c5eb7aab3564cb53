-- Version 1 of the ledger's tables; each statement ends with a semicolon at the end of its line. A version that was released is never changed.
CREATE TABLE runs (
    run_id INTEGER PRIMARY KEY AUTOINCREMENT, started_at TEXT NOT NULL, ended_at TEXT, command TEXT NOT NULL,
    model TEXT NOT NULL, base_url TEXT NOT NULL, pages INTEGER NOT NULL, records INTEGER NOT NULL DEFAULT 0,
    failures INTEGER NOT NULL DEFAULT 0, state TEXT NOT NULL DEFAULT 'running', host TEXT NOT NULL,
    pid INTEGER NOT NULL, born TEXT NOT NULL);
CREATE TABLE texts (sha256 TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE requests (
    position INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL, run_id INTEGER NOT NULL REFERENCES runs,
    purpose TEXT NOT NULL, page_id TEXT NOT NULL, article_id TEXT NOT NULL, prompt TEXT NOT NULL,
    model TEXT NOT NULL, attempt INTEGER NOT NULL, messages TEXT NOT NULL, schema_name TEXT NOT NULL,
    schema_sha256 TEXT NOT NULL REFERENCES texts, temperature REAL NOT NULL, max_tokens INTEGER NOT NULL,
    asked_at TEXT NOT NULL, state TEXT NOT NULL, UNIQUE (key, run_id));
CREATE INDEX requests_by_run ON requests (run_id);
CREATE TABLE replies (
    reply_id INTEGER PRIMARY KEY AUTOINCREMENT, request_key TEXT NOT NULL, run_id INTEGER NOT NULL REFERENCES runs,
    text TEXT NOT NULL, reasoning TEXT, model TEXT NOT NULL, finish_reason TEXT NOT NULL, mode TEXT NOT NULL,
    prompt_tokens INTEGER, completion_tokens INTEGER, cached_tokens INTEGER, seconds REAL NOT NULL,
    sends INTEGER NOT NULL, received_at TEXT NOT NULL);
CREATE INDEX replies_by_key ON replies (request_key);
CREATE INDEX replies_by_run ON replies (run_id);
CREATE TABLE errors (
    error_id INTEGER PRIMARY KEY AUTOINCREMENT, request_key TEXT NOT NULL, run_id INTEGER NOT NULL REFERENCES runs,
    kind TEXT NOT NULL, message TEXT NOT NULL, at TEXT NOT NULL);
CREATE INDEX errors_by_run ON errors (run_id, request_key);
CREATE TABLE capabilities (
    base_url TEXT NOT NULL, model TEXT NOT NULL, mode TEXT NOT NULL, token_parameter TEXT NOT NULL,
    send_temperature INTEGER NOT NULL, note TEXT NOT NULL,
    found_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')), PRIMARY KEY (base_url, model));
CREATE VIEW run_sums AS SELECT runs.*,
    (SELECT count(*) FROM requests WHERE requests.run_id = runs.run_id) AS requests,
    (SELECT count(*) FROM requests WHERE requests.run_id = runs.run_id AND attempt > 0) AS repairs,
    (SELECT count(*) FROM errors WHERE errors.run_id = runs.run_id) AS errors,
    count(reply_id) AS replies, coalesce(sum(prompt_tokens), 0) AS prompt_tokens,
    coalesce(sum(completion_tokens), 0) AS completion_tokens, coalesce(sum(cached_tokens), 0) AS cached_tokens,
    coalesce(sum(seconds), 0.0) AS seconds
    FROM runs LEFT JOIN replies USING (run_id) GROUP BY runs.run_id;
CREATE VIEW request_sums AS SELECT requests.*, finish_reason, prompt_tokens, completion_tokens, seconds,
    errors.kind AS error_kind, errors.message AS error
    FROM requests
    LEFT JOIN replies ON reply_id = (SELECT max(reply_id) FROM replies AS latest
        WHERE latest.request_key = requests.key AND latest.run_id = requests.run_id)
    LEFT JOIN errors ON error_id = (SELECT max(error_id) FROM errors AS latest
        WHERE latest.request_key = requests.key AND latest.run_id = requests.run_id);
