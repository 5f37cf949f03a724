//! Whatever goes wrong is told as a problem document.

mod bodies;
mod requests;
