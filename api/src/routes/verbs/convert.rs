//! `POST /v1/leads/{id}/convert`: a lead becomes an account, a contact and perhaps an opportunity.

use axum::{Json as JsonBody, http::HeaderMap};
use crm_store::{
    StoreError, TenantTx,
    access::Access,
    behaviour::convert::{Conversion, Converted},
    catalog::{self, Object},
    records::{Draft, Record, Select},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Problem, ProblemBody,
    http::{
        body::{Json, Path},
        etag,
        idempotency::{Entered, Once},
    },
    routes::records::allowed::{On, Write},
};

/// How to convert.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ConvertLead {
    /// The account to use; else it is found by the contact, the domain or the name, and made when there is none.
    account_id: Option<Uuid>,
    /// The contact to use; else it is found by the address, and made when there is none.
    contact_id: Option<Uuid>,
    /// Makes a new account even when one with the same name or domain is there.
    new_account: bool,
    /// The opportunity to make, with any of its fields; none when left out or null. What it does not say comes from the
    /// lead.
    #[schema(value_type = Option<Object>, example = json!({"stage": "Qualification", "amount": {"amount": "1200.00", "currency": "EUR"}}))]
    opportunity: Option<Map<String, Value>>,
    /// Who owns what is made; the lead's owner when left out.
    owner_id: Option<Uuid>,
}

/// What the lead became.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ConvertedLead {
    /// The lead, converted.
    #[schema(value_type = Object)]
    lead: Map<String, Value>,
    /// The account; null when the role may not read accounts.
    #[schema(value_type = Option<Object>)]
    account: Option<Map<String, Value>>,
    /// The contact; null when the role may not read contacts.
    #[schema(value_type = Option<Object>)]
    contact: Option<Map<String, Value>>,
    /// The opportunity, if one was wanted.
    #[schema(value_type = Option<Object>)]
    opportunity: Option<Map<String, Value>>,
    /// Whether the account was made; null for a repeated request.
    account_created: Option<bool>,
    /// Whether the contact was made; null for a repeated request.
    contact_created: Option<bool>,
}

/// Convert a lead
///
/// In one transaction: the account is found or made, the contact is found or made, an opportunity is made when wanted,
/// the campaign carries over, and what was about the lead is about all of them. A lead is converted once.
#[utoipa::path(
    post,
    path = "/v1/leads/{id}/convert",
    operation_id = "convert_lead",
    tag = "leads",
    params(
        ("id" = Uuid, Path, description = "The lead"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the lead as it was read"),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request harmless for 24 hours"),
    ),
    request_body = ConvertLead,
    responses(
        (status = 200, description = "What the lead became", body = ConvertedLead),
        (status = 403, description = "The role may not make such records", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such lead", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The lead was converted already", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "It has changed since", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Bad fields", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn handler(
    caller: On<Write>,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
    once: Once,
    body: Json<ConvertLead>,
) -> Result<JsonBody<ConvertedLead>, Problem> {
    let expected = etag::if_match_given(&headers)?;
    let mut tx = caller.store.begin().await?;
    let access = tx.access().await?;
    let shown = match once.enter(&mut tx, &body.hash).await? {
        Entered::First => {
            let done = tx.convert_lead(id, &body.value.read(&access)?, expected).await?;
            once.done(&mut tx, 200, Some(id)).await?;
            ConvertedLead::of(done, &access)
        }
        Entered::Before { .. } => again(&mut tx, id, &access).await?,
    };
    tx.commit().await?;
    Ok(JsonBody(shown))
}

impl ConvertLead {
    fn read(self, access: &Access) -> Result<Conversion, Problem> {
        let deal = |fields: Map<String, Value>| Draft::from_json(&catalog::OPPORTUNITY, &fields, access);
        Ok(Conversion {
            account_id: self.account_id,
            contact_id: self.contact_id,
            new_account: self.new_account,
            owner_id: self.owner_id,
            opportunity: self.opportunity.map(deal).transpose()?,
        })
    }
}

impl ConvertedLead {
    fn of(done: Converted, access: &Access) -> Self {
        Self {
            lead: done.lead.to_json(access),
            account: Some(done.account.to_json(access)),
            contact: Some(done.contact.to_json(access)),
            opportunity: done.opportunity.map(|deal| deal.to_json(access)),
            account_created: Some(done.account_created),
            contact_created: Some(done.contact_created),
        }
    }
}

/// What an earlier request with the same key made, as it is now.
async fn again(tx: &mut TenantTx, id: Uuid, access: &Access) -> Result<ConvertedLead, Problem> {
    let lead = tx.records(&catalog::LEAD).get(id, &Select::default()).await?;
    let lead = lead.ok_or_else(|| Problem::not_found("lead"))?;
    Ok(ConvertedLead {
        account: became(tx, &lead, &catalog::ACCOUNT, access).await?,
        contact: became(tx, &lead, &catalog::CONTACT, access).await?,
        opportunity: became(tx, &lead, &catalog::OPPORTUNITY, access).await?,
        lead: lead.to_json(access),
        account_created: None,
        contact_created: None,
    })
}

async fn became(
    tx: &mut TenantTx,
    lead: &Record,
    object: &'static Object,
    access: &Access,
) -> Result<Option<Map<String, Value>>, Problem> {
    let Some(id) = lead.reference(&format!("converted_{}_id", object.name)) else {
        return Ok(None);
    };
    match tx.records(object).get(id, &Select::default()).await {
        Ok(record) => Ok(record.map(|record| record.to_json(access))),
        Err(StoreError::Refused { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
