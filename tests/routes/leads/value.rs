//! `GET /v1/leads?value_min=&value_max=&currency=`.

use serde_json::{Value, json};

use crate::support::both;
use crate::support::search::{add, listed, of};
use crate::support::world::World;

both! {
    async fn is_compared_within_one_currency(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let worth = |amount: i64, currency: &str| {
            json!({"first_name": "Lee", "value": {"amount_minor": amount, "currency": currency}})
        };
        let none = json!({"first_name": "Lee", "value": Value::Null});
        let leads = add(&tom, [
            worth(100, "GBP"), worth(200, "GBP"), worth(300, "GBP"), worth(250, "EUR"), none,
        ]).await;
        for person in [&acme.owner, &tom] {
            for (query, expected) in [
                ("value_min=200", &[2, 1][..]),
                ("value_max=200", &[1, 0]),
                ("value_min=150&value_max=250", &[1]),
                ("value_min=0", &[2, 1, 0]),
                ("value_min=150&currency=EUR", &[3]),
                ("currency=EUR", &[3]),
                ("currency=USD", &[]),
                ("value_min=301", &[]),
                ("value_min=200&sort=value", &[1, 2]),
            ] {
                assert_eq!(listed(person, query).await, of(&leads, expected), "{query}");
            }
        }
        let refused = tom.get("/v1/leads?value_min=-1&value_max=1.5&currency=pounds").await;
        refused.expect_faults(&[
            ("/value_min", "invalid_value"),
            ("/value_max", "invalid_value"),
            ("/currency", "invalid_currency"),
        ]);
    }
}
