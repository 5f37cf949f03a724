mod dealing;
mod holidays;
mod me;
mod user;
mod waiting;
