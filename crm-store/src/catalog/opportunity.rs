//! The object `opportunity`.

use super::{Field, FieldType, Kind, Object, Preset, Relation, Rules, SeenBy, standard};

/// A deal that may be won.
pub const OPPORTUNITY: Object = Object {
    name: "opportunity",
    plural: "opportunities",
    table: "opportunities",
    label: "Opportunity",
    help: "A deal that may be won.",
    fields: &[
        standard::ID,
        standard::EXTERNAL_ID,
        standard::OWNER_ID.tracked(),
        Field::new("name", FieldType::Text, "Name")
            .indexed()
            .searchable()
            .writable(),
        Field::new("account_id", FieldType::Id, "Account")
            .optional()
            .indexed()
            .writable()
            .tracked(),
        Field::new("contact_id", FieldType::Id, "Primary contact")
            .optional()
            .indexed()
            .writable(),
        Field::new("stage", FieldType::Text, "Stage")
            .help("The name of a pipeline stage.")
            .indexed()
            .writable()
            .tracked(),
        Field::new("stage_entered_at", FieldType::Time, "In stage since").indexed(),
        Field::new("amount", FieldType::Money("currency"), "Amount")
            .column("amount_minor")
            .optional()
            .indexed()
            .writable()
            .tracked(),
        Field::new("currency", FieldType::Currency, "Currency")
            .help("The tenant's, when none is given.")
            .optional()
            .writable(),
        Field::new("probability", FieldType::Integer, "Probability")
            .help("Of winning, in percent; the stage's, when none is given.")
            .optional()
            .indexed()
            .writable()
            .tracked()
            .between(0, 100),
        Field::new(
            "forecast_category",
            FieldType::Enum(&["omitted", "pipeline", "best_case", "commit", "closed"]),
            "Forecast category",
        )
        .help("The stage's, when none is given.")
        .indexed()
        .writable()
        .tracked(),
        Field::new("close_date", FieldType::Date, "Close date")
            .help("When it is expected to close, or did.")
            .optional()
            .indexed()
            .writable()
            .tracked(),
        Field::new(
            "type",
            FieldType::Enum(&[
                "new_business",
                "existing_business",
                "renewal",
                "upsell",
                "cross_sell",
                "other",
            ]),
            "Type",
        )
        .optional()
        .indexed()
        .writable()
        .tracked(),
        Field::new("lead_source", FieldType::Text, "Lead source")
            .optional()
            .indexed()
            .writable()
            .tracked(),
        Field::new("next_step", FieldType::Text, "Next step")
            .optional()
            .searchable()
            .writable(),
        Field::new("campaign_id", FieldType::Id, "Campaign")
            .optional()
            .indexed()
            .writable()
            .tracked(),
        Field::new("pricebook_id", FieldType::Id, "Price book")
            .optional()
            .writable(),
        Field::new("is_closed", FieldType::Boolean, "Closed")
            .preset(Preset::Boolean(false))
            .indexed(),
        Field::new("is_won", FieldType::Boolean, "Won")
            .preset(Preset::Boolean(false))
            .indexed(),
        Field::new("closed_at", FieldType::Time, "Closed at")
            .optional()
            .indexed(),
        Field::new("closed_reason", FieldType::Text, "Reason")
            .help("Why it was won or lost; needed to lose one.")
            .optional()
            .indexed()
            .writable()
            .tracked(),
        Field::new("competitor", FieldType::Text, "Competitor")
            .optional()
            .indexed()
            .writable()
            .tracked(),
        Field::new("budget_confirmed", FieldType::Boolean, "Budget confirmed")
            .preset(Preset::Boolean(false))
            .writable()
            .tracked(),
        Field::new("discovery_completed", FieldType::Boolean, "Discovery completed")
            .preset(Preset::Boolean(false))
            .writable()
            .tracked(),
        Field::new(
            "roi_analysis_completed",
            FieldType::Boolean,
            "ROI analysis completed",
        )
        .preset(Preset::Boolean(false))
        .writable()
        .tracked(),
        Field::new("loss_notes", FieldType::LongText, "Notes on the outcome")
            .optional()
            .writable(),
        Field::new("description", FieldType::LongText, "Description")
            .optional()
            .searchable()
            .writable(),
        standard::LAST_ACTIVITY_AT,
        standard::CUSTOM,
        standard::VERSION,
        standard::CREATED_AT,
        standard::UPDATED_AT,
        standard::DELETED_AT,
    ],
    relations: &[
        Relation::one("account", "account", "account_id"),
        Relation::one("contact", "contact", "contact_id"),
        standard::OWNER,
        Relation::one("campaign", "campaign", "campaign_id"),
        Relation::one("pricebook", "pricebook", "pricebook_id"),
        Relation::many("contact_roles", "opportunity_contact_role", "opportunity_id"),
        Relation::many("quotes", "quote", "opportunity_id"),
        Relation::many("activities", "activity", "opportunity_id"),
    ],
    internal: &[("search", "the words that searching finds it by")],
    kind: Kind::Record(Rules {
        seen_by: SeenBy::Owner,
        title: "name",
        standard: true,
        served: true,
    }),
};
