-- One lead in a transaction, statement after statement, as a program without group commit does it.
BEGIN;
SELECT bench_now() AS at, bench_id() AS lead, bench_id() AS assignment, k.access_version,
    o.settings_version FROM api_keys k JOIN organizations o ON o.id = k.organization_id WHERE
    k.organization_id = :org::uuid AND k.id = :credential::uuid AND k.revoked_at IS NULL \gset
INSERT INTO idempotency_keys (organization_id, credential_id, key_hash, request_hash, subject_id,
    answer, expires_at) VALUES (:org::uuid, :credential::uuid, sha256(uuid_send(:lead::uuid)),
    sha256(uuid_send(:assignment::uuid)), :lead::uuid, bench_answer(), :at::bigint + 86400000000);
INSERT INTO lead_contacts (organization_id, kind, contact, lead_id, seen_at) VALUES (:org::uuid, 1,
    'lee.' || :lead::text || '@customer.example', :lead::uuid, :at::bigint) ON CONFLICT
    (organization_id, kind, contact) DO NOTHING;
SELECT entry + 1 AS entry, turn + 1 AS turn, next_user_id AS owner, local_day FROM rotations WHERE
    organization_id = :org::uuid AND id = :rotation::uuid FOR NO KEY UPDATE \gset
SELECT t.of_day, t.of_month, t.following FROM (SELECT m.user_id, coalesce(c.of_day, 0) + 1 AS
    of_day, coalesce(c.of_month, 0) + 1 AS of_month, coalesce(lead(m.user_id) OVER w,
    first_value(m.user_id) OVER w) AS following FROM rotation_members m LEFT JOIN rotation_counts c
    ON c.organization_id = m.organization_id AND c.rotation_id = m.rotation_id AND c.user_id =
    m.user_id WHERE m.organization_id = :org::uuid AND m.rotation_id = :rotation::uuid AND NOT
    m.paused AND NOT m.away WINDOW w AS (ORDER BY m.position)) t WHERE t.user_id = :owner::uuid
    \gset
UPDATE rotations SET next_user_id = :following::uuid, entry = :entry::bigint, turn = :turn::bigint,
    head = sha256(head || uuid_send(:lead::uuid)), last_at = :at::bigint WHERE organization_id =
    :org::uuid AND id = :rotation::uuid RETURNING encode(head, 'hex') AS hash \gset
INSERT INTO leads (organization_id, id, owner_id, group_id, rotation_id, assignment_id, status,
    first_name, last_name, email, email_key, source, tags, custom_fields, created_by_api_key_id,
    created_by_name, version, created_at, updated_at) VALUES (:org::uuid, :lead::uuid, :owner::uuid,
    :grp::uuid, :rotation::uuid, :assignment::uuid, 'new', 'Lee', 'Number ' || :turn::text, 'lee.'
    || :lead::text || '@customer.example', 'lee.' || :lead::text || '@customer.example', 'web',
    '[]', '{}', :credential::uuid, 'Form', 1, :at::bigint, :at::bigint);
INSERT INTO lead_access (organization_id, user_id, lead_id, kind) VALUES (:org::uuid, :owner::uuid,
    :lead::uuid, 1);
INSERT INTO assignments (organization_id, lead_id, id, to_user_id, source, rotation_id, entry, turn,
    ledger_hash, decided_by_api_key_id, decided_at) VALUES (:org::uuid, :lead::uuid,
    :assignment::uuid, :owner::uuid, 1, :rotation::uuid, :entry::bigint, :turn::bigint,
    decode(:hash::text, 'hex'), :credential::uuid, :at::bigint);
INSERT INTO rotation_counts (organization_id, rotation_id, user_id, local_day, of_day, of_month,
    virtual_time, last_turn, open_leads) VALUES (:org::uuid, :rotation::uuid, :owner::uuid,
    :local_day::integer, :of_day::integer, :of_month::integer, 0, :turn::bigint, 0) ON CONFLICT
    (organization_id, rotation_id, user_id) DO UPDATE SET local_day = excluded.local_day, of_day =
    excluded.of_day, of_month = excluded.of_month, last_turn = excluded.last_turn;
INSERT INTO rotation_ledger (organization_id, rotation_id, entry, turn, kind, at, lead_id, user_id,
    body, hash) VALUES (:org::uuid, :rotation::uuid, :entry::bigint, :turn::bigint, 2, :at::bigint,
    :lead::uuid, :owner::uuid, uuid_send(:rotation::uuid) || uuid_send(:lead::uuid) ||
    uuid_send(:owner::uuid) || uuid_send(:following::uuid) || decode(:hash::text, 'hex'),
    decode(:hash::text, 'hex'));
INSERT INTO events (organization_id, kind, subject_id, api_key_id, credential_id, at, data) VALUES
    (:org::uuid, 'lead.created', :lead::uuid, :credential::uuid, :credential::uuid, :at::bigint,
    jsonb_build_object('assignment_id', :assignment::uuid, 'duplicate_of', NULL, 'entry',
    :entry::bigint, 'owner_id', :owner::uuid, 'reason', NULL, 'rotation_id', :rotation::uuid,
    'rule_id', NULL, 'rule_version', NULL, 'source', 'distribution', 'turn', :turn::bigint,
    'waiting', false));
COMMIT;
