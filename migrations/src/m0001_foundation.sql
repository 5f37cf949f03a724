CREATE TABLE organizations (
    id UUID NOT NULL PRIMARY KEY,
    name text NOT NULL,
    zone text NOT NULL,
    country text NOT NULL,
    currency text NOT NULL,
    lead_statuses JSON NOT NULL,
    settings_version BIG NOT NULL,
    created_at INSTANT NOT NULL
) PLAIN;

CREATE TABLE accounts (
    id UUID NOT NULL PRIMARY KEY,
    email text NOT NULL,
    email_key text NOT NULL UNIQUE,
    password_hash text,
    -- Null while nobody has proved by mail that the address is theirs.
    email_verified_at INSTANT,
    created_at INSTANT NOT NULL
) PLAIN;

CREATE TABLE users (
    organization_id UUID NOT NULL REFERENCES organizations (id),
    id UUID NOT NULL,
    account_id UUID NOT NULL REFERENCES accounts (id),
    role CODE NOT NULL CHECK (role BETWEEN 1 AND 4),
    status CODE NOT NULL CHECK (status BETWEEN 1 AND 3),
    partner FLAG NOT NULL,
    first_name text NOT NULL,
    last_name text,
    -- Raised by every change of what the user may do, so that a cached copy is seen to be old.
    access_version BIG NOT NULL,
    version BIG NOT NULL,
    created_at INSTANT NOT NULL,
    updated_at INSTANT NOT NULL,
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, account_id)
) PLAIN;
CREATE INDEX users_account ON users (account_id);

CREATE TABLE permission_overrides (
    organization_id UUID NOT NULL,
    user_id UUID NOT NULL,
    permission text NOT NULL,
    granted FLAG NOT NULL,
    PRIMARY KEY (organization_id, user_id, permission),
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id)
) KEYED;

CREATE TABLE sessions (
    id UUID NOT NULL PRIMARY KEY,
    organization_id UUID NOT NULL,
    user_id UUID NOT NULL,
    created_at INSTANT NOT NULL,
    expires_at INSTANT NOT NULL,
    ended_at INSTANT,
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id)
) PLAIN;
CREATE INDEX sessions_user ON sessions (organization_id, user_id);

-- One family of refresh tokens a session; only hashes of the secrets.
CREATE TABLE refresh_tokens (
    hash BYTES NOT NULL PRIMARY KEY,
    session_id UUID NOT NULL REFERENCES sessions (id),
    created_at INSTANT NOT NULL,
    spent_at INSTANT,
    replaced_by BYTES
) PLAIN;
CREATE INDEX refresh_tokens_session ON refresh_tokens (session_id);

-- The primary key is a plain counter: replicas that start at once both try to insert the same
-- number, and one of them reads what the other wrote.
CREATE TABLE signing_keys (
    number NUMBER NOT NULL PRIMARY KEY,
    kid text NOT NULL UNIQUE,
    public_key BYTES NOT NULL,
    private_key BYTES NOT NULL,
    sealed FLAG NOT NULL,
    created_at INSTANT NOT NULL,
    retired_at INSTANT
) PLAIN;

CREATE TABLE invitations (
    hash BYTES NOT NULL PRIMARY KEY,
    id UUID NOT NULL UNIQUE,
    organization_id UUID NOT NULL,
    user_id UUID NOT NULL,
    created_by UUID,
    created_at INSTANT NOT NULL,
    expires_at INSTANT NOT NULL,
    used_at INSTANT,
    revoked_at INSTANT,
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id)
) PLAIN;
CREATE INDEX invitations_user ON invitations (organization_id, user_id);

CREATE TABLE api_keys (
    organization_id UUID NOT NULL REFERENCES organizations (id),
    id UUID NOT NULL,
    name text NOT NULL,
    prefix text NOT NULL,
    hash BYTES NOT NULL UNIQUE,
    scopes JSON NOT NULL,
    source text,
    group_ids JSON,
    created_by UUID NOT NULL,
    expires_at INSTANT,
    revoked_at INSTANT,
    last_used_at INSTANT,
    access_version BIG NOT NULL,
    version BIG NOT NULL,
    created_at INSTANT NOT NULL,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, created_by) REFERENCES users (organization_id, id)
) PLAIN;

CREATE TABLE groups (
    organization_id UUID NOT NULL REFERENCES organizations (id),
    id UUID NOT NULL,
    name text NOT NULL,
    name_key text NOT NULL,
    version BIG NOT NULL,
    created_at INSTANT NOT NULL,
    updated_at INSTANT NOT NULL,
    archived_at INSTANT,
    PRIMARY KEY (organization_id, id)
) PLAIN;
CREATE UNIQUE INDEX groups_name ON groups (organization_id, name_key) WHERE archived_at IS NULL;

CREATE TABLE teams (
    organization_id UUID NOT NULL REFERENCES organizations (id),
    id UUID NOT NULL,
    name text NOT NULL,
    name_key text NOT NULL,
    version BIG NOT NULL,
    created_at INSTANT NOT NULL,
    updated_at INSTANT NOT NULL,
    archived_at INSTANT,
    PRIMARY KEY (organization_id, id)
) PLAIN;
CREATE UNIQUE INDEX teams_name ON teams (organization_id, name_key) WHERE archived_at IS NULL;

-- The settings and, from next_user_id on, what every deal changes: hot columns carry no index.
CREATE TABLE rotations (
    organization_id UUID NOT NULL,
    id UUID NOT NULL,
    group_id UUID,
    team_id UUID,
    method CODE NOT NULL,
    daily_limit NUMBER NOT NULL,
    monthly_limit NUMBER NOT NULL,
    seed BYTES NOT NULL,
    zone text NOT NULL,
    archived_at INSTANT,
    next_user_id UUID,
    entry BIG NOT NULL,
    turn BIG NOT NULL,
    head BYTES NOT NULL,
    last_at INSTANT NOT NULL,
    local_day NUMBER NOT NULL,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, group_id) REFERENCES groups (organization_id, id),
    FOREIGN KEY (organization_id, team_id) REFERENCES teams (organization_id, id),
    CHECK ((group_id IS NULL) <> (team_id IS NULL))
) HOT;
CREATE UNIQUE INDEX rotations_group ON rotations (organization_id, group_id) WHERE group_id IS NOT NULL;
CREATE UNIQUE INDEX rotations_team ON rotations (organization_id, team_id) WHERE team_id IS NOT NULL;

CREATE TABLE rotation_members (
    organization_id UUID NOT NULL,
    rotation_id UUID NOT NULL,
    user_id UUID NOT NULL,
    position NUMBER NOT NULL,
    daily_limit NUMBER,
    monthly_limit NUMBER,
    paused FLAG NOT NULL,
    paused_until INSTANT,
    PRIMARY KEY (organization_id, rotation_id, user_id),
    FOREIGN KEY (organization_id, rotation_id) REFERENCES rotations (organization_id, id),
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id)
) KEYED;
CREATE INDEX rotation_members_user ON rotation_members (organization_id, user_id);

-- Belongs to rotation and user, not to the membership: leaving and coming back refills nothing.
-- The counts are of local_day and its month, and count as zero on any other.
CREATE TABLE rotation_counts (
    organization_id UUID NOT NULL,
    rotation_id UUID NOT NULL,
    user_id UUID NOT NULL,
    local_day NUMBER NOT NULL,
    of_day NUMBER NOT NULL,
    of_month NUMBER NOT NULL,
    PRIMARY KEY (organization_id, rotation_id, user_id)
) HOT;

-- Append-only. UNIQUE (turn) is the safety net under the rotation's row lock.
CREATE TABLE rotation_ledger (
    organization_id UUID NOT NULL,
    rotation_id UUID NOT NULL,
    entry BIG NOT NULL,
    turn BIG,
    kind CODE NOT NULL,
    at INSTANT NOT NULL,
    lead_id UUID,
    user_id UUID,
    body BYTES NOT NULL,
    hash BYTES NOT NULL,
    PRIMARY KEY (organization_id, rotation_id, entry)
) PLAIN;
CREATE UNIQUE INDEX rotation_ledger_turn ON rotation_ledger (organization_id, rotation_id, turn) WHERE turn IS NOT NULL;

CREATE TABLE rotation_checkpoints (
    organization_id UUID NOT NULL,
    rotation_id UUID NOT NULL,
    entry BIG NOT NULL,
    body BYTES NOT NULL,
    PRIMARY KEY (organization_id, rotation_id, entry)
) PLAIN;

-- Signed heads: with one of them, a ledger that was hashed anew or cut short is found out.
CREATE TABLE rotation_heads (
    organization_id UUID NOT NULL,
    rotation_id UUID NOT NULL,
    entry BIG NOT NULL,
    signed_at INSTANT NOT NULL,
    jws text NOT NULL,
    PRIMARY KEY (organization_id, rotation_id, entry)
) PLAIN;

CREATE TABLE leads (
    organization_id UUID NOT NULL,
    id UUID NOT NULL,
    owner_id UUID,
    group_id UUID,
    team_id UUID,
    rotation_id UUID,
    assignment_id UUID NOT NULL,
    status text NOT NULL,
    first_name text,
    last_name text,
    email text,
    email_key text,
    phone text,
    phone_key text,
    company text,
    source text,
    product text,
    value_minor BIG,
    value_currency text,
    country text,
    external_id text,
    tags JSON NOT NULL,
    custom_fields JSON NOT NULL,
    created_by_user_id UUID,
    created_by_api_key_id UUID,
    created_by_name text NOT NULL,
    version BIG NOT NULL,
    created_at INSTANT NOT NULL,
    updated_at INSTANT NOT NULL,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, owner_id) REFERENCES users (organization_id, id),
    FOREIGN KEY (organization_id, rotation_id) REFERENCES rotations (organization_id, id),
    CHECK ((created_by_user_id IS NULL) <> (created_by_api_key_id IS NULL))
) PLAIN;
-- Ids are UUIDv7: their order is the order of creation, so an index that ends in id serves
-- "newest first".
CREATE INDEX leads_owner ON leads (organization_id, owner_id, id);
CREATE INDEX leads_group ON leads (organization_id, group_id, id) WHERE group_id IS NOT NULL;
CREATE INDEX leads_status ON leads (organization_id, status, id);
CREATE INDEX leads_api_key ON leads (organization_id, created_by_api_key_id, id) WHERE created_by_api_key_id IS NOT NULL;

-- A claim on (source, external id) that comes before any lead is dealt: a lead that would be the
-- second of its kind takes no turn.
CREATE TABLE lead_external_ids (
    organization_id UUID NOT NULL,
    source text NOT NULL,
    external_id text NOT NULL,
    lead_id UUID NOT NULL,
    PRIMARY KEY (organization_id, source, external_id)
) KEYED;

-- The strongest tie of each user to each lead; written only by the ownership write path. No
-- foreign keys on this, assignments, the ledger and events: one transaction writes them together,
-- and the keys would cost more than all of it (ARCHITECTURE.md, "Data").
CREATE TABLE lead_access (
    organization_id UUID NOT NULL,
    user_id UUID NOT NULL,
    lead_id UUID NOT NULL,
    kind CODE NOT NULL CHECK (kind BETWEEN 1 AND 4),
    PRIMARY KEY (organization_id, user_id, lead_id)
) KEYED;

CREATE TABLE assignments (
    organization_id UUID NOT NULL,
    lead_id UUID NOT NULL,
    id UUID NOT NULL,
    from_user_id UUID,
    to_user_id UUID,
    source CODE,
    reason CODE,
    rotation_id UUID,
    entry BIG,
    turn BIG,
    ledger_hash BYTES,
    decided_by_user_id UUID,
    decided_by_api_key_id UUID,
    decided_at INSTANT NOT NULL,
    PRIMARY KEY (organization_id, lead_id, id)
) PLAIN;

-- The one log. No personal data: that lives in event_details, which can be erased.
CREATE TABLE events (
    sequence SEQUENCE,
    transaction_id TRANSACTION_ID,
    organization_id UUID NOT NULL,
    kind text NOT NULL,
    subject_id UUID NOT NULL,
    user_id UUID,
    api_key_id UUID,
    at INSTANT NOT NULL,
    data JSON NOT NULL
) PLAIN;
CREATE INDEX events_organization ON events (organization_id, sequence);
CREATE INDEX events_subject ON events (organization_id, subject_id, sequence);

CREATE TABLE event_details (
    organization_id UUID NOT NULL,
    sequence BIG NOT NULL,
    data JSON NOT NULL,
    PRIMARY KEY (organization_id, sequence)
) PLAIN;

CREATE TABLE idempotency_keys (
    organization_id UUID NOT NULL,
    credential_id UUID NOT NULL,
    key_hash BYTES NOT NULL,
    request_hash BYTES NOT NULL,
    subject_id UUID,
    answer BYTES,
    expires_at INSTANT NOT NULL,
    PRIMARY KEY (organization_id, credential_id, key_hash)
) HOT;
CREATE INDEX idempotency_keys_expiry ON idempotency_keys (expires_at);
