-- Letters: written in the transaction of what they tell of, sent by a worker afterwards.
CREATE TABLE outgoing_mail (
    id UUID NOT NULL PRIMARY KEY,
    -- Null where a letter concerns an account and no organization.
    organization_id UUID,
    kind text NOT NULL,
    -- The user or account that the letter is about. A newer one of its kind replaces it.
    about UUID NOT NULL,
    recipient text NOT NULL,
    -- What the letter says, links included; empty once it was sent or given up.
    payload BYTES NOT NULL,
    sealed FLAG NOT NULL,
    attempts NUMBER NOT NULL DEFAULT 0,
    -- Not before; while a worker has it, when its claim lapses.
    next_at INSTANT NOT NULL,
    claimed_by UUID,
    created_at INSTANT NOT NULL,
    -- From when on sending it makes no sense.
    expires_at INSTANT NOT NULL,
    sent_at INSTANT,
    failed_at INSTANT,
    -- A code, without personal data.
    last_error text
) PLAIN;
CREATE INDEX outgoing_mail_due ON outgoing_mail (next_at)
    WHERE sent_at IS NULL AND failed_at IS NULL;
CREATE INDEX outgoing_mail_about ON outgoing_mail (about, kind)
    WHERE sent_at IS NULL AND failed_at IS NULL;
CREATE INDEX outgoing_mail_created ON outgoing_mail (created_at);
