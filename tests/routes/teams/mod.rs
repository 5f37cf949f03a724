mod create;
mod delete;
mod get;
mod list;
mod member;
mod members;
mod races;
mod update;
