//! Users who work on a lead besides its owner.

/// The most collaborators of one lead.
pub const MAX_COLLABORATORS: usize = 20;

/// How somebody came to be a collaborator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CollaboratorAdded {
    /// Somebody added them.
    Added,
    /// Their deactivation, which had removed them, was undone.
    DeactivationUndone,
}

impl CollaboratorAdded {
    /// Its name in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::DeactivationUndone => "deactivation_undone",
        }
    }
}

/// Why somebody is a collaborator no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CollaboratorRemoved {
    /// Somebody removed them.
    Removed,
    /// They removed themselves.
    Left,
    /// They own the lead now.
    BecameOwner,
    /// They were deactivated.
    Deactivated,
    /// The organization does not let leads have collaborators any more.
    SettingOff,
    /// The lead's personal data was erased.
    Erased,
}

impl CollaboratorRemoved {
    /// Its name in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Removed => "removed",
            Self::Left => "left",
            Self::BecameOwner => "became_owner",
            Self::Deactivated => "deactivated",
            Self::SettingOff => "setting_off",
            Self::Erased => "erased",
        }
    }
}
