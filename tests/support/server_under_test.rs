//! The server under test: the same `main` as the binary `evenhand`, in a process of its own.

use std::io::Read as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some("serve") {
        die_with_the_tests();
    }
    evenhand_server::main()
}

/// Standard input is a pipe from the tests. It closes when they end, however they end, and then
/// nobody is left to stop this process.
fn die_with_the_tests() {
    std::thread::spawn(|| {
        let _nobody_writes = std::io::stdin().read(&mut [0]);
        std::process::abort();
    });
}
