-- Only the audit log is read by kind.
DROP INDEX events_kind;
CREATE INDEX events_kind ON events (organization_id, kind, sequence) WHERE substr(kind, 1, 5) <> 'lead.';
