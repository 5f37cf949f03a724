-- The statuses in which the members of a group may pick up leads, in the order they were given.
CREATE TABLE group_pick_up_statuses (
    organization_id UUID NOT NULL,
    group_id UUID NOT NULL,
    -- A key of the organization's lead statuses.
    status text NOT NULL,
    position NUMBER NOT NULL,
    PRIMARY KEY (organization_id, group_id, status),
    FOREIGN KEY (organization_id, group_id) REFERENCES groups (organization_id, id)
) KEYED;

-- The newest leads of a pool: of each group and status, and of none. Only leads without an owner
-- are in it, so that a dealt one never pays for it.
CREATE INDEX leads_pool ON leads (organization_id, group_id, status, id)
    WHERE owner_id IS NULL AND team_id IS NULL;
-- The newest leads that nobody has in the rotation of a team.
CREATE INDEX leads_unassigned_in_team ON leads (organization_id, team_id, id)
    WHERE owner_id IS NULL AND team_id IS NOT NULL;
