//! Teams: managers, and the users whose records they see.

use crate::user::coded;

coded! {
    /// What somebody is on a team. One person is one of the two on a team, and may be the other on
    /// another.
    TeamSeat {
        /// Sees the records of the team's users.
        Manager = 1 "manager",
        /// Is seen, and is dealt to where the team is.
        User = 2 "user",
    }
}
