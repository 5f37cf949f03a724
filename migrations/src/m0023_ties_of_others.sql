-- The ties of all but owners, which few leads have: leads that nobody owns are found by them. All that
-- is asked of a tie is in it, or SQLite would rather walk every tie.
CREATE INDEX lead_access_others ON lead_access (organization_id, user_id, lead_id, kind, archived)
    WHERE kind > 1;
