//! An organization on SQLite with a group of several members.

use std::sync::Arc;
use std::time::Duration;

use evenhand_distribution::{Intake, IntakeOptions, Submission, Submitted};
use evenhand_domain::clock::{Clock, Entropy, Timestamp};
use evenhand_domain::contact::Email;
use evenhand_domain::error::Error;
use evenhand_domain::ids::{
    AccountId, GroupId, IdSource, OrganizationId, RotationId, SessionId, UserId,
};
use evenhand_domain::lead::{AssignmentRequest, Lead, NewLead};
use evenhand_domain::organization::{Country, Currency, Organization, first_statuses};
use evenhand_domain::origin::Origin;
use evenhand_domain::permission::{
    Actor, CreateLeads, Credential, ManageGroups, Unconfirmed, authorize, authorize_unconfirmed,
};
use evenhand_domain::rotation::{Limits, MemberSettings, Method, Moment, RotationState};
use evenhand_domain::user::{Role, UserStatus};
use evenhand_persistence::idempotency::Once;
use evenhand_persistence::rotations::{self, Rotation, RotationEntry};
use evenhand_persistence::users::NewUser;
use evenhand_persistence::{
    Store, StoreOptions, access, accounts, groups, organizations, sessions, users,
};

pub(crate) const NOW: i64 = 1_780_000_000_000_000;

pub(crate) struct Fixed;

impl Clock for Fixed {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(NOW)
    }
}

struct Counter(std::sync::atomic::AtomicU64);

impl Entropy for Counter {
    fn fill(&self, bytes: &mut [u8]) {
        let next = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed).to_be_bytes();
        bytes.fill(0);
        for (byte, value) in bytes.iter_mut().rev().zip(next.iter().rev()) {
            *byte = *value;
        }
    }
}

pub(crate) struct House {
    pub(crate) store: Store,
    pub(crate) ids: IdSource,
    pub(crate) actor: Arc<Actor>,
    pub(crate) group: GroupId,
    pub(crate) rotation: RotationId,
    pub(crate) members: Vec<UserId>,
    _folder: tempfile::TempDir,
}

impl House {
    pub(crate) async fn with_members(count: usize, limits: Limits) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::connect(StoreOptions {
            url: format!("sqlite://{}", folder.path().join("test.db").display()),
            max_connections: 4,
            acquire_timeout: Duration::from_secs(5),
            clock: Arc::new(Fixed),
            clock_offset_micros: 0,
        })
        .await
        .unwrap();
        store.migrate().await.unwrap();
        let ids = IdSource::new(Arc::new(Counter(0.into())));
        let now = Fixed.now();
        let mut tx = store.begin().await.unwrap();
        let organization = Organization {
            id: ids.next(now),
            name: "Acme".to_owned(),
            zone: "Europe/London".parse().unwrap(),
            country: Country::parse("GB").unwrap(),
            currency: Currency::parse("GBP").unwrap(),
            lead_statuses: first_statuses(),
            duplicates: evenhand_domain::duplicate::DuplicateSettings::default(),
            auto_assign_creator: false,
            allow_multiple_assignees: false,
            settings_version: 1,
        };
        organizations::insert_at_set_up(&mut tx, &organization, now).await.unwrap();
        let mut members = Vec::new();
        for index in 0..=count {
            let email = Email::parse(&format!("user{index}@example.com")).unwrap();
            let account: AccountId = ids.next(now);
            accounts::find_or_insert(&mut tx, &email, account, now).await.unwrap();
            let id: UserId = ids.next(now);
            let user = NewUser {
                organization_id: organization.id,
                id,
                account_id: account,
                role: Role::Owner,
                status: UserStatus::Active,
                partner: false,
                first_name: format!("User {index}"),
                last_name: None,
                created_at: now,
            };
            assert!(users::insert(&mut tx, user).await.unwrap());
            members.push(id);
        }
        let owner = members.remove(0);
        let session = sessions::Session {
            id: ids.next(now),
            organization_id: organization.id,
            user_id: owner,
            expires_at: now.after(Duration::from_secs(3600)),
            ended_at: None,
        };
        sessions::insert_at_sign_in(&mut tx, &session, &Origin::default(), now).await.unwrap();
        tx.commit().await.unwrap();
        let actor = access::load_session(&store, session.id, organization.id, owner, now)
            .await
            .unwrap()
            .unwrap();
        let actor = Arc::new(actor);
        let mut tx = store.begin().await.unwrap();
        let group: GroupId = ids.next(now);
        let grant = authorize(&actor, ManageGroups).unwrap();
        groups::insert(&mut tx, &grant, group, "Tele-Sales", now).await.unwrap();
        let rotation: RotationId = ids.next(now);
        let moment = Moment { at: now, local_day: organization.zone.local_day(now) };
        let zone = organization.zone.name();
        let (state, first) = RotationState::create(
            organization.id,
            rotation,
            Method::Sequential.into(),
            limits,
            zone,
            [7; 32],
            moment,
        );
        let mut stored = Rotation::new(state, group.into(), organization.zone.clone());
        rotations::create(&mut tx, &stored).await.unwrap();
        let state = &mut stored.state;
        let mut entries = vec![first];
        for member in &members {
            entries
                .push(state.add_member(*member, MemberSettings::default(), None, moment).unwrap());
        }
        rotations::replace_members(&mut tx, state).await.unwrap();
        let entries = entries
            .into_iter()
            .map(|entry| RotationEntry {
                organization_id: organization.id,
                rotation_id: rotation,
                entry,
            })
            .collect();
        rotations::save(&mut tx, [&mut stored], entries).await.unwrap();
        tx.commit().await.unwrap();
        Self { store, ids, actor, group, rotation, members, _folder: folder }
    }

    pub(crate) fn organization_id(&self) -> OrganizationId {
        self.actor.organization.id
    }

    pub(crate) fn session_id(&self) -> SessionId {
        match self.actor.stamp.credential {
            Credential::Session(id) => id,
            Credential::ApiKey(_) => unreachable!("the house's actor is a person"),
        }
    }

    pub(crate) fn grant(&self) -> Unconfirmed<CreateLeads> {
        authorize_unconfirmed(&self.actor, CreateLeads).unwrap()
    }

    pub(crate) fn submission(&self, name: &str) -> Submission {
        Submission {
            grant: self.grant(),
            lead: lead(name),
            how: AssignmentRequest::Distribute(self.group.into()),
            once: None,
        }
    }

    pub(crate) fn intake(&self) -> Intake {
        Intake::start(&self.store, &self.ids, IntakeOptions::default())
    }

    pub(crate) async fn turns(&self) -> u64 {
        let replay =
            rotations::history(&self.store, self.organization_id(), self.rotation).await.unwrap();
        replay.state().unwrap().turn
    }
}

pub(crate) fn lead(name: &str) -> NewLead {
    NewLead {
        first_name: Some(name.to_owned()),
        last_name: None,
        email: None,
        phone: None,
        company: None,
        source: Some("web".to_owned()),
        product: None,
        value: None,
        country: None,
        external_id: None,
        status: "new".to_owned(),
        tags: vec!["hot".to_owned()],
        custom_fields: serde_json::Map::new(),
    }
}

pub(crate) fn once(key: u8, request: u8, credential: Credential) -> Once<Lead> {
    Once {
        credential,
        key_hash: [key; 32],
        request_hash: [request; 32],
        keep: Box::new(|lead| lead.id.uuid().as_bytes().to_vec()),
    }
}

pub(crate) fn created(submitted: Result<Submitted, Error>) -> Lead {
    match submitted {
        Ok(Submitted::Created(lead)) => *lead,
        other => panic!("not created: {other:?}"),
    }
}
