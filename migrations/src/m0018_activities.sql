-- What people and keys put down on leads. The words are personal data: whatever deletes one of these
-- rows deletes its revisions, and the details of the events that tell of it, in the same transaction.
-- No foreign keys to who wrote it: they would lock the user behind the lead.
CREATE TABLE lead_notes (
    organization_id UUID NOT NULL,
    lead_id UUID NOT NULL,
    id UUID NOT NULL,
    body text NOT NULL,
    -- The ids of the users it mentions.
    mentions JSON NOT NULL,
    author_user_id UUID,
    author_api_key_id UUID,
    -- The decision on the lead's ownership that it was said with.
    assignment_id UUID,
    edited_by_user_id UUID,
    edited_by_api_key_id UUID,
    edited_at INSTANT,
    version BIG NOT NULL,
    created_at INSTANT NOT NULL,
    PRIMARY KEY (organization_id, lead_id, id),
    FOREIGN KEY (organization_id, lead_id) REFERENCES leads (organization_id, id),
    CHECK ((author_user_id IS NULL) <> (author_api_key_id IS NULL))
) PLAIN;

-- Former versions of notes, each with who wrote it and when.
CREATE TABLE lead_note_revisions (
    organization_id UUID NOT NULL,
    lead_id UUID NOT NULL,
    note_id UUID NOT NULL,
    version BIG NOT NULL,
    body text NOT NULL,
    mentions JSON NOT NULL,
    author_user_id UUID,
    author_api_key_id UUID,
    written_at INSTANT NOT NULL,
    PRIMARY KEY (organization_id, lead_id, note_id, version)
) PLAIN;

CREATE TABLE lead_communications (
    organization_id UUID NOT NULL,
    lead_id UUID NOT NULL,
    id UUID NOT NULL,
    channel CODE NOT NULL CHECK (channel BETWEEN 1 AND 5),
    direction CODE CHECK (direction IN (1, 2)),
    summary text NOT NULL,
    outcome text,
    duration_seconds NUMBER,
    occurred_at INSTANT NOT NULL,
    author_user_id UUID,
    author_api_key_id UUID,
    version BIG NOT NULL,
    created_at INSTANT NOT NULL,
    updated_at INSTANT NOT NULL,
    PRIMARY KEY (organization_id, lead_id, id),
    FOREIGN KEY (organization_id, lead_id) REFERENCES leads (organization_id, id),
    CHECK ((author_user_id IS NULL) <> (author_api_key_id IS NULL))
) PLAIN;
CREATE INDEX lead_communications_time ON lead_communications (organization_id, lead_id, occurred_at, id);

CREATE TABLE lead_tasks (
    organization_id UUID NOT NULL,
    lead_id UUID NOT NULL,
    id UUID NOT NULL,
    title text NOT NULL,
    description text,
    assignee_id UUID NOT NULL,
    due_at INSTANT,
    -- What lists go by: due_at, or the end of time where there is none.
    due_order INSTANT NOT NULL,
    priority CODE NOT NULL CHECK (priority BETWEEN 1 AND 3),
    done_at INSTANT,
    done_by_user_id UUID,
    done_by_api_key_id UUID,
    author_user_id UUID,
    author_api_key_id UUID,
    -- The off-boarding by which its assignee got it; NULL once somebody has given it away by hand.
    off_boarding_id UUID,
    version BIG NOT NULL,
    created_at INSTANT NOT NULL,
    updated_at INSTANT NOT NULL,
    PRIMARY KEY (organization_id, lead_id, id),
    FOREIGN KEY (organization_id, lead_id) REFERENCES leads (organization_id, id),
    FOREIGN KEY (organization_id, assignee_id) REFERENCES users (organization_id, id),
    CHECK ((author_user_id IS NULL) <> (author_api_key_id IS NULL))
) PLAIN;
CREATE INDEX lead_tasks_lead ON lead_tasks (organization_id, lead_id, due_order, id);
CREATE INDEX lead_tasks_due ON lead_tasks (organization_id, due_order, id);
CREATE INDEX lead_tasks_open ON lead_tasks (organization_id, due_order, id) WHERE done_at IS NULL;
CREATE INDEX lead_tasks_assignee ON lead_tasks (organization_id, assignee_id, due_order, id);
CREATE INDEX lead_tasks_assignee_open ON lead_tasks (organization_id, assignee_id, due_order, id)
    WHERE done_at IS NULL;
