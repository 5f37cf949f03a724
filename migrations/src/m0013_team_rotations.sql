-- Whether a team's managers are dealt to as well. The rotations of teams that are there already are
-- made by the service: the first entry of a ledger is the engine's.
ALTER TABLE teams ADD COLUMN include_managers FLAG NOT NULL DEFAULT NO;

-- The team that deals the leads of somebody who leaves.
ALTER TABLE off_boardings ADD COLUMN to_team_id UUID;
