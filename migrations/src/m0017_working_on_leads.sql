-- Put away, and erased for good; what was erased stays put away.
ALTER TABLE leads ADD COLUMN archived_at INSTANT;
ALTER TABLE leads ADD COLUMN erased_at INSTANT;
-- The same of every tie to a lead: a list by ties reads nothing else.
ALTER TABLE lead_access ADD COLUMN archived FLAG NOT NULL DEFAULT NO;

-- Whether leads may have users besides their owner who work on them.
ALTER TABLE organizations ADD COLUMN allow_multiple_assignees FLAG NOT NULL DEFAULT NO;

-- The users besides the owner who work on a lead, by lead: `lead_access` has them by user.
CREATE TABLE lead_collaborators (
    organization_id UUID NOT NULL,
    lead_id UUID NOT NULL,
    user_id UUID NOT NULL,
    added_at INSTANT NOT NULL,
    PRIMARY KEY (organization_id, lead_id, user_id)
) KEYED;

-- Assignments of many leads at once, and what each of those moved was before: to be taken back.
CREATE TABLE bulk_assignments (
    organization_id UUID NOT NULL,
    id UUID NOT NULL,
    made_by_user_id UUID,
    made_by_api_key_id UUID,
    made_at INSTANT NOT NULL,
    undone_at INSTANT,
    PRIMARY KEY (organization_id, id)
) PLAIN;
CREATE TABLE bulk_assignment_leads (
    organization_id UUID NOT NULL,
    bulk_assignment_id UUID NOT NULL,
    position NUMBER NOT NULL,
    lead_id UUID NOT NULL,
    -- The assignment that was made.
    assignment_id UUID NOT NULL,
    owner_id UUID,
    group_id UUID,
    team_id UUID,
    rotation_id UUID,
    PRIMARY KEY (organization_id, bulk_assignment_id, position)
) KEYED;

-- What was put away is little: lists and counts find it by itself.
CREATE INDEX leads_archived ON leads (organization_id, id) WHERE archived_at IS NOT NULL;
