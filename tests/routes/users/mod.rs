mod get;
mod invite;
mod list;
