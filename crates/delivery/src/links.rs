//! Where links to people point: into the front end, or to the API where there is none.

use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

/// What a template has in the place of the token.
pub const TOKEN: &str = "{token}";

/// The addresses that people get links to.
#[derive(Debug, Clone)]
pub struct Links {
    invitation: String,
    password_reset: String,
}

impl Links {
    /// Links by templates that [`check`] has accepted; where there is none, to the API at
    /// `public_url`.
    #[must_use]
    pub fn new(public_url: &str, invitation: Option<&str>, password_reset: Option<&str>) -> Self {
        let or_api = |template: Option<&str>, path: &str| {
            template.map_or_else(|| format!("{public_url}{path}"), str::to_owned)
        };
        Self {
            invitation: or_api(invitation, "/v1/invitations/{token}"),
            password_reset: or_api(password_reset, "/v1/auth/password/reset?token={token}"),
        }
    }

    /// Where an invitation is looked at and accepted.
    #[must_use]
    pub fn invitation(&self, token: &SecretString) -> SecretString {
        fill(&self.invitation, token)
    }

    /// Where a new password is set.
    #[must_use]
    pub fn password_reset(&self, token: &SecretString) -> SecretString {
        fill(&self.password_reset, token)
    }
}

fn fill(template: &str, token: &SecretString) -> SecretString {
    template.replacen(TOKEN, token.expose_secret(), 1).into()
}

/// What a template has to be that this is not; `None` for one that can be used.
#[must_use]
pub fn fault(template: &str) -> Option<&'static str> {
    const WANTED: &str = "an http:// or https:// address with {token} in it once, behind the host, e.g. \
         https://crm.example.com/invitations/{token}";
    let filled = template.replacen(TOKEN, "TOKEN", 1);
    let is_right = Url::parse(&filled).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && !url.authority().to_ascii_uppercase().contains("TOKEN")
    });
    (!is_right || template.matches(TOKEN).count() != 1).then_some(WANTED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_go_where_the_template_says_or_to_the_api() {
        let token = SecretString::from("evi_1");
        let links =
            Links::new("https://api.example.com", None, Some("https://a.example/#/r/{token}/set"));
        assert_eq!(
            links.invitation(&token).expose_secret(),
            "https://api.example.com/v1/invitations/evi_1"
        );
        assert_eq!(links.password_reset(&token).expose_secret(), "https://a.example/#/r/evi_1/set");
    }

    #[test]
    fn a_template_is_an_address_with_one_place_for_the_token() {
        for right in ["https://a.example/i/{token}", "http://localhost:3000/?t={token}&x=1"] {
            assert_eq!(fault(right), None, "{right}");
        }
        for wrong in [
            "",
            "https://a.example/i",
            "https://a.example/{token}/{token}",
            "https://{token}.example/",
            "https://token@a.example/{token}",
            "a.example/{token}",
            "javascript:alert('{token}')",
        ] {
            assert!(fault(wrong).is_some(), "{wrong}");
        }
    }
}
