//! Limits under load.

use super::order::at_each;
use crate::support::both;
use crate::support::leads::{
    all_leads_of, dealt_and_not, distribution, expect_strict_order, per_owner, post_at_once,
};
use crate::support::ledger::expect_sound_ledger;
use crate::support::world::World;

both! {
    async fn twenty_of_sixty_are_dealt_when_four_may_have_five_each(database: Database) {
        let mut acme = World::start(database).await;
        let mut replicas = acme.further_replicas().await;
        let [tom, stephanie, lewis, denise] =
            acme.agents(["Tom", "Stephanie", "Lewis", "Denise"]).await;
        let members = [&tom, &stephanie, &lewis, &denise];
        let order = members.map(|person| person.id.as_str());
        let group = acme.group_with_limits("Tele-Sales", &members, 5, 0).await;
        let form = acme
            .integration(&["leads.create", "leads.view", "leads.view_all", "groups.view"])
            .await;

        let answered = post_at_once(&at_each(&form, &replicas), &group, 60).await;
        let (dealt, left) = dealt_and_not(answered);
        assert_eq!((dealt.len(), left.len()), (20, 40));
        expect_strict_order(&dealt, &order);
        assert!(per_owner(&dealt).values().all(|count| *count == 5), "{:?}", per_owner(&dealt));
        for lead in &left {
            assert_eq!(lead["assignment"]["reason"], "all_members_at_limit");
        }
        let state = distribution(&form, &group).await;
        assert_eq!(state["turn"], 20);
        for member in state["members"].as_array().unwrap() {
            assert_eq!((&member["today"], &member["remaining_today"]), (&5.into(), &0.into()));
        }

        // The next local day, everybody may have five again.
        let tomorrow = [("EVENHAND_CLOCK_OFFSET", "+24h")];
        acme.server.restart_with(&tomorrow).await;
        for replica in &mut replicas {
            replica.restart_with(&tomorrow).await;
        }
        let answered = post_at_once(&at_each(&form, &replicas), &group, 60).await;
        let (dealt, left) = dealt_and_not(answered);
        assert_eq!((dealt.len(), left.len()), (20, 40));
        assert!(per_owner(&dealt).values().all(|count| *count == 5), "{:?}", per_owner(&dealt));
        let (both_days, _) = dealt_and_not(all_leads_of(&form, &group).await);
        expect_strict_order(&both_days, &order);
        // Her token's time is over.
        acme.owner = acme.owner.signed_in_again().await;
        expect_sound_ledger(&acme, &group).await;
        acme.ends_in_order(replicas).await;
    }
}
