//! The object `ledger_entry`.

use super::{Field, FieldType, Kind, Object, Preset, standard};

/// A movement of money for the call of a model.
pub const LEDGER_ENTRY: Object = Object {
    name: "ledger_entry",
    plural: "ledger_entries",
    table: "ledger_entries",
    label: "Ledger entry",
    help: "A movement of money for the call of a model: held before it, settled after it.",
    fields: &[
        standard::ID,
        Field::new("attempt_id", FieldType::Id, "Attempt").help("The call that it belongs to."),
        Field::new("run_id", FieldType::Id, "Run")
            .help("The run that called.")
            .optional(),
        Field::new("agent", FieldType::Text, "Agent").help("The agent that called."),
        Field::new(
            "kind",
            FieldType::Enum(&["hold", "settle", "release", "overrun"]),
            "Kind",
        ),
        Field::new("from_account", FieldType::Text, "From").help("available or held."),
        Field::new("to_account", FieldType::Text, "To").help("available, held or spent."),
        Field::new("amount_nano", FieldType::BigInteger, "Amount")
            .help("In billionths of a US dollar.")
            .at_least(0),
        Field::new("provider", FieldType::Text, "Provider").help("Whose model it is."),
        Field::new("model", FieldType::Text, "Model"),
        Field::new("input_tokens", FieldType::BigInteger, "Input tokens")
            .preset(Preset::Integer(0))
            .at_least(0),
        Field::new("output_tokens", FieldType::BigInteger, "Output tokens")
            .preset(Preset::Integer(0))
            .at_least(0),
        Field::new(
            "cached_input_tokens",
            FieldType::BigInteger,
            "Cached input tokens",
        )
        .preset(Preset::Integer(0))
        .at_least(0),
        Field::new("estimated", FieldType::Boolean, "Estimated")
            .help("Whether the tokens are our estimate.")
            .preset(Preset::Boolean(false)),
        Field::new("held_at", FieldType::Time, "Held")
            .help("When the call was held; its budgets count it then."),
        standard::CREATED_AT,
    ],
    // The ledger outlives the runs: no key holds an entry to its run.
    relations: &[],
    internal: &[
        ("budgets", "which budgets the hold was counted in"),
        ("lease_until", "when the sweeper may settle a hold"),
    ],
    kind: Kind::Special,
};
