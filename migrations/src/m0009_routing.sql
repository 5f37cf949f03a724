CREATE TABLE routing_rules (
    organization_id UUID NOT NULL REFERENCES organizations (id),
    id UUID NOT NULL,
    -- From 1 without gaps, among those that are not archived.
    position NUMBER NOT NULL,
    name text NOT NULL,
    enabled FLAG NOT NULL,
    conditions JSON NOT NULL,
    -- One of these, or none: then the leads go to nobody.
    group_id UUID,
    team_id UUID,
    user_id UUID,
    version BIG NOT NULL,
    created_at INSTANT NOT NULL,
    updated_at INSTANT NOT NULL,
    archived_at INSTANT,
    PRIMARY KEY (organization_id, id),
    CHECK ((CASE WHEN group_id IS NULL THEN 0 ELSE 1 END)
         + (CASE WHEN team_id IS NULL THEN 0 ELSE 1 END)
         + (CASE WHEN user_id IS NULL THEN 0 ELSE 1 END) <= 1),
    FOREIGN KEY (organization_id, group_id) REFERENCES groups (organization_id, id),
    FOREIGN KEY (organization_id, team_id) REFERENCES teams (organization_id, id),
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id)
) KEYED;

-- Where leads go that no rule is for; an organization without a row leaves them to nobody.
CREATE TABLE routing_defaults (
    organization_id UUID PRIMARY KEY NOT NULL REFERENCES organizations (id),
    group_id UUID,
    team_id UUID,
    user_id UUID,
    CHECK ((CASE WHEN group_id IS NULL THEN 0 ELSE 1 END)
         + (CASE WHEN team_id IS NULL THEN 0 ELSE 1 END)
         + (CASE WHEN user_id IS NULL THEN 0 ELSE 1 END) <= 1),
    FOREIGN KEY (organization_id, group_id) REFERENCES groups (organization_id, id),
    FOREIGN KEY (organization_id, team_id) REFERENCES teams (organization_id, id),
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id)
) KEYED;

CREATE TABLE custom_fields (
    organization_id UUID NOT NULL REFERENCES organizations (id),
    key text NOT NULL,
    label text NOT NULL,
    type text NOT NULL
        CHECK (type IN ('text', 'number', 'boolean', 'date', 'choice', 'choices')),
    -- Of a choice; null else.
    options JSON,
    PRIMARY KEY (organization_id, key)
) KEYED;

-- The rule that sent the lead where it went first, as it was then; rules are archived, never
-- deleted, and no foreign key: leads have one writer (m0001).
ALTER TABLE leads ADD COLUMN rule_id UUID;
ALTER TABLE leads ADD COLUMN rule_version BIG;

ALTER TABLE organizations ADD COLUMN auto_assign_creator FLAG NOT NULL DEFAULT NO;
