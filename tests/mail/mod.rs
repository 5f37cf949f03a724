//! Letters: from a transaction, through the worker, to a real mail server.

mod desk;
mod encryption;
mod letters;
mod outages;
mod printed;
mod settings;
mod workers;
