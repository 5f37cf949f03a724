-- What the baselines call. They write the rows that the product writes for one lead: lead, its
-- contact, access, assignment, ledger entry, event, counters, position of the rotation, idempotency
-- key with its answer. The product's own migrated schema, its indexes and foreign keys are there.

-- Ids whose order is that of time, as the product's.
CREATE FUNCTION bench_id() RETURNS uuid LANGUAGE sql VOLATILE AS $$
    SELECT encode(
        substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
            || substring(uuid_send(gen_random_uuid()) FROM 7),
        'hex'
    )::uuid
$$;

CREATE FUNCTION bench_now() RETURNS bigint LANGUAGE sql VOLATILE AS $$
    SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint
$$;

-- As long as the answer that the product keeps, sealed.
CREATE FUNCTION bench_answer() RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT decode(repeat('5a', 1418), 'hex')
$$;

-- The rotations that leads are dealt to, by number.
CREATE TABLE bench_rotations (
    number integer PRIMARY KEY,
    rotation_id uuid NOT NULL,
    group_id uuid NOT NULL
);

-- One lead.
CREATE FUNCTION bench_deal_one(org uuid, rotation uuid, grp uuid, credential uuid)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    at bigint;
    new_lead uuid := bench_id();
    new_assignment uuid := bench_id();
    r record;
    chosen record;
    new_hash bytea;
BEGIN
    SELECT bench_now() INTO at
    FROM api_keys k JOIN organizations o ON o.id = k.organization_id
    WHERE k.organization_id = org AND k.id = credential AND k.revoked_at IS NULL;

    INSERT INTO idempotency_keys
        (organization_id, credential_id, key_hash, request_hash, subject_id, answer, expires_at)
    VALUES (org, credential, sha256(uuid_send(new_lead)), sha256(uuid_send(new_assignment)), new_lead,
            bench_answer(), at + 86400000000);
    INSERT INTO lead_contacts (organization_id, kind, contact, lead_id, seen_at)
    VALUES (org, 1, 'lee.' || new_lead || '@customer.example', new_lead, at)
    ON CONFLICT (organization_id, kind, contact) DO NOTHING;

    SELECT entry + 1 AS entry, turn + 1 AS turn, next_user_id, head, local_day INTO r
    FROM rotations WHERE organization_id = org AND id = rotation FOR NO KEY UPDATE;
    SELECT t.* INTO chosen FROM (
        SELECT m.user_id, coalesce(c.of_day, 0) + 1 AS of_day, coalesce(c.of_month, 0) + 1 AS of_month,
               coalesce(lead(m.user_id) OVER w, first_value(m.user_id) OVER w) AS following
        FROM rotation_members m LEFT JOIN rotation_counts c
            ON c.organization_id = m.organization_id AND c.rotation_id = m.rotation_id
            AND c.user_id = m.user_id
        WHERE m.organization_id = org AND m.rotation_id = rotation AND NOT m.paused AND NOT m.away
        WINDOW w AS (ORDER BY m.position)
    ) t WHERE t.user_id = r.next_user_id;
    new_hash := sha256(r.head || uuid_send(new_lead));

    INSERT INTO leads (organization_id, id, owner_id, group_id, rotation_id, assignment_id, status,
        first_name, last_name, email, email_key, source, tags, custom_fields, created_by_api_key_id,
        created_by_name, version, created_at, updated_at)
    VALUES (org, new_lead, chosen.user_id, grp, rotation, new_assignment, 'new', 'Lee',
        'Number ' || r.turn, 'lee.' || new_lead || '@customer.example',
        'lee.' || new_lead || '@customer.example', 'web', '[]', '{}', credential, 'Form', 1, at, at);
    INSERT INTO lead_access (organization_id, user_id, lead_id, kind)
    VALUES (org, chosen.user_id, new_lead, 1);
    INSERT INTO assignments (organization_id, lead_id, id, to_user_id, source, rotation_id, entry, turn,
        ledger_hash, decided_by_api_key_id, decided_at)
    VALUES (org, new_lead, new_assignment, chosen.user_id, 1, rotation, r.entry, r.turn, new_hash,
        credential, at);
    UPDATE rotations SET next_user_id = chosen.following, entry = r.entry, turn = r.turn, head = new_hash,
        last_at = at WHERE organization_id = org AND id = rotation;
    INSERT INTO rotation_counts (organization_id, rotation_id, user_id, local_day, of_day, of_month,
        virtual_time, last_turn, open_leads)
    VALUES (org, rotation, chosen.user_id, r.local_day, chosen.of_day, chosen.of_month, 0, r.turn, 0)
    ON CONFLICT (organization_id, rotation_id, user_id) DO UPDATE SET local_day = excluded.local_day,
        of_day = excluded.of_day, of_month = excluded.of_month, last_turn = excluded.last_turn;
    INSERT INTO rotation_ledger (organization_id, rotation_id, entry, turn, kind, at, lead_id, user_id,
        body, hash)
    VALUES (org, rotation, r.entry, r.turn, 2, at, new_lead, chosen.user_id,
        uuid_send(rotation) || uuid_send(new_lead) || uuid_send(chosen.user_id) || uuid_send(chosen.following)
            || new_hash, new_hash);
    INSERT INTO events (organization_id, kind, subject_id, api_key_id, credential_id, at, data)
    VALUES (org, 'lead.created', new_lead, credential, credential, at, jsonb_build_object(
        'assignment_id', new_assignment, 'duplicate_of', NULL, 'entry', r.entry,
        'owner_id', chosen.user_id, 'reason', NULL, 'rotation_id', rotation, 'rule_id', NULL,
        'rule_version', NULL, 'source', 'distribution', 'turn', r.turn, 'waiting', false));
    RETURN r.turn;
END
$$;

-- Many leads of one rotation in one transaction, one statement a table.
CREATE FUNCTION bench_deal_many(org uuid, rotation uuid, grp uuid, credential uuid, wanted integer)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    at bigint;
    leads uuid[];
    assignments uuid[];
    members uuid[];
    size integer;
    start integer;
    r record;
    last_hash bytea;
BEGIN
    SELECT bench_now() INTO at
    FROM api_keys k JOIN organizations o ON o.id = k.organization_id
    WHERE k.organization_id = org AND k.id = credential AND k.revoked_at IS NULL;
    SELECT array_agg(bench_id()), array_agg(bench_id()) INTO leads, assignments
    FROM generate_series(1, wanted);

    INSERT INTO idempotency_keys
        (organization_id, credential_id, key_hash, request_hash, subject_id, answer, expires_at)
    SELECT org, credential, sha256(uuid_send(l)), sha256(uuid_send(l)), l, bench_answer(),
           at + 86400000000
    FROM unnest(leads) AS l;
    INSERT INTO lead_contacts (organization_id, kind, contact, lead_id, seen_at)
    SELECT org, 1, 'lee.' || l || '@customer.example', l, at FROM unnest(leads) AS l
    ON CONFLICT (organization_id, kind, contact) DO NOTHING;

    SELECT entry, turn, next_user_id, head, local_day INTO r
    FROM rotations WHERE organization_id = org AND id = rotation FOR NO KEY UPDATE;
    SELECT array_agg(m.user_id ORDER BY m.position) INTO members
    FROM rotation_members m
    WHERE m.organization_id = org AND m.rotation_id = rotation AND NOT m.paused AND NOT m.away;
    size := cardinality(members);
    start := array_position(members, r.next_user_id) - 1;
    last_hash := sha256(r.head || uuid_send(leads[wanted]));

    INSERT INTO leads (organization_id, id, owner_id, group_id, rotation_id, assignment_id, status,
        first_name, last_name, email, email_key, source, tags, custom_fields, created_by_api_key_id,
        created_by_name, version, created_at, updated_at)
    SELECT org, l, members[(start + n - 1) % size + 1], grp, rotation, a, 'new', 'Lee',
        'Number ' || n, 'lee.' || l || '@customer.example', 'lee.' || l || '@customer.example',
        'web', '[]', '{}', credential, 'Form', 1, at, at
    FROM unnest(leads, assignments) WITH ORDINALITY AS t (l, a, n);
    INSERT INTO lead_access (organization_id, user_id, lead_id, kind)
    SELECT org, members[(start + n - 1) % size + 1], l, 1
    FROM unnest(leads) WITH ORDINALITY AS t (l, n);
    INSERT INTO assignments (organization_id, lead_id, id, to_user_id, source, rotation_id, entry, turn,
        ledger_hash, decided_by_api_key_id, decided_at)
    SELECT org, l, a, members[(start + n - 1) % size + 1], 1, rotation, r.entry + n, r.turn + n,
        sha256(uuid_send(l)), credential, at
    FROM unnest(leads, assignments) WITH ORDINALITY AS t (l, a, n);
    UPDATE rotations SET next_user_id = members[(start + wanted) % size + 1], entry = r.entry + wanted,
        turn = r.turn + wanted, head = last_hash, last_at = at
    WHERE organization_id = org AND id = rotation;
    INSERT INTO rotation_counts (organization_id, rotation_id, user_id, local_day, of_day, of_month,
        virtual_time, last_turn, open_leads)
    SELECT org, rotation, members[(start + n - 1) % size + 1], r.local_day, count(*), count(*), 0,
        r.turn + max(n), 0
    FROM generate_series(1, wanted) AS n GROUP BY 3 ORDER BY 3
    ON CONFLICT (organization_id, rotation_id, user_id) DO UPDATE SET local_day = excluded.local_day,
        of_day = rotation_counts.of_day + excluded.of_day,
        of_month = rotation_counts.of_month + excluded.of_month, last_turn = excluded.last_turn;
    INSERT INTO rotation_ledger (organization_id, rotation_id, entry, turn, kind, at, lead_id, user_id,
        body, hash)
    SELECT org, rotation, r.entry + n, r.turn + n, 2, at, l, members[(start + n - 1) % size + 1],
        uuid_send(rotation) || uuid_send(l) || uuid_send(l) || uuid_send(l) || r.head,
        sha256(uuid_send(l))
    FROM unnest(leads) WITH ORDINALITY AS t (l, n);
    INSERT INTO events (organization_id, kind, subject_id, api_key_id, credential_id, at, data)
    SELECT org, 'lead.created', l, credential, credential, at, jsonb_build_object(
        'assignment_id', a, 'duplicate_of', NULL, 'entry', r.entry + n,
        'owner_id', members[(start + n - 1) % size + 1], 'reason', NULL, 'rotation_id', rotation,
        'rule_id', NULL, 'rule_version', NULL, 'source', 'distribution', 'turn', r.turn + n,
        'waiting', false)
    FROM unnest(leads, assignments) WITH ORDINALITY AS t (l, a, n);
    RETURN r.turn + wanted;
END
$$;
