//! A panic is an answer, not a lost connection.

use std::any::Any;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;

use crate::problem::{Code, Problem};

/// Runs `future`; a panic in it is logged and becomes 500 `internal_error`.
///
/// # Errors
/// When `future` panicked.
pub async fn caught<F: Future>(future: F) -> Result<F::Output, Problem> {
    // Unwind safety: the future is dropped after a panic, and what it shares with others (pools,
    // queues, atomics) is meant to be shared with tasks that end at any point.
    AssertUnwindSafe(future).catch_unwind().await.map_err(|panic| {
        tracing::error!(panic = message(panic.as_ref()), "a handler panicked");
        Problem::new(Code::InternalError, "internal error")
    })
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message")
}
