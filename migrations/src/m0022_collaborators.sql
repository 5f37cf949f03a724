-- What leads a user works on besides their owners.
CREATE INDEX lead_collaborators_user ON lead_collaborators (organization_id, user_id, lead_id);

-- The same of an inactive user, until they come back.
CREATE TABLE left_collaborations (
    organization_id UUID NOT NULL,
    user_id UUID NOT NULL,
    lead_id UUID NOT NULL,
    added_at INSTANT NOT NULL,
    PRIMARY KEY (organization_id, user_id, lead_id),
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id)
) KEYED;
