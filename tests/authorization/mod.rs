//! Who may call what: every operation of the description, with every role.

mod catalogue;
mod credentials;
mod matrix;
mod walk;
