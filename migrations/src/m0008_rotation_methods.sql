-- What a rotation deals by besides its method and limits. `availability_until`: until when what was
-- observed of the members' working hours holds; NULL = look again.
ALTER TABLE rotations ADD COLUMN respects_availability FLAG NOT NULL DEFAULT NO;
ALTER TABLE rotations ADD COLUMN paused FLAG NOT NULL DEFAULT NO;
ALTER TABLE rotations ADD COLUMN paused_until INSTANT;
ALTER TABLE rotations ADD COLUMN availability_until INSTANT;
-- What becomes of a lead that nobody can be dealt: 1 stays unassigned, 2 waits, 3 goes to the one
-- of the three that is named.
ALTER TABLE rotations ADD COLUMN when_nobody_eligible CODE NOT NULL DEFAULT 1;
ALTER TABLE rotations ADD COLUMN fallback_group_id UUID;
ALTER TABLE rotations ADD COLUMN fallback_team_id UUID;
ALTER TABLE rotations ADD COLUMN fallback_user_id UUID;
-- What is set for a member, and what was last seen of their working hours.
ALTER TABLE rotation_members ADD COLUMN weight NUMBER NOT NULL DEFAULT 1;
ALTER TABLE rotation_members ADD COLUMN off_reason CODE;
ALTER TABLE rotation_members ADD COLUMN off_until INSTANT;
-- What deliveries change of a member, beside the counts: the virtual time they have been dealt up
-- to, the turn they had last, the open leads they are known to have.
ALTER TABLE rotation_counts ADD COLUMN virtual_time BIG NOT NULL DEFAULT 0;
ALTER TABLE rotation_counts ADD COLUMN last_turn BIG NOT NULL DEFAULT 0;
ALTER TABLE rotation_counts ADD COLUMN open_leads NUMBER NOT NULL DEFAULT 0;
-- Counts a user's open leads without reading them.
CREATE INDEX leads_owner_status ON leads (organization_id, owner_id, status);
ALTER TABLE left_rotations ADD COLUMN weight NUMBER NOT NULL DEFAULT 1;
