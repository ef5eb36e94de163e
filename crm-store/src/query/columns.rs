//! Adding many records whose values travel column by column.
//!
//! An import knows what it writes, so nothing is read back: that and arrays in place of one JSON value spare Postgres a
//! third of the work and the program most of its own.

use sqlx::{Arguments as _, AssertSqlSafe, PgConnection, error::BoxDynError, postgres::PgArguments};
use uuid::Uuid;

use super::{value::minor, write::names};
use crate::{
    StoreError,
    catalog::{Field, FieldType, Object},
    records::Value,
};

/// A column and its values, row by row.
pub(crate) type Column<'v> = (&'static Field, Vec<&'v Value>);

/// Adds records in one statement and says how many.
///
/// None, and nothing was done, when a value does not fit its column; the statement for JSON has words for that.
pub(crate) async fn insert_columns(
    conn: &mut PgConnection,
    object: &'static Object,
    tenant: Uuid,
    ids: &[Uuid],
    columns: &[Column<'_>],
) -> Result<Option<u64>, StoreError> {
    let mut arguments = PgArguments::default();
    arguments.add(tenant).map_err(sqlx::Error::Encode)?;
    arguments.add(ids).map_err(sqlx::Error::Encode)?;
    let mut arrays = vec!["$2::uuid[]".to_owned()];
    let mut fields = Vec::with_capacity(columns.len());
    for (field, values) in columns {
        let Some(added) = add(&mut arguments, field, values) else {
            return Ok(None);
        };
        added.map_err(sqlx::Error::Encode)?;
        fields.push(*field);
        arrays.push(format!("${}::{}[]", arrays.len() + 2, field.kind.column_type()));
    }
    let sql = format!(
        "INSERT INTO {} (tenant_id, id, {}) SELECT $1, r.* FROM unnest({}) AS r",
        object.table,
        names("", &fields),
        arrays.join(", "),
    );
    // The text holds names of the catalogue and placeholders alone.
    let done = sqlx::query_with(AssertSqlSafe(sql), arguments)
        .execute(conn)
        .await?;
    Ok(Some(done.rows_affected()))
}

/// Binds a column as an array of its type; none when a value does not fit it.
fn add(arguments: &mut PgArguments, field: &Field, values: &[&Value]) -> Option<Result<(), BoxDynError>> {
    Some(match field.kind {
        FieldType::Id => arguments.add(each(values, Value::as_id)?),
        FieldType::Integer => arguments.add(each(values, |value| i32::try_from(value.as_integer()?).ok())?),
        FieldType::BigInteger => arguments.add(each(values, Value::as_integer)?),
        FieldType::Money(_) => arguments.add(each(values, |value| minor(value.as_money()?))?),
        FieldType::Boolean => arguments.add(each(values, Value::as_boolean)?),
        FieldType::Time => arguments.add(each(values, Value::as_time)?),
        FieldType::Date => arguments.add(each(values, Value::as_date)?),
        FieldType::Decimal => arguments.add(each(values, Value::as_decimal)?),
        FieldType::Json => arguments.add(each(values, Value::as_json)?),
        FieldType::Bytes => return None,
        FieldType::Text
        | FieldType::LongText
        | FieldType::Enum(_)
        | FieldType::Email
        | FieldType::Phone
        | FieldType::Url
        | FieldType::Currency
        | FieldType::Language
        | FieldType::Country => arguments.add(each(values, Value::as_text)?),
    })
}

fn each<'v, T>(values: &[&'v Value], read: impl Fn(&'v Value) -> Option<T>) -> Option<Vec<Option<T>>> {
    let one = |value: &&'v Value| {
        if value.is_null() {
            Some(None)
        } else {
            read(value).map(Some)
        }
    };
    values.iter().map(one).collect()
}
