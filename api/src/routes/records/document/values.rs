//! The schema of each type of field.

use crm_store::catalog::{Field, FieldType, Preset};
use serde_json::{Value, json};
use utoipa::openapi::{
    Ref, RefOr, Schema,
    schema::{
        AdditionalProperties, KnownFormat, ObjectBuilder, OneOfBuilder, SchemaFormat, SchemaType, Type,
    },
};

/// What a field of this type may hold, for readers and writers alike.
pub(super) fn of_field(field: &Field, is_nullable: bool) -> RefOr<Schema> {
    let describe =
        |schema: ObjectBuilder| -> RefOr<Schema> { schema.description(Some(description(field))).into() };
    match field.kind {
        FieldType::Money(_) => {
            let money = Ref::builder().ref_location_from_schema_name("RecordMoney");
            if is_nullable {
                let null = ObjectBuilder::new().schema_type(SchemaType::Type(Type::Null));
                OneOfBuilder::new()
                    .item(null)
                    .item(money)
                    .description(Some(description(field)))
                    .into()
            } else {
                RefOr::Ref(money.description(Some(description(field))).build())
            }
        }
        FieldType::Json => describe(json_schema(field, is_nullable)),
        kind => {
            let (plain, format) = scalar(kind);
            let kind_of = if is_nullable {
                SchemaType::Array(vec![plain, Type::Null])
            } else {
                SchemaType::Type(plain)
            };
            let mut schema = ObjectBuilder::new()
                .schema_type(kind_of)
                .format(format)
                .examples(example(field));
            if let FieldType::Enum(words) = kind {
                let null = is_nullable.then_some(Value::Null);
                schema = schema.enum_values(Some(words.iter().map(|word| json!(word)).chain(null)));
            }
            describe(schema)
        }
    }
}

/// An amount of money as records have it: `RecordMoney`.
pub(super) fn money() -> RefOr<Schema> {
    let text = |description: &str, example: &str| {
        ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::String))
            .description(Some(description))
            .examples([example])
    };
    ObjectBuilder::new()
        .description(Some("An amount of money"))
        .property(
            "amount",
            text(
                "A decimal number with at most as many decimals as the currency has",
                "1234.50",
            ),
        )
        .property(
            "currency",
            text("ISO 4217 code; the record's own when it is left out", "EUR"),
        )
        .required("amount")
        .additional_properties(Some(AdditionalProperties::FreeForm(false)))
        .into()
}

/// What a filter on this field compares with; never null.
pub(super) fn of_filter(field: &Field) -> ObjectBuilder {
    let (plain, format) = match field.kind {
        FieldType::Money(_) => (Type::String, None),
        kind => scalar(kind),
    };
    let schema = ObjectBuilder::new()
        .schema_type(SchemaType::Type(plain))
        .format(format);
    match field.kind {
        FieldType::Enum(words) => schema.enum_values(Some(words.iter().map(|word| json!(word)))),
        _ => schema,
    }
}

/// Tells the name of a field and what it means.
pub(super) fn description(field: &Field) -> String {
    let label = field.label;
    match field.help {
        "" => label.to_owned(),
        help => format!("{label}. {help}"),
    }
}

/// Structured data: an object where it holds the organisation's own fields, else anything.
fn json_schema(field: &Field, is_nullable: bool) -> ObjectBuilder {
    if field.name != "custom" {
        return ObjectBuilder::new().schema_type(SchemaType::AnyValue);
    }
    let kind = if is_nullable {
        SchemaType::Array(vec![Type::Object, Type::Null])
    } else {
        SchemaType::Type(Type::Object)
    };
    ObjectBuilder::new().schema_type(kind)
}

fn scalar(kind: FieldType) -> (Type, Option<SchemaFormat>) {
    let known = |format| Some(SchemaFormat::KnownFormat(format));
    match kind {
        FieldType::Id => (Type::String, known(KnownFormat::Uuid)),
        FieldType::Integer => (Type::Integer, known(KnownFormat::Int32)),
        FieldType::BigInteger => (Type::Integer, known(KnownFormat::Int64)),
        FieldType::Boolean => (Type::Boolean, None),
        FieldType::Time => (Type::String, known(KnownFormat::DateTime)),
        FieldType::Date => (Type::String, known(KnownFormat::Date)),
        FieldType::Json | FieldType::Money(_) => (Type::Object, None),
        FieldType::Text
        | FieldType::LongText
        | FieldType::Enum(_)
        | FieldType::Decimal
        | FieldType::Email
        | FieldType::Phone
        | FieldType::Url
        | FieldType::Currency
        | FieldType::Language
        | FieldType::Country
        | FieldType::Bytes => (Type::String, None),
    }
}

/// A value that a reader recognises; none where any would do.
pub(super) fn example(field: &Field) -> Option<Value> {
    if let Some(preset) = field.preset {
        return default(preset, field.kind);
    }
    Some(match field.kind {
        FieldType::Id => json!("0198f3a2-7c1e-7d43-9f0e-2b1a6c5d4e3f"),
        FieldType::Enum(words) => json!(words.first()?),
        FieldType::Integer | FieldType::BigInteger => json!(1),
        FieldType::Boolean => json!(false),
        FieldType::Time => json!("2026-11-20T09:30:00Z"),
        FieldType::Date => json!("2026-11-20"),
        FieldType::Decimal => json!("12.5"),
        FieldType::Money(_) => json!({"amount": "1200.00", "currency": "EUR"}),
        FieldType::Email => json!("ada@example.com"),
        FieldType::Phone => json!("+493012345678"),
        FieldType::Url => json!("https://example.com"),
        FieldType::Currency => json!("EUR"),
        FieldType::Language => json!("en"),
        FieldType::Country => json!("DE"),
        FieldType::Text if field.name == "external_id" => json!("sf-00Q123"),
        FieldType::Text | FieldType::LongText => json!(field.label),
        FieldType::Json | FieldType::Bytes => return None,
    })
}

/// What a new record gets when nobody says otherwise.
fn default(preset: Preset, kind: FieldType) -> Option<Value> {
    match preset {
        // Minor units of a currency that is not known here.
        Preset::Integer(_) if matches!(kind, FieldType::Money(_)) => None,
        Preset::Integer(number) => Some(json!(number)),
        Preset::Text(text) => Some(json!(text)),
        Preset::Boolean(flag) => Some(json!(flag)),
        Preset::EmptyObject => Some(json!({})),
        Preset::EmptyArray => Some(json!([])),
    }
}
