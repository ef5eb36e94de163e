//! Reading single records, and the records around them.

use std::collections::{BTreeMap, HashMap};

use uuid::Uuid;

use super::{Included, Record, Records, Value, record::names_of};
use crate::{
    StoreError, TenantTx,
    access::{Access, FieldRule, Verb},
    catalog::{self, Link, Object, Relation},
    query::{self, Columns, Subject},
};

/// The most records that an included relation brings for one record.
pub const MAX_INCLUDED: i64 = 100;

/// What to read of records.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Select {
    /// These fields only; all that the actor may see, when `None`.
    pub fields: Option<Vec<String>>,
    /// Relations whose records come along.
    pub include: Vec<String>,
    /// Whether records that were deleted are there too.
    pub deleted: bool,
}

impl Records<'_> {
    /// One record, if there is one that the actor may see.
    pub async fn get(&mut self, id: Uuid, select: &Select) -> Result<Option<Record>, StoreError> {
        Ok(self.get_many(&[id], select).await?.pop())
    }

    /// The records with these ids that the actor may see, in no order.
    pub async fn get_many(&mut self, ids: &[Uuid], select: &Select) -> Result<Vec<Record>, StoreError> {
        let access = self.tx.access().await?;
        access.require(self.object, Verb::Read)?;
        let wanted = Wanted::check(self.object, select, &access)?;
        let statement = query::by_ids(&wanted.columns, ids, select.deleted);
        let mut records = fetch(self.tx, &wanted.columns, statement).await?;
        wanted.complete(self.tx, &mut records, &access).await?;
        Ok(records)
    }

    /// The record with this external id, also when it was deleted.
    pub async fn by_external_id(&mut self, external_id: &str) -> Result<Option<Record>, StoreError> {
        let access = self.tx.access().await?;
        access.require(self.object, Verb::Read)?;
        let Some(field) = self.object.field("external_id") else {
            return Ok(None);
        };
        let columns = Columns::all(self.object);
        let statement = query::by_field(&columns, field, &[external_id.to_owned()]);
        Ok(fetch(self.tx, &columns, statement).await?.pop())
    }
}

/// Runs a statement whose rows have these columns.
pub(crate) async fn fetch(
    tx: &mut TenantTx,
    columns: &Columns,
    statement: query::Statement,
) -> Result<Vec<Record>, StoreError> {
    let rows = statement.rows(tx.conn()).await?;
    rows.iter().map(|row| query::record(columns, row)).collect()
}

/// A [`Select`] that the actor may make.
pub(super) struct Wanted {
    pub(super) columns: Columns,
    relations: Vec<&'static Relation>,
}

impl Wanted {
    pub(super) fn check(
        object: &'static Object,
        select: &Select,
        access: &Access,
    ) -> Result<Self, StoreError> {
        let subject = Subject {
            object,
            access: Some(access),
        };
        let mut columns = match &select.fields {
            None => Columns::all(object),
            Some(names) => {
                let fields = names
                    .iter()
                    .map(|name| subject.visible("fields", name))
                    .collect::<Result<Vec<_>, _>>()?;
                let mut columns = Columns::of(object, &fields);
                if fields.iter().any(|field| field.name == "name") {
                    for source in names_of(object) {
                        columns.need(source);
                    }
                }
                columns
            }
        };
        let mut relations = Vec::new();
        for name in &select.include {
            let relation = relation(object, name, access)?;
            if let Link::Field(field) = relation.by {
                subject.visible("include", field)?;
                columns.need(field);
            }
            relations.push(relation);
        }
        Ok(Self { columns, relations })
    }

    /// Brings the records of the relations, one statement each, and leaves out what nobody asked for.
    pub(super) async fn complete(
        &self,
        tx: &mut TenantTx,
        records: &mut [Record],
        access: &Access,
    ) -> Result<(), StoreError> {
        for relation in &self.relations {
            include(tx, relation, records).await?;
        }
        for record in records {
            record.close_name(access);
            self.columns.trim(record);
        }
        Ok(())
    }
}

/// The object with this name, people among them.
pub(super) fn target(name: &str) -> Option<&'static Object> {
    if name == catalog::USER.name {
        return Some(&catalog::USER);
    }
    catalog::object(name)
}

fn relation(object: &'static Object, name: &str, access: &Access) -> Result<&'static Relation, StoreError> {
    let Some(relation) = object.relation(name) else {
        let names: Vec<&str> = object.relations.iter().map(|relation| relation.name).collect();
        return Err(StoreError::invalid(
            "include",
            format!("{name} cannot be included; {} can", names.join(", ")),
        ));
    };
    let target = target(relation.target).ok_or_else(|| StoreError::Corrupt {
        what: format!("the relation {}.{name}", object.name),
    })?;
    if target.name != catalog::USER.name {
        access.require(target, Verb::Read)?;
    }
    if let Link::TheirField(field) = relation.by
        && matches!(
            access.field_rule(target, field),
            Some(FieldRule::Hidden | FieldRule::Masked)
        )
    {
        return Err(StoreError::Refused {
            what: format!(
                "your role may not see {field} of {}",
                target.plural.replace('_', " ")
            ),
            fields: vec![name.to_owned()],
        });
    }
    Ok(relation)
}

async fn include(
    tx: &mut TenantTx,
    relation: &'static Relation,
    records: &mut [Record],
) -> Result<(), StoreError> {
    let Some(target) = target(relation.target) else {
        return Ok(());
    };
    let columns = Columns::all(target);
    match relation.by {
        Link::Field(field) => {
            let mut ids: Vec<Uuid> = records
                .iter()
                .filter_map(|record| record.reference(field))
                .collect();
            ids.sort_unstable();
            ids.dedup();
            let found = fetch(tx, &columns, query::by_ids(&columns, &ids, false)).await?;
            let by_id: HashMap<Uuid, Record> = found.into_iter().map(|record| (record.id, record)).collect();
            for record in records {
                let one = record.reference(field).and_then(|id| by_id.get(&id)).cloned();
                record
                    .includes
                    .insert(relation.name, Included::One(one.map(Box::new)));
            }
        }
        Link::TheirField(field) => {
            let Some(field) = target.field(field) else {
                return Ok(());
            };
            let ids: Vec<Uuid> = records.iter().map(|record| record.id).collect();
            let found = fetch(tx, &columns, query::many_of(&columns, field, &ids, MAX_INCLUDED)).await?;
            let mut by_owner: BTreeMap<Uuid, Vec<Record>> = BTreeMap::new();
            for record in found {
                if let Value::Id(owner) = record.get(field.name) {
                    by_owner.entry(*owner).or_default().push(record);
                }
            }
            for record in records {
                let many = by_owner.remove(&record.id).unwrap_or_default();
                record.includes.insert(relation.name, Included::Many(many));
            }
        }
    }
    Ok(())
}
