mod create;
mod delete;
mod distribution;
mod get;
mod list;
mod member;
mod members;
mod update;
