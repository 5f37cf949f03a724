mod assignments;
mod create;
mod deal;
mod get;
mod list;
mod validation;
mod visibility;
