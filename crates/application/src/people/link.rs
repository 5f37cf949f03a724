//! The link by which an invited person joins.

use evenhand_delivery::mail::{Letter, LetterKind};
use evenhand_domain::clock::Timestamp;
use evenhand_domain::error::Error;
use evenhand_domain::permission::{Grant, InviteUsers, Subject};
use evenhand_domain::user::User;
use evenhand_identity::invitations as tokens;
use evenhand_persistence::Tx;
use evenhand_persistence::invitations::{self, NewInvitation};
use secrecy::SecretString;

use crate::Services;

/// The way for the invited person to join.
#[derive(Debug, Clone)]
pub struct InvitationLink {
    /// Single use; to be shown or sent once.
    pub token: SecretString,
    /// Where the token is looked up and accepted.
    pub url: SecretString,
    /// When it stops working.
    pub expires_at: Timestamp,
}

/// Makes a link for an invited user. Where mail is sent, and wanted, it goes to their address and
/// to nobody else, and this is `None`.
pub(super) async fn add_invitation(
    services: &Services,
    tx: &mut Tx,
    grant: &Grant<InviteUsers>,
    user: &User,
    send_email: bool,
) -> Result<Option<InvitationLink>, Error> {
    let outbox = services.mail.as_ref().filter(|_| send_email);
    let now = tx.now().await?;
    let new = tokens::generate(services.entropy.as_ref());
    let expires_at = now.after(tokens::VALID_FOR);
    let stored = NewInvitation {
        id: services.ids.next(now),
        user_id: user.id,
        hash: new.hash,
        mailed: outbox.is_some(),
        created_at: now,
        expires_at,
    };
    invitations::insert(tx, grant, stored).await?;
    let url = services.links.invitation(&new.token);
    let Some(outbox) = outbox else {
        withdraw_letters(services, tx, user).await?;
        return Ok(Some(InvitationLink { token: new.token, url, expires_at }));
    };
    let kind = LetterKind::Invitation {
        organization: grant.organization().name.clone(),
        inviter: match grant.subject() {
            Subject::User { name, .. } | Subject::ApiKey { name, .. } => name.clone(),
        },
        url,
        expires_at,
    };
    let to = user.email.clone().ok_or_else(|| Error::internal("an invited user's address"))?;
    let letter = Letter {
        organization_id: Some(grant.organization_id()),
        about: user.id.uuid(),
        to,
        name: user.first_name.clone(),
        kind,
    };
    outbox.post(tx, &letter).await?;
    Ok(None)
}

/// Takes back letters with links that are dead and have not been sent yet.
pub(super) async fn withdraw_letters(
    services: &Services,
    tx: &mut Tx,
    user: &User,
) -> Result<(), Error> {
    match &services.mail {
        Some(outbox) => outbox.withdraw_links(tx, user.id.uuid()).await,
        None => Ok(()),
    }
}
