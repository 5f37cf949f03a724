//! Evenhand from outside: processes, HTTP, and nothing else. Every test runs on both databases
//! unless it says why not.

#[cfg(test)]
mod authorization;
#[cfg(test)]
mod browsers;
#[cfg(test)]
mod concurrency;
#[cfg(test)]
mod idempotency;
#[cfg(test)]
mod mail;
#[cfg(test)]
mod openapi;
#[cfg(test)]
mod plans;
#[cfg(test)]
mod problems;
#[cfg(test)]
mod readiness;
#[cfg(test)]
mod routes;
#[cfg(test)]
mod setup;
#[cfg(test)]
mod shutdown;
#[cfg(test)]
mod support;
#[cfg(test)]
mod verify_command;
