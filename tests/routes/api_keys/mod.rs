mod create;
mod list;
mod revoke;
mod rotate;
mod scope;
mod update;
