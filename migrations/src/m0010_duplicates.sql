-- As `domain::duplicate` has them: 1 = assign_to_previous_owner.
ALTER TABLE organizations ADD COLUMN duplicate_policy CODE NOT NULL DEFAULT 1;
ALTER TABLE organizations ADD COLUMN duplicate_window_days NUMBER NOT NULL DEFAULT 30;

ALTER TABLE leads ADD COLUMN duplicate_of UUID;
CREATE INDEX leads_duplicates ON leads (organization_id, duplicate_of, id) WHERE duplicate_of IS NOT NULL;

-- The latest lead by each normalised e-mail address (kind 1) and phone number (kind 2). Locking its
-- row is how leads of the same person come one after the other, whichever rotations they are for.
CREATE TABLE lead_contacts (
    organization_id UUID NOT NULL,
    kind CODE NOT NULL CHECK (kind BETWEEN 1 AND 2),
    contact text NOT NULL,
    lead_id UUID NOT NULL,
    seen_at INSTANT NOT NULL,
    PRIMARY KEY (organization_id, kind, contact)
) KEYED;

-- Ids are UUIDv7: the greatest is the latest.
INSERT INTO lead_contacts (organization_id, kind, contact, lead_id, seen_at)
SELECT c.organization_id, c.kind, c.contact, c.lead_id, c.seen_at FROM (
    SELECT k.organization_id, k.kind, k.contact, k.lead_id, k.seen_at,
           row_number() OVER (
               PARTITION BY k.organization_id, k.kind, k.contact ORDER BY k.lead_id DESC
           ) AS place
    FROM (
        SELECT organization_id, 1 AS kind, email_key AS contact, id AS lead_id, created_at AS seen_at
        FROM leads WHERE email_key IS NOT NULL
        UNION ALL
        SELECT organization_id, 2, phone_key, id, created_at
        FROM leads WHERE phone_key IS NOT NULL
    ) k
) c WHERE c.place = 1;
