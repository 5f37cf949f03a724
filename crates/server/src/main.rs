//! The binary `evenhand`.

use std::process::ExitCode;

fn main() -> ExitCode {
    evenhand_server::main()
}
