//! Whatever goes wrong is told as a problem document.

mod bodies;
mod media_types;
mod queries;
mod requests;
