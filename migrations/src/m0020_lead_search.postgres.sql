-- The text of each lead that is searched, and the hashes of its grams, salted with the organization.
-- Grams of our own and not those of pg_trgm: that one asks for an extension, and leaves out every
-- letter that the database's locale does not know.
CREATE TABLE lead_search (
    organization_id uuid NOT NULL,
    lead_id uuid NOT NULL,
    text text COLLATE "C" NOT NULL,
    grams integer[] NOT NULL,
    -- The lead's, as it was read.
    version bigint NOT NULL,
    PRIMARY KEY (organization_id, lead_id)
) WITH (fillfactor = 90);
CREATE INDEX lead_search_grams ON lead_search USING gin (grams) WITH (gin_pending_list_limit = 1024);
