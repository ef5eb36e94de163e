//! What constraints of the database mean to a caller.

/// The constraints that a caller can run into, with words for people.
///
/// For a unique constraint the second word is the thing that exists already;
/// for the others it is the field that is wrong.
pub(super) const CONSTRAINTS: &[(&str, &str, &str)] = &[
    (
        "tenants_slug_key",
        "slug",
        "a tenant with this slug exists already",
    ),
    (
        "tenants_slug_check",
        "slug",
        "use 1 to 63 lower-case letters, digits and inner hyphens",
    ),
    ("tenants_name_check", "name", "must have 1 to 200 characters"),
    (
        "tenants_currency_check",
        "currency",
        "must be an ISO 4217 code such as EUR",
    ),
    (
        "users_email_key",
        "email",
        "a user with this address exists already",
    ),
    ("users_email_check", "email", "must be an e-mail address"),
    ("users_name_check", "name", "must have 1 to 200 characters"),
    ("roles_name_key", "name", "a role with this name exists already"),
    (
        "memberships_user_id_key",
        "user_id",
        "this user is a member already",
    ),
    ("memberships_role_id_fkey", "role_id", "there is no such role"),
    ("api_keys_name_check", "name", "must have 1 to 120 characters"),
    ("widget_sites_name_check", "name", "must have 1 to 120 characters"),
    (
        "articles_external_id_key",
        "external_id",
        "an article with this external_id exists already",
    ),
    (
        "articles_external_id_check",
        "external_id",
        "must have 1 to 200 characters",
    ),
    ("articles_title_check", "title", "must have 1 to 300 characters"),
    (
        "article_versions_title_check",
        "title",
        "must have 1 to 300 characters",
    ),
    (
        "article_versions_body_check",
        "body",
        "must have 1 to 2,000,000 bytes of UTF-8",
    ),
    (
        "articles_language_check",
        "language",
        "must be an ISO 639 code such as en",
    ),
    (
        "article_versions_language_check",
        "language",
        "must be an ISO 639 code such as en",
    ),
    ("articles_owner_id_fkey", "owner_id", "there is no such user"),
    (
        "article_versions_draft_key",
        "draft",
        "someone else has just started a draft of this article",
    ),
    (
        "article_versions_immutable_check",
        "body",
        "the text of a version that was published does not change",
    ),
    (
        "conversations_subject_check",
        "subject",
        "must have at most 300 characters",
    ),
    (
        "conversations_language_check",
        "language",
        "must be an ISO 639 code such as en",
    ),
    ("conversations_owner_id_fkey", "owner_id", "there is no such user"),
    (
        "messages_conversation_id_fkey",
        "conversation_id",
        "there is no such conversation",
    ),
    (
        "messages_body_check",
        "body",
        "must have 1 to 200,000 bytes of UTF-8",
    ),
    (
        "messages_language_check",
        "language",
        "must be an ISO 639 code such as en",
    ),
    (
        "budgets_name_key",
        "name",
        "a budget with this name exists already",
    ),
    ("budgets_name_check", "name", "must not be empty"),
    (
        "runs_conversation_id_fkey",
        "conversation_id",
        "there is no such conversation",
    ),
    ("feedback_answer_id_fkey", "answer_id", "there is no such answer"),
    ("feedback_card_id_fkey", "card_id", "there is no such card"),
    (
        "feedback_comment_check",
        "comment",
        "must have at most 10,000 characters",
    ),
    (
        "saved_views_name_key",
        "name",
        "you have a view of this object with this name already",
    ),
    ("saved_views_name_check", "name", "must have 1 to 120 characters"),
    (
        "win_opinions_reason_check",
        "comment",
        "must have 1 to 4,000 characters",
    ),
    (
        "saved_questions_name_key",
        "name",
        "you have a saved question with this name already",
    ),
    (
        "saved_questions_name_check",
        "name",
        "must have 1 to 120 characters",
    ),
    (
        "saved_questions_question_check",
        "question",
        "must have 1 to 1,000 characters",
    ),
    (
        "saved_questions_query_check",
        "query",
        "must be a query of at most 64 KiB",
    ),
    ("saved_questions_role_id_fkey", "role_id", "there is no such role"),
    (
        "idempotency_keys_key_check",
        "Idempotency-Key",
        "must have 1 to 255 characters",
    ),
    (
        "contacts_name_check",
        "last_name",
        "a contact needs a name, an e-mail address or a telephone number",
    ),
    (
        "leads_name_check",
        "last_name",
        "a lead needs a name, an e-mail address, a telephone number or a company",
    ),
    (
        "consents_person_check",
        "contact_id",
        "a consent is that of a lead or of a contact: name one",
    ),
    (
        "campaign_members_person_check",
        "contact_id",
        "a member is a lead or a contact: name one",
    ),
    (
        "pricebooks_valid_check",
        "valid_to",
        "must not lie before valid_from",
    ),
    (
        "contracts_end_date_check",
        "end_date",
        "must not lie before start_date",
    ),
    ("quote_lines_quantity_check", "quantity", "must be more than 0"),
    ("quotas_ends_on_check", "ends_on", "must not lie before starts_on"),
    ("quotas_amount_check", "amount", "must not be negative"),
    ("exchange_rates_rate_check", "rate", "must be more than 0"),
    (
        "opportunities_amount_check",
        "currency",
        "an amount needs a currency",
    ),
    (
        "opportunities_is_won_check",
        "is_won",
        "only a closed opportunity is won",
    ),
    (
        "queue_members_user_id_key",
        "user_id",
        "this user is a member of the queue already",
    ),
    ("queues_name_key", "name", "a queue with this name exists already"),
    (
        "sla_policies_name_key",
        "name",
        "an SLA policy with this name exists already",
    ),
    (
        "sharing_rules_name_key",
        "name",
        "a sharing rule with this name exists already",
    ),
    (
        "sharing_rules_name_check",
        "name",
        "must have 1 to 120 characters",
    ),
    ("sharing_rules_role_id_fkey", "role_id", "there is no such role"),
];
