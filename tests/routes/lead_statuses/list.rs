//! `GET /v1/lead-statuses`.

use super::{PATH, keys, status};
use crate::support::both;
use crate::support::world::World;

both! {
    async fn everybody_who_sees_leads_sees_the_statuses_in_order(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        assert_eq!(keys(&tom).await, ["new", "contacted", "qualified", "won", "lost"]);
        let (contacted, won) = (status(&tom, "contacted").await, status(&tom, "won").await);
        assert_eq!((&contacted["name"], &contacted["kind"]), (&"Contacted".into(), &"open".into()));
        assert_eq!((&won["kind"], &won["position"]), (&"won".into(), &4.into()));
        let answer = tom.get(PATH).await.expect(200);
        assert_eq!(answer.header("etag"), format!("\"{}\"", won["version"]));
        let form = acme.integration(&["leads.create"]).await;
        let problem = form.get(PATH).await.expect_problem(403, "permission_denied");
        assert_eq!(problem["permission"], "leads.view");
    }
}
