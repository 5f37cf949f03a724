mod get;
mod invite;
mod list;
mod resend_invitation;
