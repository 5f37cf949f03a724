use evenhand_domain::clock::Clock as _;
use evenhand_domain::distribution::Distribution;
use evenhand_domain::group::NewGroup;
use evenhand_domain::page::PageRequest;
use evenhand_domain::permission::{ManageGroups, ViewGroups};
use evenhand_identity::heads::HeadKeys;
use evenhand_persistence::ledgers;

use super::*;
use crate::groups;
use crate::testing::{World, done};

#[tokio::test]
async fn more_rotations_than_are_signed_at_once_are_all_signed_and_once() {
    let world = World::new().await;
    let olivia = world.olivia().await;
    let grant = world.grant(&olivia, ManageGroups).await;
    let mut last = None;
    let many = AT_ONCE as usize + 5;
    for number in 0..many {
        let new = NewGroup {
            name: format!("Group {number}"),
            members: Vec::new(),
            distribution: Distribution::default(),
            pick_up_statuses: Vec::new(),
        };
        last = Some(done(groups::create(&world.services, &grant, new, None).await.unwrap()).id);
    }
    assert_eq!(sign_heads(&world.services).await.unwrap(), many);
    assert_eq!(sign_heads(&world.services).await.unwrap(), 0);

    let grant = world.grant(&olivia, ViewGroups).await;
    let store = &world.services.store;
    let ledger = ledgers::find(store, &grant, last.unwrap().into()).await.unwrap().unwrap();
    let page = PageRequest { limit: 10, after: None };
    let heads = ledgers::list_heads(store, &ledger, &page).await.unwrap().rows;
    let opened = HeadKeys::load(store).await.unwrap().open(&heads[0].jws).unwrap();
    assert_eq!((heads.len(), heads[0].entry), (1, opened.head.entry));
    assert_eq!(opened.head.rotation_id, ledger.rotation_id);
    assert_eq!(opened.signed_at, world.clock.now().seconds());
}
