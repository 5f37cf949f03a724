//! Closed sets of values, each with a number for canonical bytes and a name for storage and
//! clients. Numbers and names are for good: ledgers already written depend on them.

use std::fmt;
use std::str::FromStr;

/// Text that names none of the values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a known name")]
pub struct UnknownName;

macro_rules! named_codes {
    (
        $(#[$doc:meta])*
        $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $code:literal $text:literal,)+ }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)+
        }

        impl $name {
            /// Every value, by ascending code.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name, in snake_case.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }

            /// The number in canonical bytes.
            #[must_use]
            pub const fn code(self) -> u8 {
                match self {
                    $(Self::$variant => $code,)+
                }
            }

            /// The value with this number; `None` for a number that is reserved or unknown.
            #[must_use]
            pub const fn from_code(code: u8) -> Option<Self> {
                match code {
                    $($code => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownName;

            fn from_str(name: &str) -> Result<Self, Self::Err> {
                match name {
                    $($text => Ok(Self::$variant),)+
                    _ => Err(UnknownName),
                }
            }
        }
    };
}

named_codes! {
    /// How a rotation chooses among the eligible.
    Method {
        /// Strictly in turn: A, B, C, repeat.
        Sequential = 1 "sequential",
        /// Each with equal chance, by the recorded seed and the turn's number.
        Random = 2 "random",
        /// In proportion to the members' weights.
        Weighted = 3 "weighted",
        /// Whoever has the fewest open leads.
        LeastOpen = 4 "least_open",
    }
}

named_codes! {
    /// What a ledger entry records. Reserved: 12 `erasure`.
    EntryKind {
        /// The rotation began; always entry 1.
        Created = 1 "created",
        /// A lead was dealt, or nobody could take it.
        Decision = 2 "decision",
        /// Somebody joined at the end of the order.
        MemberAdded = 3 "member_added",
        /// Somebody left the order.
        MemberRemoved = 4 "member_removed",
        /// The order was changed.
        Reordered = 5 "reordered",
        /// The limits of the rotation were changed.
        LimitsChanged = 6 "limits_changed",
        /// A member's own limits or pause were changed.
        MemberChanged = 7 "member_changed",
        /// The organization's time zone was changed.
        ZoneChanged = 8 "zone_changed",
        /// How it chooses, or whether it respects working hours, was changed.
        PolicyChanged = 9 "policy_changed",
        /// The whole rotation was paused or resumed.
        RotationPaused = 10 "rotation_paused",
        /// A member went out of all rotations, or came back.
        Availability = 11 "availability",
        /// Members' counts were set back.
        LimitsReset = 13 "limits_reset",
        /// The rotation was taken out of use.
        Archived = 14 "archived",
        /// It was seen that members are off duty, or on duty again.
        OffDuty = 15 "off_duty",
        /// It was seen how many open leads members have.
        OpenLeads = 16 "open_leads",
    }
}

named_codes! {
    /// Why a decision delivered to nobody.
    Undealt {
        /// The rotation has no members.
        NoMembers = 1 "no_members",
        /// Every member is at a limit, whether paused as well or not.
        AllMembersAtLimit = 2 "all_members_at_limit",
        /// Every member is skipped, and at least one of them for another reason than a limit.
        NobodyAvailable = 3 "nobody_available",
        /// The whole rotation is paused.
        RotationPaused = 4 "rotation_paused",
    }
}

named_codes! {
    /// Why somebody is off duty.
    OffReason {
        /// Their working hours have not begun, or are over.
        OutsideWorkingHours = 1 "outside_working_hours",
        /// They are absent.
        Absent = 2 "absent",
        /// The organization has a holiday.
        Holiday = 3 "holiday",
    }
}

named_codes! {
    /// Which counts are set back.
    ResetPeriod {
        /// Those of the local day.
        Day = 1 "day",
        /// Those of the local month, and with them those of the day.
        Month = 2 "month",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_names_lead_back_to_their_value() {
        for &kind in EntryKind::ALL {
            assert_eq!(EntryKind::from_code(kind.code()), Some(kind));
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
        for &reason in Undealt::ALL {
            assert_eq!(Undealt::from_code(reason.code()), Some(reason));
            assert_eq!(reason.to_string().parse(), Ok(reason));
        }
        for &method in Method::ALL {
            assert_eq!(Method::from_code(method.code()), Some(method));
            assert_eq!(method.to_string().parse(), Ok(method));
        }
    }

    #[test]
    fn reserved_codes_mean_nothing_yet() {
        assert_eq!(EntryKind::from_code(12), None);
        assert_eq!(Method::from_code(5), None);
        assert_eq!(Undealt::from_code(0), None);
        assert_eq!("fair".parse::<Method>(), Err(UnknownName));
    }
}
