-- Attempts that failed, attempts under way included. Only hashes: of an address for signing in,
-- whether an account has it or not, and of the network that the attempt came from. An empty one
-- stands for any: a row is of an account and a network, of an account, or of a network.
CREATE TABLE throttles (
    -- 1 proofs of a password, 2 requests for a reset.
    purpose CODE NOT NULL CHECK (purpose IN (1, 2)),
    account BYTES NOT NULL,
    network BYTES NOT NULL,
    failures NUMBER NOT NULL,
    -- When the next attempt is taken.
    open_at INSTANT NOT NULL,
    -- When the failures are forgotten.
    fades_at INSTANT NOT NULL,
    -- Until then the account is known to sign in from the network.
    known_until INSTANT NOT NULL,
    -- When the row says nothing any more.
    forgotten_at INSTANT NOT NULL,
    PRIMARY KEY (purpose, account, network)
) HOT;
CREATE INDEX throttles_expiry ON throttles (forgotten_at);

-- Only hashes of the secrets.
CREATE TABLE password_resets (
    hash BYTES NOT NULL PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES accounts (id),
    created_at INSTANT NOT NULL,
    expires_at INSTANT NOT NULL,
    used_at INSTANT,
    revoked_at INSTANT
) PLAIN;
CREATE INDEX password_resets_account ON password_resets (account_id, created_at);
CREATE INDEX password_resets_expiry ON password_resets (expires_at);
