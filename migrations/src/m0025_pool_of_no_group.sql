-- Leads in no rotation that a pool shows, in their order. Behind `group_id IS NULL` PostgreSQL does not
-- see that `leads_pool` has them in it, and would sort all of them for a page.
CREATE INDEX leads_pool_of_no_group ON leads (organization_id, status, id)
    WHERE owner_id IS NULL AND team_id IS NULL AND group_id IS NULL;
