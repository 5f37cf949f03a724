mod holidays;
mod me;
mod user;
