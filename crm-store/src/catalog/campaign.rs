//! The object `campaign`.

use super::{Field, FieldType, Kind, Object, Preset, Relation, Rules, SeenBy, standard};

/// An effort of marketing, such as a webinar or a mailing.
pub const CAMPAIGN: Object = Object {
    name: "campaign",
    plural: "campaigns",
    table: "campaigns",
    label: "Campaign",
    help: "An effort of marketing, such as a webinar or a mailing.",
    fields: &[
        standard::ID,
        standard::EXTERNAL_ID,
        Field::new("owner_id", FieldType::Id, "Owner")
            .help("Who runs it.")
            .optional()
            .indexed()
            .writable(),
        Field::new("name", FieldType::Text, "Name")
            .indexed()
            .searchable()
            .writable(),
        Field::new("parent_id", FieldType::Id, "Parent campaign")
            .help("The campaign that it is a part of.")
            .optional()
            .indexed()
            .writable(),
        Field::new("type", FieldType::Text, "Type")
            .help("Such as webinar, trade show, email.")
            .optional()
            .indexed()
            .writable(),
        Field::new(
            "status",
            FieldType::Enum(&["planned", "in_progress", "completed", "aborted"]),
            "Status",
        )
        .preset(Preset::Text("planned"))
        .indexed()
        .writable(),
        Field::new("is_active", FieldType::Boolean, "Active")
            .preset(Preset::Boolean(true))
            .writable(),
        Field::new("start_date", FieldType::Date, "Starts")
            .optional()
            .indexed()
            .writable(),
        Field::new("end_date", FieldType::Date, "Ends")
            .optional()
            .writable(),
        Field::new("budgeted_cost", FieldType::Money("currency"), "Budgeted cost")
            .column("budgeted_cost_minor")
            .optional()
            .writable(),
        Field::new("actual_cost", FieldType::Money("currency"), "Actual cost")
            .column("actual_cost_minor")
            .optional()
            .writable(),
        Field::new(
            "expected_revenue",
            FieldType::Money("currency"),
            "Expected revenue",
        )
        .column("expected_revenue_minor")
        .optional()
        .writable(),
        Field::new(
            "expected_response_percent",
            FieldType::Integer,
            "Expected response",
        )
        .help("In percent.")
        .optional()
        .writable()
        .at_least(0),
        Field::new("number_sent", FieldType::Integer, "Number sent")
            .optional()
            .writable()
            .at_least(0),
        Field::new("currency", FieldType::Currency, "Currency")
            .optional()
            .writable(),
        Field::new("description", FieldType::LongText, "Description")
            .optional()
            .searchable()
            .writable(),
        standard::CUSTOM,
        standard::VERSION,
        standard::CREATED_AT,
        standard::UPDATED_AT,
        standard::DELETED_AT,
    ],
    relations: &[
        Relation::one("parent", "campaign", "parent_id"),
        standard::OWNER,
        Relation::many("members", "campaign_member", "campaign_id"),
    ],
    internal: &[("search", "the words that searching finds it by")],
    kind: Kind::Record(Rules {
        seen_by: SeenBy::Tenant,
        title: "name",
        standard: true,
        served: true,
    }),
};
