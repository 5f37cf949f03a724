//! Ledgers of rotations.

mod export;
mod fairness;
mod heads;
mod list;
mod tampering;
mod verification;
mod verify;
