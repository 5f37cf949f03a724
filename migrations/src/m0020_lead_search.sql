-- How far the index of leads is: everything of the log up to this number is in it. One row.
CREATE TABLE lead_search_progress (
    only_row NUMBER NOT NULL PRIMARY KEY CHECK (only_row = 1),
    sequence BIG NOT NULL,
    -- The process that is at it, and until when nobody else is.
    claimed_by UUID,
    lease_until INSTANT
) PLAIN;
INSERT INTO lead_search_progress (only_row, sequence) VALUES (1, 0);

-- Lists of all leads by what they are worth, which is less than nothing where nobody said, and by
-- when they last changed.
CREATE INDEX leads_value ON leads (organization_id, coalesce(value_minor, -1), id);
CREATE INDEX leads_updated ON leads (organization_id, updated_at, id);
