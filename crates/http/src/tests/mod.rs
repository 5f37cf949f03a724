//! The layers around operations, over real connections.

mod layers;
mod lifecycle;
mod support;
