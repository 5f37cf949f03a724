//! Many clients, several servers, crashes: what must hold whatever happens at once.

mod crash_points;
mod kills;
mod limits;
mod members;
mod order;
mod retrying;
mod tenants;
