-- The feed of events is in the order of transactions: nobody reads the whole log by sequence alone.
CREATE INDEX events_feed ON events (organization_id, transaction_id, sequence);
DROP INDEX events_organization;
