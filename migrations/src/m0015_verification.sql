-- Verifications of ledgers that are too long for one answer: how far each has come, and what it found.
CREATE TABLE verifications (
    organization_id UUID NOT NULL,
    id UUID NOT NULL,
    rotation_id UUID NOT NULL,
    -- 1 running, 2 completed.
    status CODE NOT NULL CHECK (status IN (1, 2)),
    -- What is compared with the ledger, as it was sent, and its hash: who asks for the same again
    -- while it runs gets the same verification.
    kept JSON NOT NULL,
    kept_hash BYTES NOT NULL,
    -- The last entry that was verified, one that made a checkpoint, and what is known there.
    entries BIG NOT NULL,
    turns BIG NOT NULL,
    decisions BIG NOT NULL,
    departed JSON NOT NULL,
    -- How many entries there are.
    total BIG NOT NULL,
    -- The first entry that something is wrong with.
    found_entry BIG,
    found_turn BIG,
    problem text,
    detail text,
    created_at INSTANT NOT NULL,
    finished_at INSTANT,
    -- The process that is at it, and until when nobody else is.
    claimed_by UUID,
    lease_until INSTANT,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, rotation_id) REFERENCES rotations (organization_id, id)
) PLAIN;
CREATE UNIQUE INDEX verifications_running
    ON verifications (organization_id, rotation_id, kept_hash) WHERE status = 1;
CREATE INDEX verifications_waiting ON verifications (id) WHERE status = 1;
CREATE INDEX verifications_finished ON verifications (finished_at) WHERE status = 2;
