-- The text of each lead that is searched.
CREATE TABLE lead_search (
    -- The row of lead_search_grams.
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    organization_id BLOB NOT NULL,
    lead_id BLOB NOT NULL,
    text TEXT NOT NULL,
    -- The lead's, as it was read.
    version INTEGER NOT NULL,
    UNIQUE (organization_id, lead_id)
) STRICT;
-- Which texts have which grams: hashes, salted with the organization, as words. The texts themselves
-- are not in it, and neither is where in them a gram is.
CREATE VIRTUAL TABLE lead_search_grams USING fts5 (
    grams, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii'
);
