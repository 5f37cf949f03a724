-- Users who were deactivated or taken back, with what becomes of their leads, as it was decided.
CREATE TABLE off_boardings (
    organization_id UUID NOT NULL,
    id UUID NOT NULL,
    user_id UUID NOT NULL,
    -- 1 keep, 2 transfer, 3 distribute, 4 release, 5 give back.
    action CODE NOT NULL CHECK (action BETWEEN 1 AND 5),
    to_user_id UUID,
    to_group_id UUID,
    -- 1 running, 2 completed, 3 failed, 4 cancelled.
    status CODE NOT NULL CHECK (status BETWEEN 1 AND 4),
    failure CODE,
    total NUMBER NOT NULL,
    moved NUMBER NOT NULL,
    unassigned NUMBER NOT NULL,
    skipped NUMBER NOT NULL,
    rotation_ids JSON NOT NULL,
    sessions NUMBER NOT NULL,
    api_key_ids JSON NOT NULL,
    decided_by_user_id UUID NOT NULL,
    decided_by_session_id UUID,
    created_at INSTANT NOT NULL,
    finished_at INSTANT,
    -- When the user came back: from then on there is nothing to undo.
    closed_at INSTANT,
    -- The process that moves the leads, and until when nobody else does.
    claimed_by UUID,
    lease_until INSTANT,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id)
) PLAIN;
CREATE INDEX off_boardings_user ON off_boardings (organization_id, user_id, id);
CREATE INDEX off_boardings_running ON off_boardings (id) WHERE status = 1;

-- The leads of an off-boarding, frozen when it was decided: one whose assignment is another by then
-- is left alone.
CREATE TABLE off_boarding_leads (
    organization_id UUID NOT NULL,
    off_boarding_id UUID NOT NULL,
    lead_id UUID NOT NULL,
    assignment_id UUID NOT NULL,
    -- Where it rested before, to be put back there.
    group_id UUID,
    team_id UUID,
    rotation_id UUID,
    -- 1 waiting, 2 moved, 3 unassigned, 4 skipped.
    step CODE NOT NULL CHECK (step BETWEEN 1 AND 4),
    made_assignment_id UUID,
    PRIMARY KEY (organization_id, off_boarding_id, lead_id)
) KEYED;
CREATE INDEX off_boarding_leads_step ON off_boarding_leads (organization_id, off_boarding_id, step, lead_id);

-- The rotations that inactive users left, with their settings there, to be taken up again.
CREATE TABLE left_rotations (
    organization_id UUID NOT NULL,
    user_id UUID NOT NULL,
    rotation_id UUID NOT NULL,
    daily_limit NUMBER,
    monthly_limit NUMBER,
    paused FLAG NOT NULL,
    paused_until INSTANT,
    PRIMARY KEY (organization_id, user_id, rotation_id),
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id),
    FOREIGN KEY (organization_id, rotation_id) REFERENCES rotations (organization_id, id)
) KEYED;
