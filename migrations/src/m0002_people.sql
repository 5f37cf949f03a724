CREATE TABLE team_members (
    organization_id UUID NOT NULL,
    team_id UUID NOT NULL,
    user_id UUID NOT NULL,
    -- 1 manager, 2 user.
    seat CODE NOT NULL CHECK (seat IN (1, 2)),
    PRIMARY KEY (organization_id, team_id, user_id),
    FOREIGN KEY (organization_id, team_id) REFERENCES teams (organization_id, id),
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id)
) KEYED;
CREATE INDEX team_members_user ON team_members (organization_id, user_id, seat);

-- Out of all rotations, until an instant where one is given.
ALTER TABLE users ADD COLUMN paused FLAG NOT NULL DEFAULT NO;
ALTER TABLE users ADD COLUMN paused_until INSTANT;

-- The same for one member of one rotation, as its ledger has it.
ALTER TABLE rotation_members ADD COLUMN away FLAG NOT NULL DEFAULT NO;
ALTER TABLE rotation_members ADD COLUMN away_until INSTANT;

-- For people to recognise their own sessions by.
ALTER TABLE sessions ADD COLUMN user_agent text;
ALTER TABLE sessions ADD COLUMN address text;
ALTER TABLE sessions ADD COLUMN last_used_at INSTANT;

-- What the actor of an event came with.
ALTER TABLE events ADD COLUMN credential_id UUID;
ALTER TABLE event_details ADD COLUMN address text;
CREATE INDEX events_kind ON events (organization_id, kind, sequence);

-- The handoff note of a transfer or a release.
ALTER TABLE assignments ADD COLUMN note text;

-- When they accepted; null for who never has.
ALTER TABLE users ADD COLUMN joined_at INSTANT;
UPDATE users SET joined_at = updated_at WHERE status <> 1;

-- The groups that an invited person joins on accepting: nobody is dealt leads before.
CREATE TABLE invitation_groups (
    organization_id UUID NOT NULL,
    user_id UUID NOT NULL,
    group_id UUID NOT NULL,
    PRIMARY KEY (organization_id, user_id, group_id),
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id),
    FOREIGN KEY (organization_id, group_id) REFERENCES groups (organization_id, id)
) KEYED;
