# Shortcuts for what the README and .ci/run do; nothing is only here.

# What there is.
default:
    @just --list

# A server with a throw-away organization to try.
demo:
    cargo run --release -- demo

# All tests, on SQLite and on PostgreSQL where there is one.
test:
    cargo test --workspace

# Formatting and lints.
check:
    cargo fmt --all
    cargo clippy --workspace --all-targets -- -D warnings

# Writes the description of the API anew.
openapi:
    cargo run --quiet -p evenhand-server -- openapi > openapi/openapi.json

# Writes the table of roles and operations anew; read the difference.
matrix:
    EVENHAND_UPDATE_SNAPSHOTS=1 cargo test -p evenhand-tests --test api is_as_committed::sqlite

# How fast it is; `just bench --quick` for a smoke.
bench *options:
    cargo run --release -p evenhand-bench -- all {{options}}

# Everything that CI runs.
ci:
    .ci/run
