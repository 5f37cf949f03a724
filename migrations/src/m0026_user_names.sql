-- Raised in the transaction that changes what a user of the organization is called. Whoever keeps names
-- in memory asks for it: no row means that none has changed. A table of its own, for a lock on the
-- organization comes before those on its users, and this one after.
CREATE TABLE user_names (
    organization_id UUID NOT NULL PRIMARY KEY REFERENCES organizations (id),
    version BIG NOT NULL
) HOT;
