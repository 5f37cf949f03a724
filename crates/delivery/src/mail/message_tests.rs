use uuid::Uuid;

use super::*;

const AT: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);
const ID: Uuid = Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_0001);

fn invitation(name: &str, organization: &str, inviter: &str) -> Content {
    Content {
        name: name.to_owned(),
        says: LetterKind::Invitation {
            organization: organization.to_owned(),
            inviter: inviter.to_owned(),
            url: "https://crm.example.com/i?t=evi_1&x=\"2\"".into(),
            expires_at: AT,
        },
    }
}

fn kinds() -> [LetterKind; 3] {
    [
        invitation("Tom", "Acme", "Olivia").says,
        LetterKind::PasswordReset { url: "https://crm.example.com/r/evr_1".into(), expires_at: AT },
        LetterKind::PasswordChanged { at: AT },
    ]
}

fn from() -> Mailbox {
    "Evenhand <no-reply@example.com>".parse().unwrap()
}

fn formatted(content: &Content, to: &str) -> String {
    let message = message(&from(), to, ID, AT, content).unwrap();
    String::from_utf8(message.formatted()).unwrap()
}

#[test]
fn every_letter_has_a_greeting_and_its_link_in_both_parts() {
    for says in kinds() {
        let link = match &says {
            LetterKind::PasswordChanged { .. } => "",
            LetterKind::PasswordReset { .. } => "https://crm.example.com/r/evr_1",
            LetterKind::Invitation { .. } => "https://crm.example.com/i?t=evi_1&",
        };
        let written = write(&Content { name: "Tom".to_owned(), says }).unwrap();
        assert!(written.plain.starts_with("Hello Tom,\n\n"), "{}", written.plain);
        assert!(written.plain.contains("15 January 2027, 08:00 UTC"), "{}", written.plain);
        assert!(written.html.starts_with("<!DOCTYPE html>\n<html lang=\"en\">"));
        assert!(written.html.contains("Hello Tom,"));
        assert!(written.plain.contains(link), "{}", written.plain);
        let escaped = link.replace('&', "&#38;");
        assert!(written.html.contains(&escaped), "{}", written.html);
        let loads = ["<img", "<script", "<link", "src=", "url("];
        assert!(loads.iter().all(|load| !written.html.contains(load)), "nothing is loaded");
    }
}

#[test]
fn names_are_escaped_in_html_and_as_they_are_in_text() {
    let name = "<script>alert('1')</script> & \"Co\"";
    let written = write(&invitation(name, name, name)).unwrap();
    assert!(!written.html.contains("<script>"), "{}", written.html);
    assert!(written.html.contains("&#60;script&#62;"), "{}", written.html);
    assert_eq!(written.html.matches("href=").count(), 1);
    assert!(written.html.contains("x=&#34;2&#34;\">"), "{}", written.html);
    assert!(written.plain.contains(name));
}

#[test]
fn no_name_makes_a_header_or_a_line_of_its_own() {
    let evil = "Eve\r\nBcc: victim@example.com\r\n\r\nBuy now\u{2028}\u{202e}";
    let text = formatted(&invitation(evil, evil, evil), "tom@acme.example");
    let (head, _) = text.split_once("\r\n\r\n").unwrap();
    assert!(!head.to_lowercase().contains("\nbcc:"), "{head}");
    let written = write(&invitation(evil, evil, evil)).unwrap();
    assert!(!written.subject.contains(['\r', '\n', '\u{2028}', '\u{202e}']));
    assert!(written.plain.starts_with("Hello Eve  Bcc: victim@example.com    Buy now,\n"));
    let long = "x".repeat(10_000);
    assert!(write(&invitation(&long, &long, &long)).unwrap().subject.len() < 250);
}

#[test]
fn a_message_says_what_it_is() {
    let text = formatted(&invitation("Tom", "Acmé", "Olivia"), "tom@acme.example");
    for header in [
        "Message-ID: <01990000000070008000000000000001@example.com>\r\n",
        "Date: Fri, 15 Jan 2027 08:00:00 +0000\r\n",
        "From: Evenhand <no-reply@example.com>\r\n",
        "To: Tom <tom@acme.example>\r\n",
        "Subject: Olivia invites you to =?utf-8?b?QWNtw6k=?=\r\n",
        "Auto-Submitted: auto-generated\r\n",
        "Content-Language: en\r\n",
        "MIME-Version: 1.0\r\n",
        "Content-Type: multipart/alternative;",
        "Content-Type: text/plain; charset=utf-8\r\n",
        "Content-Type: text/html; charset=utf-8\r\n",
    ] {
        assert!(text.contains(header), "{header:?} in\n{text}");
    }
    let again = formatted(&invitation("Tom", "Acmé", "Olivia"), "tom@acme.example");
    assert_eq!(text, again, "twice the same");
}

#[test]
fn an_address_that_smtp_does_not_know_is_told_apart() {
    let content = invitation("Tom", "Acme", "Olivia");
    for wrong in ["", "tom", "tom@acme.example\r\nRCPT TO:<eve@example.com>", "<tom@acme.example>"]
    {
        let message = message(&from(), wrong, ID, AT, &content);
        assert_eq!(message.map(drop), Err(Unwritable::Address), "{wrong:?}");
    }
}
