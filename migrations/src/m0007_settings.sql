-- The audit log reads what is not of leads, newest first, however many leads lie between.
CREATE INDEX events_audit ON events (organization_id, sequence) WHERE substr(kind, 1, 5) <> 'lead.';
