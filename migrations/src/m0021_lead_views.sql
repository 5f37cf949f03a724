-- What people save of their lists of leads: each their own, in the order that they put them in.
CREATE TABLE lead_views (
    organization_id UUID NOT NULL,
    user_id UUID NOT NULL,
    id UUID NOT NULL,
    position NUMBER NOT NULL,
    name text NOT NULL,
    name_key text NOT NULL,
    -- Parameters of the list of leads, by name, as texts.
    filter JSON NOT NULL,
    version BIG NOT NULL,
    created_at INSTANT NOT NULL,
    updated_at INSTANT NOT NULL,
    PRIMARY KEY (organization_id, user_id, id),
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id)
) PLAIN;
CREATE UNIQUE INDEX lead_views_name ON lead_views (organization_id, user_id, name_key);
