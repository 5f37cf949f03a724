//! Many clients, several servers, crashes: what must hold whatever happens at once.

mod availability;
mod blocked_rotation;
mod changing_rules;
mod claimed_keys;
mod crash_points;
mod deleted_status;
mod duplicates;
mod everything;
mod exhausted_pool;
mod frozen_replica;
mod full_queue;
mod kills;
mod limits;
mod members;
mod off_boarding;
mod off_boarding_job;
mod order;
mod pauses;
mod pick_ups;
mod retrying;
mod saved_twice;
mod search;
mod swapped_names;
mod teams;
mod tenants;
mod waiting;
