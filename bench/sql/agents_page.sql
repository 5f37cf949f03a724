-- The page of an agent's 50 newest leads, as the product asks for it.
SELECT l.id, l.group_id, l.team_id, l.rule_id, l.rule_version, l.status, l.first_name, l.last_name,
    l.email, l.email_key, l.phone, l.phone_key, l.company, l.source AS lead_source, l.product,
    l.value_minor, l.value_currency, l.country, l.external_id, l.tags, l.custom_fields,
    l.created_by_user_id, l.created_by_api_key_id, l.created_by_name, l.version, l.created_at,
    l.updated_at, l.archived_at, l.erased_at, page.sight AS sight, false AS may_pick_up, (SELECT
    e.id FROM leads e WHERE e.organization_id = l.organization_id AND e.id = l.duplicate_of AND
    EXISTS (SELECT 1 FROM lead_access x WHERE x.organization_id = e.organization_id AND x.lead_id =
    e.id AND x.user_id = :reader::uuid)) AS duplicate_of, (SELECT count(*) FROM leads d WHERE
    d.organization_id = l.organization_id AND d.duplicate_of = l.id AND EXISTS (SELECT 1 FROM
    lead_access x WHERE x.organization_id = d.organization_id AND x.lead_id = d.id AND x.user_id =
    :reader::uuid)) AS duplicate_count, (SELECT json_agg(json_build_object('id', u.id, 'first_name',
    u.first_name, 'last_name', u.last_name, 'partner', u.partner, 'added_at', c.added_at))::text FROM
    lead_collaborators c JOIN users u ON u.organization_id = c.organization_id AND u.id = c.user_id
    WHERE c.organization_id = l.organization_id AND c.lead_id = l.id) AS collaborators, a.id AS assignment_id, a.source, a.reason, a.rotation_id,
    a.entry, a.turn, a.ledger_hash, a.note, a.decided_at, a.from_user_id, f.first_name AS
    from_first, f.last_name AS from_last, f.partner AS from_partner, a.to_user_id, t.first_name AS
    to_first, t.last_name AS to_last, t.partner AS to_partner, w.rotation_id AS waiting_rotation_id,
    w.position AS waiting_position FROM (SELECT b.lead_id AS id, min(b.sight) AS sight FROM (SELECT
    n.lead_id, CASE WHEN n.kind <= 2 THEN 1 ELSE 2 END AS sight FROM (SELECT
    unnest(ARRAY[:reader::uuid]) AS user_id) k CROSS JOIN LATERAL (SELECT x.lead_id, x.kind FROM
    lead_access x  WHERE x.organization_id = :org::uuid AND x.user_id = k.user_id AND NOT x.archived
    ORDER BY x.lead_id DESC LIMIT 51) n) b GROUP BY b.lead_id ORDER BY b.lead_id DESC LIMIT 51) page
    JOIN leads l ON l.organization_id = :org::uuid AND l.id = page.id JOIN assignments a ON
    a.organization_id = l.organization_id AND a.lead_id = l.id AND a.id = l.assignment_id LEFT JOIN
    users f ON f.organization_id = a.organization_id AND f.id = a.from_user_id LEFT JOIN users t ON
    t.organization_id = a.organization_id AND t.id = a.to_user_id LEFT JOIN waiting_leads w ON
    w.organization_id = a.organization_id AND w.lead_id = a.lead_id AND w.assignment_id = a.id ORDER
    BY l.id DESC;
