-- Whether the link went to the address and to nobody else: only then does using it prove that the
-- address is the person's.
ALTER TABLE invitations ADD COLUMN mailed FLAG NOT NULL DEFAULT NO;

-- First and last name in lower case, for searching: SQLite lowers ASCII alone.
ALTER TABLE users ADD COLUMN name_key text NOT NULL DEFAULT '';
UPDATE users SET name_key = lower(first_name || ' ' || coalesce(last_name, ''));
