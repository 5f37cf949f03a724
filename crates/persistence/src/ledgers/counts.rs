//! Whether what is stored of deliveries to each user is what a ledger leads to.

use std::collections::BTreeMap;

use evenhand_domain::calendar::LocalDay;
use evenhand_domain::rotation::{Count, Member};
use evenhand_domain::verification::Problem;
use sea_orm::FromQueryResult;
use uuid::Uuid;

use super::state::{Expected, differing};
use super::{Ledger, signed};
use crate::{Read, Result};

const TABLE: &str = "rotation_counts";

#[derive(FromQueryResult)]
struct CountRow {
    user_id: Uuid,
    local_day: i64,
    of_day: i64,
    of_month: i64,
    virtual_time: i64,
    last_turn: i64,
    open_leads: i64,
}

/// The first row that is missing, unexpected, or says something else. A count that is of an earlier
/// month, or of nothing, does not matter any more: it may be there or not. What else is stored of
/// somebody who left is not looked at again, whoever comes back.
pub(super) async fn difference(
    db: &impl Read,
    ledger: &Ledger,
    expected: &Expected<'_>,
) -> Result<Option<Problem>> {
    let sql = "SELECT user_id, CAST(local_day AS bigint) AS local_day, \
               CAST(of_day AS bigint) AS of_day, CAST(of_month AS bigint) AS of_month, \
               virtual_time, last_turn, CAST(open_leads AS bigint) AS open_leads \
               FROM rotation_counts WHERE organization_id = $1 AND rotation_id = $2";
    let rows: Vec<CountRow> = db.db().all(sql, ledger.key()).await?;
    let mut rows: BTreeMap<Uuid, CountRow> =
        rows.into_iter().map(|row| (row.user_id, row)).collect();
    let today = expected.state.local_day;
    for member in &expected.state.members {
        let Some(row) = rows.remove(&member.user_id.uuid()) else {
            return Ok(Some(Problem::RowMissing { table: TABLE }));
        };
        if let Some(column) = member_difference(&row, member, today) {
            return Ok(Some(Problem::Differs { table: TABLE, column }));
        }
    }
    for (user, count) in expected.departed {
        let Some(count) = live(Some(*count), today) else { continue };
        let Some(row) = rows.remove(&user.uuid()) else {
            return Ok(Some(Problem::RowMissing { table: TABLE }));
        };
        if let Some(column) = count_difference(&row, Some(count), today) {
            return Ok(Some(Problem::Differs { table: TABLE, column }));
        }
    }
    let counts_on = rows.values().any(|row| count_difference(row, None, today).is_some());
    Ok(counts_on.then_some(Problem::RowUnexpected { table: TABLE }))
}

fn member_difference(row: &CountRow, member: &Member, today: LocalDay) -> Option<&'static str> {
    count_difference(row, member.count, today).or_else(|| {
        differing(&[
            ("virtual_time", row.virtual_time == signed(member.virtual_time)),
            ("last_turn", row.last_turn == signed(member.last_turn)),
            ("open_leads", row.open_leads == i64::from(member.open_leads)),
        ])
    })
}

fn count_difference(
    row: &CountRow,
    expected: Option<Count>,
    today: LocalDay,
) -> Option<&'static str> {
    let expected = live(expected, today);
    let day = i32::try_from(row.local_day).map(LocalDay::from_number);
    let counts = (u32::try_from(row.of_day), u32::try_from(row.of_month));
    let (Ok(day), (Ok(of_day), Ok(of_month))) = (day, counts) else { return Some("of_day") };
    match (live(Some(Count { day, of_day, of_month }), today), expected) {
        (Some(stored), Some(expected)) => differing(&[
            ("local_day", stored.day == expected.day),
            ("of_day", stored.of_day == expected.of_day),
            ("of_month", stored.of_month == expected.of_month),
        ]),
        (None, None) => None,
        (Some(_), None) => Some("of_month"),
        (None, Some(expected)) if (of_day, of_month) == (expected.of_day, expected.of_month) => {
            Some("local_day")
        }
        (None, Some(_)) => Some("of_month"),
    }
}

/// A count that still matters on a day.
fn live(count: Option<Count>, today: LocalDay) -> Option<Count> {
    count.filter(|count| {
        count.day.month() >= today.month() && (count.of_day, count.of_month) != (0, 0)
    })
}
