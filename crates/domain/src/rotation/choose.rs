//! The methods: who of the eligible gets the next lead.

use sha2::{Digest, Sha256};

use super::codes::{Method, Undealt};
use super::eligibility::Tally;
use super::member::{Member, Moment, Pause, Period};
use super::state::RotationState;

/// What the digest that stands for chance begins with.
const RANDOM_CONTEXT: &[u8] = b"evenhand random v1";

impl RotationState {
    /// The position of the member who gets the next lead (product.md, "Groups and distribution").
    pub(super) fn choose(&self, now: Moment, period: Period) -> Result<usize, Undealt> {
        if self.members.is_empty() {
            return Err(Undealt::NoMembers);
        }
        if self.pause.holds(now.at) {
            return Err(Undealt::RotationPaused);
        }
        let eligible = self.turn_order().filter(|(_, member)| self.eligible(member, now, period));
        let chosen = match self.policy.method {
            Method::Sequential => eligible.map(|(position, _)| position).next(),
            // The first of equals is the one that comes first from the cursor on.
            Method::Weighted => {
                eligible.min_by_key(|(_, member)| member.virtual_time).map(|(position, _)| position)
            }
            Method::LeastOpen => eligible
                .min_by_key(|(position, member)| (member.open_leads, member.last_turn, *position))
                .map(|(position, _)| position),
            Method::Random => {
                let mut positions: Vec<usize> = eligible.map(|(position, _)| position).collect();
                positions.sort_unstable();
                pick(&self.seed, self.turn.saturating_add(1), &positions)
            }
        };
        chosen.ok_or_else(|| self.why_nobody(period))
    }

    /// The members with their positions, starting with whose turn it is.
    pub(super) fn turn_order(&self) -> impl Iterator<Item = (usize, &Member)> {
        let start = self.cursor_position();
        let members = || self.members.iter().enumerate();
        members().skip(start).chain(members().take(start))
    }

    pub(super) fn eligible(&self, member: &Member, now: Moment, period: Period) -> bool {
        self.off_duty(member, now).is_none()
            && member.pause(now.at) == Pause::No
            && !self.never_dealt(member)
            && Tally::of(member, self.limits, period).limit_reached().is_none()
    }

    /// Whether a member's weight rules them out, which only [`Method::Weighted`] looks at.
    pub(super) fn never_dealt(&self, member: &Member) -> bool {
        self.policy.method == Method::Weighted && member.settings.weight == 0
    }

    /// Members who are never dealt to make no difference to why nobody is.
    fn why_nobody(&self, period: Period) -> Undealt {
        let mut dealt_to =
            self.members.iter().filter(|member| !self.never_dealt(member)).peekable();
        let at_limit =
            |member: &Member| Tally::of(member, self.limits, period).limit_reached().is_some();
        if dealt_to.peek().is_some() && dealt_to.all(at_limit) {
            Undealt::AllMembersAtLimit
        } else {
            Undealt::NobodyAvailable
        }
    }
}

/// One of the positions, each with equal chance: the first 8 bytes of SHA-256 over context, seed,
/// turn and the number of the attempt, taken again where they lie beyond the last whole multiple of
/// how many there are. `None` for none.
fn pick(seed: &[u8; 32], turn: u64, positions: &[usize]) -> Option<usize> {
    let count = u64::try_from(positions.len()).ok().filter(|count| *count > 0)?;
    // 2^64 modulo `count` values are too many to be shared out evenly: the last ones.
    let surplus = (u64::MAX % count + 1) % count;
    let drawn = (0_u32..).map(|attempt| draw(seed, turn, attempt));
    let drawn = drawn.into_iter().find(|drawn| *drawn <= u64::MAX - surplus)?;
    usize::try_from(drawn % count).ok().and_then(|index| positions.get(index).copied())
}

fn draw(seed: &[u8; 32], turn: u64, attempt: u32) -> u64 {
    let mut digest = Sha256::new();
    digest.update(RANDOM_CONTEXT);
    digest.update(seed);
    digest.update(turn.to_be_bytes());
    digest.update(attempt.to_be_bytes());
    let bytes: [u8; 32] = digest.finalize().into();
    let (first, _) = bytes.split_first_chunk().unwrap_or((&[0; 8], &[]));
    u64::from_be_bytes(*first)
}
