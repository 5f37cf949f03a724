//! Lists of users.

use evenhand_domain::ids::{GroupId, TeamId};
use evenhand_domain::page::{Page, PageRequest};
use evenhand_domain::permission::{Grant, ViewUsers};
use evenhand_domain::user::{Role, User, UserStatus};
use sea_orm::Value;

use super::visible::{place, visible};
use super::{Row, select};
use crate::{Read, Result};

/// Which users a list is narrowed to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserFilter {
    /// Only those in this status; `None` = active and invited ones (product.md, "Users").
    pub status: Option<UserStatus>,
    /// Only those with this role.
    pub role: Option<Role>,
    /// Only outside accounts, or only the others.
    pub partner: Option<bool>,
    /// Only those whose name has this in it, without regard to case; where the address may be
    /// seen, that counts as well.
    pub q: Option<String>,
    /// Only those on this team.
    pub team_id: Option<TeamId>,
    /// Only those not on this team.
    pub not_in_team: Option<TeamId>,
    /// Only the members of this group, and those invited who will be on accepting.
    pub group_id: Option<GroupId>,
    /// Only the others.
    pub not_in_group: Option<GroupId>,
}

/// The organization's users, newest first.
///
/// # Errors
/// When the database fails.
pub async fn list(
    db: &impl Read,
    grant: &Grant<ViewUsers>,
    filter: &UserFilter,
    request: &PageRequest,
) -> Result<Page<User>> {
    let db = db.db();
    let mut values: Vec<Value> = vec![grant.organization_id().uuid().into()];
    let visible = visible(grant.scope(), &mut values, db.dialect);
    let mut sql = format!("{} WHERE u.organization_id = $1", select(&visible));
    let mut require = |condition: String| {
        sql.push_str(" AND ");
        sql.push_str(&condition);
    };
    require(match filter.status {
        Some(status) => format!("u.status = {}", status.code()),
        None => format!("u.status <> {}", UserStatus::Inactive.code()),
    });
    if let Some(role) = filter.role {
        require(format!("u.role = {}", role.code()));
    }
    if let Some(partner) = filter.partner {
        require(if partner { "u.partner" } else { "NOT u.partner" }.to_owned());
    }
    if let Some(q) = &filter.q {
        let like = format!("LIKE {} ESCAPE '\\'", place(&mut values, pattern(q)));
        require(format!("(u.name_key {like} OR ({visible} AND a.email_key {like}))"));
    }
    for (team, is_in) in [(filter.team_id, ""), (filter.not_in_team, "NOT ")] {
        if let Some(team) = team {
            let team = place(&mut values, team.uuid());
            require(format!("{is_in}({})", on_team(&team)));
        }
    }
    for (group, is_in) in [(filter.group_id, ""), (filter.not_in_group, "NOT ")] {
        if let Some(group) = group {
            let group = place(&mut values, group.uuid());
            require(format!("{is_in}({})", in_group(&group)));
        }
    }
    if let Some(after) = request.after {
        let after = place(&mut values, after);
        require(format!("u.id < {after}"));
    }
    sql.push_str(&format!(" ORDER BY u.id DESC LIMIT {}", request.probe()));
    let rows: Vec<Row> = db.all(&sql, values).await?;
    let users: Result<Vec<User>> = rows.into_iter().map(Row::into_domain).collect();
    Ok(Page::from_probe(users?, request, |user| user.id.uuid()))
}

/// Anything with `text` in it, in the words of `LIKE … ESCAPE '\'`.
fn pattern(text: &str) -> String {
    let mut pattern = String::from("%");
    for character in text.to_lowercase().chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

fn on_team(team: &str) -> String {
    format!(
        "EXISTS (SELECT 1 FROM team_members m WHERE m.organization_id = u.organization_id \
         AND m.team_id = {team} AND m.user_id = u.id)"
    )
}

fn in_group(group: &str) -> String {
    format!(
        "EXISTS (SELECT 1 FROM rotations r JOIN rotation_members m \
         ON m.organization_id = r.organization_id AND m.rotation_id = r.id \
         WHERE r.organization_id = u.organization_id AND r.group_id = {group} \
         AND m.user_id = u.id) \
         OR EXISTS (SELECT 1 FROM invitation_groups g WHERE g.organization_id = u.organization_id \
         AND g.group_id = {group} AND g.user_id = u.id)"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_like_would_read_as_a_pattern_stands_for_itself() {
        assert_eq!(pattern("50%_A\\"), "%50\\%\\_a\\\\%");
    }
}
