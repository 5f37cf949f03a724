//! Who asks for which lists, and what these promise (docs/api-design.md, "Orders").

use serde_json::{Value, json};

use crate::support::answer::text;
use crate::support::pool::grant;
use crate::support::world::{Integration, Person, World};

/// What a request may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Promise {
    /// What its page costs.
    Page,
    /// What a sort of as many leads costs as are sorted at most.
    Sorted,
    /// What there is of it.
    All,
}

/// A request.
pub(super) struct Asked {
    pub(super) who: &'static str,
    pub(super) path: String,
    pub(super) promise: Promise,
}

/// The people, and what they ask about.
pub(super) struct Cast {
    pub(super) olivia: Person,
    /// Manages a team of [`Self::agents`]' first three, and picks up from a group.
    pub(super) mona: Person,
    pub(super) agents: Vec<Person>,
    pub(super) form: Integration,
    pub(super) sales: String,
    pub(super) service: String,
    pub(super) blue: String,
    /// A lead with much on it, the first of its person.
    pub(super) lead: String,
}

impl Cast {
    pub(super) async fn of(acme: &World) -> Self {
        let olivia = acme.owner.clone();
        let mona = acme.person("manager", "Mona").await;
        let agents = acme.agents(["Tom", "Ann", "Ben", "Eve", "Lewis", "Denise"]).await;
        let [tom, ann, ben, ..] = &agents;
        let blue = acme.team("Blue", &[&mona], &[tom, ann, ben]).await;
        let sales = acme.group("Sales", &[tom, &mona]).await;
        let service = acme.group("Service", &[ann]).await;
        for group in [&sales, &service] {
            let body = json!({"pick_up_statuses": ["new", "contacted"]});
            acme.owner.patch(format!("/v1/groups/{group}"), body).await.expect(200);
        }
        let wait = json!({"distribution": {"when_nobody_eligible": "wait"}});
        acme.owner.patch(format!("/v1/groups/{service}"), wait).await.expect(200);
        grant(acme, &[tom], &["leads.pick_up"]).await;
        let form = acme.integration(&["leads.create", "leads.view"]).await;
        let body = json!({
            "first_name": "Zebedee", "source": "web", "external_id": "A1",
            "assignment": {"mode": "user", "user_id": tom.id},
        });
        let lead = acme.owner.post("/v1/leads", body).await.expect(201).json();
        let path = format!("/v1/leads/{}", text(&lead["id"]));
        for (kind, body) in [
            ("notes", json!({"body": "Likes tea."})),
            ("communications", json!({"channel": "meeting", "summary": "Had tea."})),
            ("tasks", json!({"title": "Buy tea"})),
        ] {
            tom.post(format!("{path}/{kind}"), body).await.expect(201);
        }
        let lead = text(&lead["id"]);
        Self { olivia, mona, agents: agents.into(), form, sales, service, blue, lead }
    }

    pub(super) fn tom(&self) -> &Person {
        &self.agents[0]
    }

    /// Asks for a list and, where there is one, for its second page; whether there were answers.
    pub(super) async fn ask(&self, who: &str, path: &str) -> bool {
        let client = match who {
            "owner" => &*self.olivia,
            "manager" => &*self.mona,
            "agent" => &**self.tom(),
            _ => &*self.form,
        };
        let first = client.get(path).await.expect(200).json();
        if let Value::String(cursor) = &first["next_cursor"] {
            let mark = if path.contains('?') { '&' } else { '?' };
            let parameter = if path.starts_with("/v1/events") { "after" } else { "cursor" };
            client.get(format!("{path}{mark}{parameter}={cursor}")).await.expect(200);
        }
        true
    }

    /// A path with names for ids.
    pub(super) fn unnamed(&self, path: &str) -> String {
        let named = [
            (&self.sales, "sales"),
            (&self.service, "service"),
            (&self.blue, "blue"),
            (&self.lead, "lead"),
            (&self.tom().id, "tom"),
            (&self.agents[3].id, "eve"),
        ];
        named.iter().fold(path.to_owned(), |path, (id, name)| path.replace(id.as_str(), name))
    }
}

pub(super) fn questions(cast: &Cast) -> Vec<Asked> {
    let mut all = Vec::new();
    let mut ask = |who: &'static str, path: String, promise: Promise| {
        all.push(Asked { who, path, promise });
    };
    let (tom, eve) = (&cast.tom().id, &cast.agents[3].id);
    let (sales, blue, lead) = (&cast.sales, &cast.blue, &cast.lead);
    for who in ["owner", "manager", "agent", "key"] {
        let mut filters = vec![
            String::new(),
            "status=new".to_owned(),
            format!("group_id={sales}"),
            format!("duplicate_of={lead}"),
            "q=zebedee".to_owned(),
        ];
        if who != "key" {
            filters.push("owner=me".to_owned());
        }
        if who == "owner" {
            filters.push("owner=unassigned".to_owned());
        }
        if matches!(who, "owner" | "manager") {
            filters.push(format!("owner={tom}"));
            filters.push(format!("team_id={blue}"));
        }
        if matches!(who, "manager" | "agent") {
            filters.push("pool=true".to_owned());
        }
        for filter in &filters {
            for sort in ["-created_at", "created_at"] {
                ask(
                    who,
                    format!("/v1/leads?{filter}&sort={sort}").replace("?&", "?"),
                    Promise::Page,
                );
            }
        }
        for sort in ["-updated_at", "updated_at", "-value", "value", "-status", "status"] {
            let promise = if who == "owner" { Promise::Page } else { Promise::Sorted };
            ask(who, format!("/v1/leads?sort={sort}"), promise);
        }
        for filter in filters.iter().filter(|filter| !filter.is_empty()) {
            ask(who, format!("/v1/leads?{filter}&sort=-value"), Promise::Sorted);
        }
        ask(
            who,
            format!("/v1/leads/{lead}").replace(lead, if who == "key" { "" } else { lead }),
            Promise::Page,
        );
        for by in ["status", "owner", "group"] {
            ask(who, format!("/v1/leads/counts?by={by}"), Promise::All);
        }
    }
    // Walked by an index: more match than are sorted.
    ask(
        "owner",
        "/v1/leads?created_from=2020-01-01T00:00:00Z&sort=-value".to_owned(),
        Promise::Sorted,
    );
    ask("owner", format!("/v1/leads?owner={eve}"), Promise::Page);
    for who in ["owner", "manager", "agent"] {
        ask(who, "/v1/leads/by-external-id/web/A1".to_owned(), Promise::Page);
        for of_lead in ["activity", "assignments", "notes", "communications", "tasks"] {
            ask(who, format!("/v1/leads/{lead}/{of_lead}"), Promise::Page);
        }
        for filter in ["", "assignee=me", "done=false", "assignee=me&done=false", "overdue=true"] {
            ask(who, format!("/v1/tasks?{filter}").trim_end_matches('?').to_owned(), Promise::Page);
        }
    }
    ask("manager", format!("/v1/tasks?assignee={tom}&done=false"), Promise::Page);
    ask("owner", format!("/v1/tasks?lead_id={lead}"), Promise::Page);
    for filter in ["", "?kind=lead.created", "?kind=user.invited"] {
        ask("owner", format!("/v1/events{filter}"), Promise::Sorted);
    }
    ask("owner", format!("/v1/events?subject_id={lead}"), Promise::Sorted);
    for filter in ["", "?kind=user.", "?kind=user.invited"] {
        ask("owner", format!("/v1/audit-log{filter}"), Promise::Page);
    }
    ask("owner", format!("/v1/audit-log?subject_id={tom}"), Promise::Page);
    all.retain(|asked| !asked.path.ends_with('/'));
    all
}
