//! The codes of problems as one table: code, status, title.

use actix_web::http::StatusCode;

macro_rules! codes {
    ($($variant:ident = $status:literal $code:literal $title:literal,)+) => {
        /// What kind of problem an answer is about. Codes are for good: clients branch on them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[expect(missing_docs, reason = "each code's title says what it means")]
        pub enum Code { $($variant,)+ }

        impl Code {
            /// Every code, by status.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The stable name.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// The same for every problem of this code.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)+ }
            }

            const fn status_number(self) -> u16 {
                match self { $(Self::$variant => $status,)+ }
            }
        }
    };
}

codes! {
    MalformedJson = 400 "malformed_json" "The body is not readable JSON",
    InvalidPath = 400 "invalid_path" "The path is not readable",
    BadRequest = 400 "bad_request" "The request is not acceptable",
    AuthenticationRequired = 401 "authentication_required" "A credential is needed",
    InvalidCredentials = 401 "invalid_credentials" "The credential is not valid",
    TokenExpired = 401 "token_expired" "The access token has expired",
    AmbiguousCredentials = 401 "ambiguous_credentials" "More than one credential was sent",
    WrongEmailOrPassword = 401 "wrong_email_or_password" "Wrong e-mail address or password",
    InvalidRefreshToken = 401 "invalid_refresh_token" "The refresh token is not valid",
    PermissionDenied = 403 "permission_denied" "A permission is missing",
    PersonRequired = 403 "person_required" "Only a signed-in person may do this",
    NotFound = 404 "not_found" "Not found",
    RouteNotFound = 404 "route_not_found" "There is nothing at this path",
    MethodNotAllowed = 405 "method_not_allowed" "The path does not take this method",
    RequestTimeout = 408 "request_timeout" "The body took too long",
    OrganizationRequired = 409 "organization_required" "An organization has to be named",
    GroupNameTaken = 409 "group_name_taken" "The group's name is taken",
    TeamNameTaken = 409 "team_name_taken" "The team's name is taken",
    TeamInUse = 409 "team_in_use" "Something depends on the team",
    GroupInUse = 409 "group_in_use" "Something depends on the group",
    NotDealtTo = 409 "not_dealt_to" "The rotation does not deal to them",
    UserExists = 409 "user_exists" "The address is a user already",
    UserNotInvited = 409 "user_not_invited" "The user is not invited any more",
    InvitationExpired = 409 "invitation_expired" "The invitation has expired",
    InvitationUsed = 409 "invitation_used" "The invitation was accepted before",
    InvitationRevoked = 409 "invitation_revoked" "The invitation was withdrawn",
    LastOwner = 409 "last_owner" "The organization needs another owner first",
    ManagesTeams = 409 "manages_teams" "The user manages teams",
    OwnPermissions = 409 "own_permissions" "Nobody changes their own permissions",
    NobodyEligible = 409 "nobody_eligible" "Nobody can be dealt a lead right now",
    OwnerChanged = 409 "owner_changed" "The lead has another owner by now",
    LeadArchived = 409 "lead_archived" "The lead is archived",
    LeadErased = 409 "lead_erased" "The lead's personal data was erased",
    LeadTaken = 409 "lead_taken" "Somebody else has the lead",
    LeadOwned = 409 "lead_owned" "The lead has an owner",
    MultipleAssigneesNotAllowed = 409 "multiple_assignees_not_allowed" "Leads have no collaborators in this organization",
    AlreadyOwner = 409 "already_owner" "The user owns the lead",
    TooManyCollaborators = 409 "too_many_collaborators" "The lead has too many collaborators",
    NotInPool = 409 "not_in_pool" "The lead is not to be picked up",
    CannotDeactivateYourself = 409 "cannot_deactivate_yourself" "Nobody deactivates themselves",
    UserInactive = 409 "user_inactive" "The user is inactive already",
    UserActive = 409 "user_active" "The user is not inactive",
    DeactivationRunning = 409 "deactivation_running" "The user's leads are still being moved",
    NothingToUndo = 409 "nothing_to_undo" "There is no deactivation to undo",
    StatusKeyTaken = 409 "status_key_taken" "The lead status's key is taken",
    TooManyStatuses = 409 "too_many_statuses" "There are too many lead statuses",
    StatusInUse = 409 "status_in_use" "Something depends on the status",
    LastOpenStatus = 409 "last_open_status" "An open lead status has to be left",
    TooManyRules = 409 "too_many_rules" "There are too many routing rules",
    OtherRules = 409 "other_rules" "The order does not name the rules that there are",
    LeadViewNameTaken = 409 "lead_view_name_taken" "The name of the saved list is taken",
    TooManyLeadViews = 409 "too_many_lead_views" "There are too many saved lists",
    OtherLeadViews = 409 "other_lead_views" "The order does not name the saved lists that there are",
    CustomFieldKeyTaken = 409 "custom_field_key_taken" "The custom field's key is taken",
    TooManyCustomFields = 409 "too_many_custom_fields" "There are too many custom fields",
    UsedByRules = 409 "used_by_rules" "Routing rules depend on it",
    ApiKeyRevoked = 409 "api_key_revoked" "The API key was revoked",
    ExternalIdTaken = 409 "external_id_taken" "The external id is taken",
    DuplicateLead = 409 "duplicate_lead" "The person is a lead already",
    IdempotencyKeyInUse = 409 "idempotency_key_in_use" "The same request is still running",
    Erased = 410 "erased" "What the answer told was erased",
    PreconditionFailed = 412 "precondition_failed" "The resource has changed",
    BodyTooLarge = 413 "body_too_large" "The body is too large",
    UnsupportedMediaType = 415 "unsupported_media_type" "The body is not said to be JSON",
    ValidationFailed = 422 "validation_failed" "The request is readable and wrong",
    IdempotencyKeyReused = 422 "idempotency_key_reused" "The idempotency key belongs to another request",
    TooManyAttempts = 429 "too_many_attempts" "Too many attempts have failed",
    InternalError = 500 "internal_error" "Internal error",
    Unavailable = 503 "unavailable" "Not available at the moment",
}

impl Code {
    /// The HTTP status.
    #[must_use]
    pub fn status(self) -> StatusCode {
        StatusCode::from_u16(self.status_number()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The problem type's URI (RFC 9457 §3.1.1): a name, not an address.
    #[must_use]
    pub fn type_uri(self) -> String {
        format!("urn:evenhand:problem:{}", self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_snake_case_and_errors() {
        let mut seen = std::collections::HashSet::new();
        for code in Code::ALL {
            assert!(seen.insert(code.as_str()), "{code:?} twice");
            assert!(code.as_str().bytes().all(|byte| byte == b'_' || byte.is_ascii_lowercase()));
            assert!(code.status().is_client_error() || code.status().is_server_error());
            assert_eq!(code.status().as_u16(), code.status_number());
        }
    }
}
