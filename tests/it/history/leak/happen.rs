//! Things that happen to records: one kind for each thing that features read.

use chrono::TimeDelta;
use crm_store::{
    behaviour::convert::Conversion,
    catalog::{self, Object},
};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::{
    super::{World, create, try_create},
    cast::{Cast, Dice, line},
};

/// How many kinds of things can happen.
pub(super) const KINDS: u64 = 47;

/// A change of a record that is still to be made.
pub(super) type Plan = Option<(&'static Object, Uuid, Json)>;

/// One thing happens: something is new, or it is said what is to be changed.
#[expect(
    clippy::too_many_lines,
    reason = "one arm for each kind of thing that is read"
)]
pub(super) async fn happen(world: &World, cast: &mut Cast, dice: &mut Dice, kind: u64) -> Plan {
    let (admin, now) = (&world.admin, world.now());
    let deal = *dice.one(&cast.deals);
    let lead = *dice.one(&cast.leads);
    let account = *dice.one(&cast.accounts);
    let contact = *dice.one(&cast.contacts);
    let person = *dice.one(&cast.people);
    let days = |days: i64| (now + TimeDelta::days(days)).date_naive();
    let of_deal = |change| Some((&catalog::OPPORTUNITY, deal, change));
    match kind {
        0 => {
            let stages = [
                "Qualification",
                "Needs Analysis",
                "Value Proposition",
                "Negotiation/Review",
            ];
            return of_deal(json!({"stage": dice.one(&stages)}));
        }
        1 => return of_deal(json!({"stage": "Closed Won", "closed_reason": "Best fit"})),
        2 => {
            return of_deal(
                json!({"stage": "Closed Lost", "closed_reason": "Price", "competitor": "Weavers"}),
            );
        }
        3 => {
            let amount = format!("{}", 500 + dice.below(9000));
            return of_deal(json!({"amount": {"amount": amount, "currency": "EUR"}}));
        }
        4 => return of_deal(json!({"owner_id": person})),
        5 => return of_deal(json!({"close_date": days(60 + dice.below(60).cast_signed())})),
        6 => return of_deal(json!({"competitor": dice.one(&["Spinners", "Weavers"])})),
        7 => return of_deal(json!({"type": dice.one(&["renewal", "upsell"]), "lead_source": "Partner"})),
        8 => return of_deal(json!({"budget_confirmed": true, "discovery_completed": true})),
        9 => {
            return of_deal(
                json!({"campaign_id": dice.one(&cast.campaigns), "roi_analysis_completed": true}),
            );
        }
        10 | 11 => {
            let back = TimeDelta::hours(dice.below(200).cast_signed() - 50);
            let mut act = json!({
                "type": dice.one(&["call", "meeting", "email", "task"]), "subject": "Looms", "occurred_at": now - back,
                "direction": dice.one(&["inbound", "outbound"]), "status": dice.one(&["planned", "completed"]),
                "outcome": dice.one(&["positive", "negative", "no_answer"]), "due_at": now + TimeDelta::days(2),
            });
            match dice.below(3) {
                0 => act["opportunity_id"] = json!(deal),
                1 => act["lead_id"] = json!(lead),
                _ => act["account_id"] = json!(account),
            }
            cast.activities.push(create(admin, &catalog::ACTIVITY, act).await);
        }
        12 if !cast.activities.is_empty() => {
            let change = json!({
                "status": dice.one(&["completed", "cancelled", "planned"]), "type": dice.one(&["call", "meeting"]),
                "outcome": dice.one(&["positive", "negative"]), "direction": dice.one(&["inbound", "outbound"]),
                "occurred_at": now - TimeDelta::hours(1),
            });
            return Some((&catalog::ACTIVITY, *dice.one(&cast.activities), change));
        }
        13 if !cast.activities.is_empty() => {
            let at = usize::try_from(dice.below(cast.activities.len() as u64)).unwrap();
            let id = cast.activities.swap_remove(at);
            let mut tx = admin.begin().await.unwrap();
            tx.records(&catalog::ACTIVITY).delete(id, None).await.unwrap();
            tx.commit().await.unwrap();
        }
        14 => {
            let role = json!({"opportunity_id": deal, "contact_id": contact, "role": "business_user"});
            // A contact has each part once.
            if let Ok(role) = try_create(admin, &catalog::OPPORTUNITY_CONTACT_ROLE, role).await {
                cast.roles.push(role);
            }
        }
        15 if !cast.roles.is_empty() => {
            let role = json!({"role": dice.one(&["decision_maker", "champion", "influencer"])});
            return Some((&catalog::OPPORTUNITY_CONTACT_ROLE, *dice.one(&cast.roles), role));
        }
        16 => {
            let quote = json!({"name": "Offer", "opportunity_id": deal, "currency": "EUR"});
            cast.quotes.push(create(admin, &catalog::QUOTE, quote).await);
        }
        17 if !cast.quotes.is_empty() => {
            let line = line(*dice.one(&cast.quotes), *dice.one(&cast.products), dice.below(30));
            cast.lines.push(create(admin, &catalog::QUOTE_LINE, line).await);
        }
        18 if !cast.quotes.is_empty() => {
            return Some((
                &catalog::QUOTE,
                *dice.one(&cast.quotes),
                json!({"status": "presented"}),
            ));
        }
        19 => {
            let change = json!({
                "industry": dice.one(&["Wool", "Silk"]), "number_of_employees": dice.below(500),
                "type": dice.one(&["customer", "prospect"]),
            });
            return Some((&catalog::ACCOUNT, account, change));
        }
        20 => {
            let mut squeak = json!({"subject": "It squeaks", "account_id": account, "contact_id": contact});
            if dice.below(2) == 0 {
                squeak["satisfaction"] = json!(1 + dice.below(5));
                squeak["is_escalated"] = json!(true);
            }
            cast.cases.push(create(admin, &catalog::CASE, squeak).await);
        }
        21 if !cast.cases.is_empty() => {
            let change = match dice.below(3) {
                0 => json!({"satisfaction": 1 + dice.below(5)}),
                1 => json!({"is_escalated": true}),
                _ => json!({"status": dice.one(&["open", "resolved"])}),
            };
            return Some((&catalog::CASE, *dice.one(&cast.cases), change));
        }
        22 => message(world, contact, None, dice).await,
        23 => message(world, contact, Some(lead), dice).await,
        24 => {
            let payment = json!({
                "account_id": account, "amount": {"amount": "50", "currency": "EUR"}, "currency": "EUR",
                "due_date": days(-5),
            });
            cast.payments
                .push(create(admin, &catalog::PAYMENT, payment).await);
        }
        25 if !cast.payments.is_empty() => {
            let change = json!({"status": "paid", "paid_at": now - TimeDelta::hours(1)});
            return Some((&catalog::PAYMENT, *dice.one(&cast.payments), change));
        }
        26 => {
            let agreed = json!({
                "account_id": account, "name": "Care", "status": "activated", "start_date": days(0),
                "end_date": days(300),
            });
            cast.contracts
                .push(create(admin, &catalog::CONTRACT, agreed).await);
        }
        27 if !cast.contracts.is_empty() => {
            let change = json!({"auto_renew": true, "end_date": days(400)});
            return Some((&catalog::CONTRACT, *dice.one(&cast.contracts), change));
        }
        28 => {
            let event = json!({
                "type": dice.one(&["page_visited", "email_opened", "form_submitted"]), "lead_id": lead,
                "occurred_at": now - TimeDelta::hours(dice.below(300).cast_signed()),
            });
            cast.events
                .push(create(admin, &catalog::ENGAGEMENT_EVENT, event).await);
        }
        29 => return of_lead(world, cast, dice, lead).await,
        39.. => return turn(cast, dice, kind),
        _ => return later_on(world, cast, dice, kind).await,
    }
    None
}

/// What is not thought of at once: links and prices that change, a lead that is converted, a pipeline that is made over.
async fn later_on(world: &World, cast: &Cast, dice: &mut Dice, kind: u64) -> Plan {
    let account = *dice.one(&cast.accounts);
    Some(match kind {
        30 => (
            &catalog::OPPORTUNITY,
            *dice.one(&cast.deals),
            json!({"account_id": account}),
        ),
        31 => (
            &catalog::CONTACT,
            *dice.one(&cast.contacts),
            json!({"account_id": account}),
        ),
        32 => (
            &catalog::QUOTE_LINE,
            *dice.one(&cast.lines),
            json!({"discount_percent": (30 + dice.below(60)).to_string(), "quantity": (1 + dice.below(9)).to_string(),
                "product_id": dice.one(&cast.products)}),
        ),
        33 => (
            &catalog::OPPORTUNITY_CONTACT_ROLE,
            *dice.one(&cast.roles),
            json!({"contact_id": dice.one(&cast.contacts)}),
        ),
        34 => (
            &catalog::PIPELINE_STAGE,
            *dice.one(&cast.stages),
            json!({"probability": 5 + dice.below(90), "forecast_category": dice.one(&["pipeline", "commit"])}),
        ),
        35 => (
            &catalog::PIPELINE_STAGE,
            *dice.one(&cast.stages),
            json!({"position": 1 + dice.below(90)}),
        ),
        37 => (
            &catalog::PIPELINE_STAGE,
            *dice.one(&cast.stages[..2]),
            json!({"name": dice.one(&["Qualification", "Needs Analysis", "Discovery"])}),
        ),
        36 => (
            &catalog::QUOTE,
            *dice.one(&cast.quotes),
            json!({"discount_percent": dice.below(60).to_string()}),
        ),
        _ => {
            // Into an account of its own, or into one that has contacts and open deals, whose contact it may be already.
            let (into, known) = (dice.below(3), *dice.one(&cast.contacts));
            let how = Conversion {
                account_id: (into > 0).then_some(account),
                contact_id: (into > 1).then_some(known),
                ..Conversion::default()
            };
            let mut tx = world.admin.begin().await.unwrap();
            // It may have been converted before.
            if tx.convert_lead(*dice.one(&cast.leads), &how, None).await.is_ok() {
                tx.commit().await.unwrap();
            }
            return None;
        }
    })
}

/// Something is about another record from then on.
fn turn(cast: &Cast, dice: &mut Dice, kind: u64) -> Plan {
    let (of, things, field, to) = match kind {
        39 | 40 => (
            &catalog::ACTIVITY,
            &cast.activities,
            "opportunity_id",
            &cast.deals,
        ),
        41 => (&catalog::ACTIVITY, &cast.activities, "account_id", &cast.accounts),
        42 => (&catalog::CASE, &cast.cases, "account_id", &cast.accounts),
        43 => (&catalog::QUOTE, &cast.quotes, "opportunity_id", &cast.deals),
        44 => (&catalog::PAYMENT, &cast.payments, "account_id", &cast.accounts),
        45 => (&catalog::CONTRACT, &cast.contracts, "account_id", &cast.accounts),
        _ => (&catalog::ENGAGEMENT_EVENT, &cast.events, "lead_id", &cast.leads),
    };
    if things.is_empty() {
        return None;
    }
    let mut change = json!({});
    change[field] = json!(dice.one(to));
    Some((of, *dice.one(things), change))
}

async fn of_lead(world: &World, cast: &mut Cast, dice: &mut Dice, lead: Uuid) -> Plan {
    let change = match dice.below(6) {
        0 => json!({"status": dice.one(&["working", "qualified", "unqualified", "nurturing"])}),
        1 => json!({"email": format!("x{}@loom.test", dice.below(99)), "phone": "+44 20 7946 0991"}),
        2 => json!({"company": "Loom", "industry": "Wool", "number_of_employees": 3}),
        3 => {
            json!({"lead_source": "Referral", "product_interest": "Looms", "owner_id": dice.one(&cast.people)})
        }
        4 => json!({"campaign_id": dice.one(&cast.campaigns)}),
        _ => {
            let member = json!({"campaign_id": dice.one(&cast.campaigns), "lead_id": lead});
            match try_create(&world.admin, &catalog::CAMPAIGN_MEMBER, member).await {
                Ok(member) => cast.members.push(member),
                // It is a member already, and answers: the first answer is written once.
                Err(_) => {
                    sqlx::query(
                        "UPDATE campaign_members SET has_responded = true, \
                             first_responded_at = COALESCE(first_responded_at, $2) WHERE lead_id = $1",
                    )
                    .bind(lead)
                    .bind(world.now())
                    .execute(&world.owner)
                    .await
                    .unwrap();
                }
            }
            return None;
        }
    };
    Some((&catalog::LEAD, lead, change))
}

/// Somebody writes, and what they feel is found a day later.
async fn message(world: &World, contact: Uuid, lead: Option<Uuid>, dice: &mut Dice) {
    let (conversation, now) = (Uuid::now_v7(), world.now());
    sqlx::query(
        "INSERT INTO conversations (tenant_id, id, channel, status, message_count, created_at, updated_at) \
         VALUES ($1, $2, 'email', 'open', 1, $3, $3)",
    )
    .bind(world.tenant())
    .bind(conversation)
    .bind(now)
    .execute(&world.owner)
    .await
    .unwrap();
    sqlx::query(
        "INSERT INTO messages (tenant_id, id, conversation_id, direction, author_kind, body, created_at, contact_id, lead_id, \
             sentiment, processed_at) \
         VALUES ($1, $2, $3, $4, 'visitor', 'Hm.', $5, $6, $7, $8, $5 + interval '1 day')",
    )
    .bind(world.tenant())
    .bind(Uuid::now_v7())
    .bind(conversation)
    .bind(*dice.one(&["inbound", "outbound"]))
    .bind(now)
    .bind(lead.is_none().then_some(contact))
    .bind(lead)
    .bind(rust_decimal::Decimal::new(dice.below(200).cast_signed() - 100, 2))
    .execute(&world.owner)
    .await
    .unwrap();
}
