-- The earlier lead of the same person, which waited when this one came: it goes to whoever gets that.
ALTER TABLE waiting_leads ADD COLUMN joins UUID;
CREATE INDEX waiting_leads_joins ON waiting_leads (organization_id, rotation_id, joins) WHERE joins IS NOT NULL;
