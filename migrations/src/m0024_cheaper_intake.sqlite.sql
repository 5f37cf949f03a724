-- Keys are hashes, in no order. In the tree of the keys the answers took a page of their own each; one
-- behind the other they share it.
CREATE TABLE kept_answers (
    organization_id BLOB NOT NULL,
    credential_id BLOB NOT NULL,
    key_hash BLOB NOT NULL,
    request_hash BLOB NOT NULL,
    subject_id BLOB,
    answer BLOB,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (organization_id, credential_id, key_hash)
) STRICT;
INSERT INTO kept_answers (organization_id, credential_id, key_hash, request_hash, subject_id, answer, expires_at)
SELECT organization_id, credential_id, key_hash, request_hash, subject_id, answer, expires_at FROM idempotency_keys;
DROP TABLE idempotency_keys;
ALTER TABLE kept_answers RENAME TO idempotency_keys;
CREATE INDEX idempotency_keys_expiry ON idempotency_keys (expires_at);
