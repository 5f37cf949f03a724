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
