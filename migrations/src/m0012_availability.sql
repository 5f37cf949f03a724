-- When somebody works and when they are away, as domain::availability::ScheduleInput has it; NULL
-- once it was taken back, so that the version goes on.
CREATE TABLE user_schedules (
    organization_id UUID NOT NULL,
    user_id UUID NOT NULL,
    schedule JSON,
    version BIG NOT NULL,
    updated_at INSTANT NOT NULL,
    PRIMARY KEY (organization_id, user_id),
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id)
) PLAIN;

-- The days on which an organization does not work.
CREATE TABLE organization_holidays (
    organization_id UUID NOT NULL PRIMARY KEY REFERENCES organizations (id),
    holidays JSON NOT NULL,
    version BIG NOT NULL,
    updated_at INSTANT NOT NULL
) PLAIN;
