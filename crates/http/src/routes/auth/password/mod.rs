//! A new password by mail.

pub(super) mod forgot;
pub(super) mod reset;
