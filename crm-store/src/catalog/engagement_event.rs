//! The object `engagement_event`.

use super::{Field, FieldType, Kind, Object, Preset, Relation, Rules, SeenBy, standard};

/// Something that a person did with our mail or on our site.
pub const ENGAGEMENT_EVENT: Object = Object {
    name: "engagement_event",
    plural: "engagement_events",
    table: "engagement_events",
    label: "Engagement",
    help: "Something that a person did with our mail or on our site.",
    fields: &[
        standard::ID,
        standard::EXTERNAL_ID,
        Field::new(
            "type",
            FieldType::Enum(&[
                "email_sent",
                "email_opened",
                "email_clicked",
                "email_replied",
                "email_bounced",
                "email_unsubscribed",
                "page_visited",
                "form_submitted",
                "content_downloaded",
                "event_attended",
            ]),
            "Type",
        )
        .indexed()
        .writable(),
        Field::new("lead_id", FieldType::Id, "Lead")
            .optional()
            .indexed()
            .writable()
            .tracked(),
        Field::new("contact_id", FieldType::Id, "Contact")
            .optional()
            .indexed()
            .writable(),
        Field::new("account_id", FieldType::Id, "Account")
            .optional()
            .indexed()
            .writable(),
        Field::new("campaign_id", FieldType::Id, "Campaign")
            .optional()
            .indexed()
            .writable(),
        Field::new("visitor_id", FieldType::Id, "Visitor")
            .help("The visitor of the widget, if it was one.")
            .optional()
            .indexed()
            .writable(),
        Field::new("subject", FieldType::Text, "Subject")
            .help("Of the mail, the page or the form.")
            .optional()
            .writable(),
        Field::new("url", FieldType::Url, "Address").optional().writable(),
        Field::new("source", FieldType::Text, "Source")
            .help("The system that saw it.")
            .optional()
            .writable(),
        Field::new("data", FieldType::Json, "Data")
            .help("What a form held, or more about it.")
            .preset(Preset::EmptyObject)
            .optional()
            .sensitive()
            .writable(),
        Field::new("occurred_at", FieldType::Time, "When")
            .indexed()
            .writable(),
        standard::CUSTOM,
        standard::VERSION,
        standard::CREATED_AT,
        standard::UPDATED_AT,
        standard::DELETED_AT,
    ],
    relations: &[
        Relation::one("lead", "lead", "lead_id"),
        Relation::one("contact", "contact", "contact_id"),
        Relation::one("account", "account", "account_id"),
        Relation::one("campaign", "campaign", "campaign_id"),
    ],
    internal: &[],
    kind: Kind::Record(Rules {
        seen_by: SeenBy::Related,
        title: "type",
        standard: true,
        served: true,
    }),
};
