//! The single values of conditions, as JSON writes them.

use serde_json::Value;
use time::Date;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use uuid::Uuid;

use super::bounds;
use super::facts::Creator;
use super::field::{Field, LeadField};
use super::json;
use super::number::Number;
use super::operator::Operator;
use super::text::Text;
use super::vocabulary::Vocabulary;
use crate::contact::{Email, Phone};
use crate::error::Faults;
use crate::lead::{Money, bounds as lead_bounds};
use crate::organization::{Country, Currency, Organization};
use crate::text::{ValueFault, required_line};

const DAY: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");

/// A calendar day written `2026-11-21`, and no other way.
pub(super) fn read_date(text: &str) -> Option<Date> {
    let plain = text.len() == 10 && text.starts_with(|first: char| first.is_ascii_digit());
    Date::parse(text, DAY).ok().filter(|_| plain)
}

pub(super) fn write_date(date: Date) -> String {
    date.format(DAY).unwrap_or_else(|_| date.to_string())
}

pub(super) fn date(value: &Value, pointer: &str, faults: &mut Faults) -> Option<Date> {
    let date = read_date(json::text(value, pointer, faults)?);
    if date.is_none() {
        faults.add(pointer, "invalid_value", "expected a day like 2026-11-21");
    }
    date
}

pub(super) fn number(value: &Value, pointer: &str, faults: &mut Faults) -> Option<Number> {
    let Value::Number(number) = value else {
        return json::wrong_type(pointer, "a number", faults);
    };
    let number = Number::read(number);
    if number.is_none() {
        faults.add(pointer, "invalid_value", "the number has more digits than are kept");
    }
    number
}

pub(super) fn id(value: &Value, pointer: &str, faults: &mut Faults) -> Option<Uuid> {
    let id = Uuid::try_parse(json::text(value, pointer, faults)?).ok();
    if id.is_none() {
        faults.add(pointer, "invalid_value", "not an id");
    }
    id
}

pub(super) fn money(
    value: &Value,
    pointer: &str,
    vocabulary: Vocabulary<'_>,
    faults: &mut Faults,
) -> Option<Money> {
    let currency = |code: &str| match vocabulary.organization() {
        Some(_) => Currency::parse(code),
        None => Ok(Currency::stored(code.to_owned())),
    };
    let members = json::object(value, pointer, &["amount_minor", "currency"], faults)?;
    let place = format!("{pointer}/amount_minor");
    let amount = json::required(members, "amount_minor", pointer, faults)
        .and_then(|value| number(value, &place, faults))
        .and_then(|amount| match amount {
            Number::Whole(amount) if amount >= 0 => Some(amount),
            _ => {
                faults.add(place, "invalid_value", "a whole number, not negative");
                None
            }
        });
    let place = format!("{pointer}/currency");
    let currency = json::required(members, "currency", pointer, faults)
        .and_then(|value| json::text(value, &place, faults))
        .and_then(|code| faults.keep(&place, currency(code)));
    Some(Money { amount_minor: amount?, currency: currency? })
}

/// A text that `field` is compared with by `operator`, in the form that the field has.
pub(super) fn text(
    field: &Field,
    operator: Operator,
    text: &str,
    vocabulary: Vocabulary<'_>,
) -> Result<Text, ValueFault> {
    let Some(organization) = vocabulary.organization() else {
        return Ok(Text::new(text));
    };
    let text = required_line(text, longest(field))?;
    let whole = !matches!(operator, Operator::Contains | Operator::StartsWith);
    let text = match field {
        Field::Lead(field) => of_lead(*field, operator, whole, text, organization)?,
        Field::Custom { key, .. } => {
            match vocabulary.custom_field(key).and_then(|field| field.kind.options()) {
                Some(options) => one_of(&text, options, "unknown_option", "options")?,
                None => text,
            }
        }
    };
    Ok(Text::new(text))
}

fn longest(field: &Field) -> usize {
    match field {
        Field::Lead(LeadField::Email | LeadField::EmailDomain) => Email::MAX,
        Field::Lead(LeadField::ExternalId) => lead_bounds::EXTERNAL_ID,
        Field::Lead(LeadField::Phone) => Phone::MAX,
        Field::Lead(LeadField::Tags) => lead_bounds::TAG,
        Field::Lead(_) => lead_bounds::LINE,
        Field::Custom { .. } => bounds::TEXT,
    }
}

fn of_lead(
    field: LeadField,
    operator: Operator,
    whole: bool,
    text: String,
    organization: &Organization,
) -> Result<String, ValueFault> {
    match field {
        LeadField::Email if whole => Email::parse(&text).map(|email| email.given().to_owned()),
        LeadField::EmailDomain if whole => match Email::parse(&format!("x@{text}")) {
            Ok(_) => Ok(text),
            Err(_) => Err(("invalid_value", "not a domain like example.com".to_owned())),
        },
        LeadField::Phone if whole => {
            Phone::parse(&text, &organization.country).map(|phone| phone.e164().to_owned())
        }
        LeadField::Phone => part_of_phone(operator, &text),
        LeadField::Country => Country::parse(&text).map(|country| country.code().to_owned()),
        LeadField::Status => {
            let keys: Vec<&str> =
                organization.lead_statuses.iter().map(|status| status.key.as_str()).collect();
            one_of(&text, &keys, "unknown_status", "statuses")
        }
        LeadField::CreatorType => one_of(&text, &Creator::TYPES, "invalid_value", "types"),
        _ => Ok(text),
    }
}

/// Numbers are compared in E.164, so a part of one that is written otherwise would never match.
fn part_of_phone(operator: Operator, text: &str) -> Result<String, ValueFault> {
    let digits: String = text.chars().filter(|character| !" -./()".contains(*character)).collect();
    let rest = digits.strip_prefix('+').unwrap_or(&digits);
    let readable = !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit());
    if !readable {
        return Err(("invalid_phone", "expected digits of a phone number".to_owned()));
    }
    if operator == Operator::StartsWith && !digits.starts_with('+') {
        let detail = "numbers begin with + and the code of their country, like +44".to_owned();
        return Err(("invalid_phone", detail));
    }
    Ok(digits)
}

/// The word of the list, as the list writes it.
fn one_of<S: AsRef<str>>(
    text: &str,
    list: &[S],
    code: &'static str,
    name: &str,
) -> Result<String, ValueFault> {
    let folded = Text::new(text);
    let exact = list.iter().map(AsRef::as_ref).find(|word| *word == text);
    let same = || list.iter().map(AsRef::as_ref).find(|word| folded.is(word));
    exact.or_else(same).map(str::to_owned).ok_or_else(|| {
        let known: Vec<&str> = list.iter().map(AsRef::as_ref).collect();
        (code, format!("the {name} are: {}", known.join(", ")))
    })
}
