-- One lead for any of many rotations, in a transaction of one call.
\set number random(1, :rotations)
SELECT bench_deal_one(:org::uuid, r.rotation_id, r.group_id, :credential::uuid) FROM bench_rotations r WHERE r.number = :number;
