-- Version 3: requests that are sent in files (batches). A batch is noted before its file goes out; `ended_at` is set once
-- all that came of it is in the ledger. A line is `asked` until it is `answered`, `refused` (there will be no answer), `cut`
-- or `failed` (to be asked again), `missing` (the batch ended without it) or `unsent` (the endpoint never worked on it).
CREATE TABLE batches (
    batch_id INTEGER PRIMARY KEY AUTOINCREMENT, run_id INTEGER NOT NULL REFERENCES runs, file_sha256 TEXT NOT NULL,
    capability TEXT NOT NULL, made_at TEXT NOT NULL, file_id TEXT, remote_id TEXT,
    state TEXT NOT NULL DEFAULT 'intended', expires_at TEXT, message TEXT NOT NULL DEFAULT '', ended_at TEXT);
CREATE TABLE batch_lines (
    batch_id INTEGER NOT NULL REFERENCES batches, key TEXT NOT NULL, max_tokens INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'asked', reason TEXT, message TEXT NOT NULL DEFAULT '',
    reply_id INTEGER REFERENCES replies, PRIMARY KEY (batch_id, key)) WITHOUT ROWID;
CREATE INDEX batch_lines_by_key ON batch_lines (key, batch_id);
CREATE VIEW batch_sums AS SELECT batches.*, base_url, model,
    (SELECT count(*) FROM batch_lines WHERE batch_lines.batch_id = batches.batch_id) AS requests,
    (SELECT count(*) FROM batch_lines WHERE batch_lines.batch_id = batches.batch_id
        AND batch_lines.state = 'answered') AS answered,
    (SELECT count(*) FROM batch_lines WHERE batch_lines.batch_id = batches.batch_id
        AND batch_lines.state NOT IN ('asked', 'answered')) AS unanswered,
    (SELECT coalesce(sum(prompt_tokens), 0) FROM batch_lines JOIN replies USING (reply_id)
        WHERE batch_lines.batch_id = batches.batch_id) AS prompt_tokens,
    (SELECT coalesce(sum(completion_tokens), 0) FROM batch_lines JOIN replies USING (reply_id)
        WHERE batch_lines.batch_id = batches.batch_id) AS completion_tokens
    FROM batches JOIN runs USING (run_id);
