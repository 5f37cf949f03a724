-- Leads without an owner that a rotation deals as soon as somebody is eligible, first in, first out.
-- Only a lead with a row here waits, by the decision that is named.
CREATE TABLE waiting_leads (
    organization_id UUID NOT NULL,
    rotation_id UUID NOT NULL,
    position BIG NOT NULL,
    lead_id UUID NOT NULL,
    assignment_id UUID NOT NULL,
    PRIMARY KEY (organization_id, rotation_id, position)
) KEYED;
CREATE UNIQUE INDEX waiting_leads_lead ON waiting_leads (organization_id, lead_id);

-- Of a rotation's waiting list, under the rotation's lock: whether a lead may be on it (who takes
-- one off has only the lead locked, so it is to be looked at again), the last position given, and
-- when to try again; NULL = not by itself.
ALTER TABLE rotations ADD COLUMN waiting FLAG NOT NULL DEFAULT NO;
ALTER TABLE rotations ADD COLUMN waiting_position BIG NOT NULL DEFAULT 0;
ALTER TABLE rotations ADD COLUMN next_attempt_at INSTANT;
CREATE INDEX rotations_next_attempt ON rotations (next_attempt_at) WHERE next_attempt_at IS NOT NULL;

-- Decisions that dealt a lead to nobody and passed it on to the one that its assignment tells of.
CREATE TABLE assignment_steps (
    organization_id UUID NOT NULL,
    lead_id UUID NOT NULL,
    assignment_id UUID NOT NULL,
    step NUMBER NOT NULL,
    rotation_id UUID NOT NULL,
    entry BIG NOT NULL,
    ledger_hash BYTES NOT NULL,
    reason CODE NOT NULL,
    decided_at INSTANT NOT NULL,
    PRIMARY KEY (organization_id, lead_id, assignment_id, step)
) KEYED;
