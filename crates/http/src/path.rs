//! The variable parts of paths.

use actix_web::HttpRequest;
use actix_web::dev::Payload;
use evenhand_domain::error::Error;
use evenhand_domain::ids::{
    ApiKeyId, BulkAssignmentId, CommunicationId, GroupId, LeadId, LeadViewId, NoteId, RuleId,
    SessionId, TaskId, TeamId, UserId, VerificationId,
};
use percent_encoding::percent_decode_str;
use secrecy::SecretString;
use uuid::Uuid;
use uuid::fmt::Hyphenated;

use crate::operations::Argument;
use crate::problem::{Code, Problem};

/// An id of one kind.
pub trait PathId: From<Uuid> {}

impl PathId for ApiKeyId {}
impl PathId for BulkAssignmentId {}
impl PathId for CommunicationId {}
impl PathId for GroupId {}
impl PathId for LeadId {}
impl PathId for LeadViewId {}
impl PathId for NoteId {}
impl PathId for RuleId {}
impl PathId for SessionId {}
impl PathId for TaskId {}
impl PathId for TeamId {}
impl PathId for UserId {}
impl PathId for VerificationId {}

/// The first id of a path.
#[derive(Debug, Clone, Copy)]
pub struct Id<T>(pub T);

/// The two ids of a path.
#[derive(Debug, Clone, Copy)]
pub struct Ids<A, B>(pub A, pub B);

/// The secret in the path of an invitation.
#[derive(Debug)]
pub struct Token(pub SecretString);

/// The key of a lead status or a custom field, as the path has it.
#[derive(Debug)]
pub struct Key(pub String);

/// A source and its id of a lead, as the path has them.
#[derive(Debug)]
pub struct SourceAndId(pub String, pub String);

impl Argument for Key {
    fn take(request: &HttpRequest, _payload: &mut Payload) -> Result<Self, Problem> {
        Ok(Self(decoded(request, 0)?))
    }
}

impl Argument for SourceAndId {
    fn take(request: &HttpRequest, _payload: &mut Payload) -> Result<Self, Problem> {
        Ok(Self(decoded(request, 0)?, decoded(request, 1)?))
    }
}

impl<T: PathId> Argument for Id<T> {
    fn take(request: &HttpRequest, _payload: &mut Payload) -> Result<Self, Problem> {
        Ok(Self(id(request, 0)?))
    }
}

impl<A: PathId, B: PathId> Argument for Ids<A, B> {
    fn take(request: &HttpRequest, _payload: &mut Payload) -> Result<Self, Problem> {
        Ok(Self(id(request, 0)?, id(request, 1)?))
    }
}

impl Argument for Token {
    fn take(request: &HttpRequest, _payload: &mut Payload) -> Result<Self, Problem> {
        let (_, text) = part(request, 0)?;
        Ok(Self(SecretString::from(text.to_owned())))
    }
}

fn id<T: PathId>(request: &HttpRequest, index: usize) -> Result<T, Problem> {
    let (name, text) = part(request, index)?;
    // One id has one path: no braces, no URN, no bare digits.
    let id: Hyphenated = text
        .parse()
        .map_err(|_| Problem::new(Code::InvalidPath, format!("{name} is not a UUID")))?;
    Ok(T::from(id.into_uuid()))
}

fn decoded(request: &HttpRequest, index: usize) -> Result<String, Problem> {
    let (_, text) = part(request, index)?;
    // The router has decoded all but what would mean something else to it: %2F, %2B and %25.
    let decoded = percent_decode_str(text).decode_utf8();
    let decoded = decoded.map_err(|_| Problem::new(Code::InvalidPath, "a path is UTF-8"))?;
    Ok(decoded.into_owned())
}

fn part(request: &HttpRequest, index: usize) -> Result<(&str, &str), Problem> {
    let part = request.match_info().iter().nth(index);
    part.ok_or_else(|| Error::internal("a path has fewer parts than its operation takes").into())
}
