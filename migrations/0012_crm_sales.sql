-- What is sold, to whom, how far that is, and what was agreed.

CREATE TABLE pipeline_stages (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    external_id text,
    name text NOT NULL,
    position integer NOT NULL,
    kind text NOT NULL DEFAULT 'open',
    probability integer NOT NULL,
    forecast_category text NOT NULL DEFAULT 'pipeline',
    is_active boolean NOT NULL DEFAULT true,
    description text,
    custom jsonb NOT NULL DEFAULT '{}',
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT pipeline_stages_external_id_key UNIQUE (tenant_id, external_id),
    CONSTRAINT pipeline_stages_external_id_check CHECK (char_length(external_id) BETWEEN 1 AND 200),
    CONSTRAINT pipeline_stages_name_check CHECK (char_length(name) BETWEEN 1 AND 300),
    CONSTRAINT pipeline_stages_kind_check CHECK (kind IN ('open', 'won', 'lost')),
    CONSTRAINT pipeline_stages_forecast_category_check CHECK (forecast_category IN ('omitted', 'pipeline', 'best_case', 'commit', 'closed')),
    CONSTRAINT pipeline_stages_description_check CHECK (char_length(description) BETWEEN 1 AND 300),
    CONSTRAINT pipeline_stages_name_key UNIQUE (tenant_id, name),
    CONSTRAINT pipeline_stages_probability_check CHECK (probability BETWEEN 0 AND 100)
);
CREATE INDEX pipeline_stages_position_idx ON pipeline_stages (tenant_id, position, id);
CREATE INDEX pipeline_stages_created_at_idx ON pipeline_stages (tenant_id, created_at, id);
CREATE INDEX pipeline_stages_updated_at_idx ON pipeline_stages (tenant_id, updated_at, id);
CREATE INDEX pipeline_stages_deleted_at_idx ON pipeline_stages (tenant_id, deleted_at, id) WHERE deleted_at IS NOT NULL;

CREATE TABLE products (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    external_id text,
    name text NOT NULL,
    code text,
    description text,
    family text,
    unit text,
    is_recurring boolean NOT NULL DEFAULT false,
    billing_period text,
    is_active boolean NOT NULL DEFAULT true,
    custom jsonb NOT NULL DEFAULT '{}',
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT products_external_id_key UNIQUE (tenant_id, external_id),
    CONSTRAINT products_external_id_check CHECK (char_length(external_id) BETWEEN 1 AND 200),
    CONSTRAINT products_name_check CHECK (char_length(name) BETWEEN 1 AND 300),
    CONSTRAINT products_code_check CHECK (char_length(code) <= 500),
    CONSTRAINT products_description_check CHECK (octet_length(description) <= 200000),
    CONSTRAINT products_family_check CHECK (char_length(family) <= 500),
    CONSTRAINT products_unit_check CHECK (char_length(unit) BETWEEN 1 AND 300),
    CONSTRAINT products_billing_period_check CHECK (billing_period IN ('once', 'monthly', 'quarterly', 'yearly')),
    CONSTRAINT products_code_key UNIQUE (tenant_id, code)
);
CREATE INDEX products_name_idx ON products (tenant_id, name, id);
CREATE INDEX products_code_idx ON products (tenant_id, code, id);
CREATE INDEX products_family_idx ON products (tenant_id, family, id);
CREATE INDEX products_is_active_idx ON products (tenant_id, is_active, id);
CREATE INDEX products_created_at_idx ON products (tenant_id, created_at, id);
CREATE INDEX products_updated_at_idx ON products (tenant_id, updated_at, id);
CREATE INDEX products_deleted_at_idx ON products (tenant_id, deleted_at, id) WHERE deleted_at IS NOT NULL;

CREATE TABLE pricebooks (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    external_id text,
    name text NOT NULL,
    currency text NOT NULL,
    region text,
    channel text,
    is_standard boolean NOT NULL DEFAULT false,
    is_active boolean NOT NULL DEFAULT true,
    valid_from date,
    valid_to date,
    description text,
    custom jsonb NOT NULL DEFAULT '{}',
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT pricebooks_external_id_key UNIQUE (tenant_id, external_id),
    CONSTRAINT pricebooks_external_id_check CHECK (char_length(external_id) BETWEEN 1 AND 200),
    CONSTRAINT pricebooks_name_check CHECK (char_length(name) BETWEEN 1 AND 300),
    CONSTRAINT pricebooks_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT pricebooks_region_check CHECK (char_length(region) <= 500),
    CONSTRAINT pricebooks_channel_check CHECK (char_length(channel) <= 500),
    CONSTRAINT pricebooks_description_check CHECK (char_length(description) BETWEEN 1 AND 300),
    CONSTRAINT pricebooks_name_key UNIQUE (tenant_id, name),
    CONSTRAINT pricebooks_valid_check CHECK (valid_to >= valid_from)
);
CREATE INDEX pricebooks_name_idx ON pricebooks (tenant_id, name, id);
CREATE INDEX pricebooks_currency_idx ON pricebooks (tenant_id, currency, id);
CREATE INDEX pricebooks_region_idx ON pricebooks (tenant_id, region, id);
CREATE INDEX pricebooks_channel_idx ON pricebooks (tenant_id, channel, id);
CREATE INDEX pricebooks_created_at_idx ON pricebooks (tenant_id, created_at, id);
CREATE INDEX pricebooks_updated_at_idx ON pricebooks (tenant_id, updated_at, id);
CREATE INDEX pricebooks_deleted_at_idx ON pricebooks (tenant_id, deleted_at, id) WHERE deleted_at IS NOT NULL;

CREATE TABLE pricebook_entries (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    external_id text,
    pricebook_id uuid NOT NULL,
    product_id uuid NOT NULL,
    unit_price_minor bigint NOT NULL,
    currency text NOT NULL,
    minimum_quantity integer NOT NULL DEFAULT 1,
    is_active boolean NOT NULL DEFAULT true,
    custom jsonb NOT NULL DEFAULT '{}',
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT pricebook_entries_external_id_key UNIQUE (tenant_id, external_id),
    CONSTRAINT pricebook_entries_external_id_check CHECK (char_length(external_id) BETWEEN 1 AND 200),
    CONSTRAINT pricebook_entries_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT pricebook_entries_product_id_key UNIQUE (tenant_id, pricebook_id, product_id, minimum_quantity),
    CONSTRAINT pricebook_entries_minimum_quantity_check CHECK (minimum_quantity >= 1),
    CONSTRAINT pricebook_entries_pricebook_id_fkey FOREIGN KEY (tenant_id, pricebook_id) REFERENCES pricebooks (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT pricebook_entries_product_id_fkey FOREIGN KEY (tenant_id, product_id) REFERENCES products (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX pricebook_entries_pricebook_id_idx ON pricebook_entries (tenant_id, pricebook_id, id);
CREATE INDEX pricebook_entries_product_id_idx ON pricebook_entries (tenant_id, product_id, id);
CREATE INDEX pricebook_entries_created_at_idx ON pricebook_entries (tenant_id, created_at, id);
CREATE INDEX pricebook_entries_updated_at_idx ON pricebook_entries (tenant_id, updated_at, id);
CREATE INDEX pricebook_entries_deleted_at_idx ON pricebook_entries (tenant_id, deleted_at, id) WHERE deleted_at IS NOT NULL;

CREATE TABLE exchange_rates (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    external_id text,
    currency text NOT NULL,
    rate numeric(20,10) NOT NULL,
    valid_from date NOT NULL,
    source text,
    custom jsonb NOT NULL DEFAULT '{}',
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT exchange_rates_external_id_key UNIQUE (tenant_id, external_id),
    CONSTRAINT exchange_rates_external_id_check CHECK (char_length(external_id) BETWEEN 1 AND 200),
    CONSTRAINT exchange_rates_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT exchange_rates_source_check CHECK (char_length(source) BETWEEN 1 AND 300),
    CONSTRAINT exchange_rates_valid_from_key UNIQUE (tenant_id, currency, valid_from),
    CONSTRAINT exchange_rates_rate_check CHECK (rate > 0)
);
CREATE INDEX exchange_rates_currency_idx ON exchange_rates (tenant_id, currency, id);
CREATE INDEX exchange_rates_valid_from_idx ON exchange_rates (tenant_id, valid_from, id);
CREATE INDEX exchange_rates_created_at_idx ON exchange_rates (tenant_id, created_at, id);
CREATE INDEX exchange_rates_updated_at_idx ON exchange_rates (tenant_id, updated_at, id);
CREATE INDEX exchange_rates_deleted_at_idx ON exchange_rates (tenant_id, deleted_at, id) WHERE deleted_at IS NOT NULL;

CREATE TABLE opportunities (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    external_id text,
    owner_id uuid,
    name text NOT NULL,
    account_id uuid,
    contact_id uuid,
    stage text NOT NULL,
    stage_entered_at timestamptz NOT NULL,
    amount_minor bigint,
    currency text,
    probability integer,
    forecast_category text NOT NULL,
    close_date date,
    type text,
    lead_source text,
    next_step text,
    campaign_id uuid,
    pricebook_id uuid,
    is_closed boolean NOT NULL DEFAULT false,
    is_won boolean NOT NULL DEFAULT false,
    closed_at timestamptz,
    closed_reason text,
    competitor text,
    budget_confirmed boolean NOT NULL DEFAULT false,
    discovery_completed boolean NOT NULL DEFAULT false,
    roi_analysis_completed boolean NOT NULL DEFAULT false,
    loss_notes text,
    description text,
    last_activity_at timestamptz,
    custom jsonb NOT NULL DEFAULT '{}',
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT opportunities_external_id_key UNIQUE (tenant_id, external_id),
    CONSTRAINT opportunities_external_id_check CHECK (char_length(external_id) BETWEEN 1 AND 200),
    CONSTRAINT opportunities_name_check CHECK (char_length(name) BETWEEN 1 AND 300),
    CONSTRAINT opportunities_stage_check CHECK (char_length(stage) <= 500),
    CONSTRAINT opportunities_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT opportunities_forecast_category_check CHECK (forecast_category IN ('omitted', 'pipeline', 'best_case', 'commit', 'closed')),
    CONSTRAINT opportunities_type_check CHECK (type IN ('new_business', 'existing_business', 'renewal', 'upsell', 'cross_sell', 'other')),
    CONSTRAINT opportunities_lead_source_check CHECK (char_length(lead_source) <= 500),
    CONSTRAINT opportunities_next_step_check CHECK (char_length(next_step) BETWEEN 1 AND 300),
    CONSTRAINT opportunities_closed_reason_check CHECK (char_length(closed_reason) <= 500),
    CONSTRAINT opportunities_competitor_check CHECK (char_length(competitor) <= 500),
    CONSTRAINT opportunities_loss_notes_check CHECK (octet_length(loss_notes) <= 200000),
    CONSTRAINT opportunities_description_check CHECK (octet_length(description) <= 200000),
    CONSTRAINT opportunities_probability_check CHECK (probability BETWEEN 0 AND 100),
    CONSTRAINT opportunities_amount_check CHECK (amount_minor IS NULL OR currency IS NOT NULL),
    CONSTRAINT opportunities_is_won_check CHECK (is_closed OR NOT is_won),
    CONSTRAINT opportunities_closed_at_check CHECK (is_closed = (closed_at IS NOT NULL)),
    CONSTRAINT opportunities_stage_fkey FOREIGN KEY (tenant_id, stage) REFERENCES pipeline_stages (tenant_id, name) ON UPDATE CASCADE,
    CONSTRAINT opportunities_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES users,
    CONSTRAINT opportunities_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES accounts (tenant_id, id) ON DELETE SET NULL (account_id),
    CONSTRAINT opportunities_contact_id_fkey FOREIGN KEY (tenant_id, contact_id) REFERENCES contacts (tenant_id, id) ON DELETE SET NULL (contact_id),
    CONSTRAINT opportunities_campaign_id_fkey FOREIGN KEY (tenant_id, campaign_id) REFERENCES campaigns (tenant_id, id) ON DELETE SET NULL (campaign_id),
    CONSTRAINT opportunities_pricebook_id_fkey FOREIGN KEY (tenant_id, pricebook_id) REFERENCES pricebooks (tenant_id, id) ON DELETE SET NULL (pricebook_id)
);
CREATE INDEX opportunities_owner_id_idx ON opportunities (tenant_id, owner_id, id);
CREATE INDEX opportunities_name_idx ON opportunities (tenant_id, name, id);
CREATE INDEX opportunities_account_id_idx ON opportunities (tenant_id, account_id, id);
CREATE INDEX opportunities_contact_id_idx ON opportunities (tenant_id, contact_id, id);
CREATE INDEX opportunities_stage_idx ON opportunities (tenant_id, stage, id);
CREATE INDEX opportunities_stage_entered_at_idx ON opportunities (tenant_id, stage_entered_at, id);
CREATE INDEX opportunities_amount_minor_idx ON opportunities (tenant_id, amount_minor, id);
CREATE INDEX opportunities_probability_idx ON opportunities (tenant_id, probability, id);
CREATE INDEX opportunities_forecast_category_idx ON opportunities (tenant_id, forecast_category, id);
CREATE INDEX opportunities_close_date_idx ON opportunities (tenant_id, close_date, id);
CREATE INDEX opportunities_type_idx ON opportunities (tenant_id, type, id);
CREATE INDEX opportunities_lead_source_idx ON opportunities (tenant_id, lead_source, id);
CREATE INDEX opportunities_campaign_id_idx ON opportunities (tenant_id, campaign_id, id);
CREATE INDEX opportunities_is_closed_idx ON opportunities (tenant_id, is_closed, id);
CREATE INDEX opportunities_is_won_idx ON opportunities (tenant_id, is_won, id);
CREATE INDEX opportunities_closed_at_idx ON opportunities (tenant_id, closed_at, id);
CREATE INDEX opportunities_closed_reason_idx ON opportunities (tenant_id, closed_reason, id);
CREATE INDEX opportunities_competitor_idx ON opportunities (tenant_id, competitor, id);
CREATE INDEX opportunities_last_activity_at_idx ON opportunities (tenant_id, last_activity_at, id);
CREATE INDEX opportunities_created_at_idx ON opportunities (tenant_id, created_at, id);
CREATE INDEX opportunities_updated_at_idx ON opportunities (tenant_id, updated_at, id);
CREATE INDEX opportunities_deleted_at_idx ON opportunities (tenant_id, deleted_at, id) WHERE deleted_at IS NOT NULL;
ALTER TABLE leads ADD CONSTRAINT leads_converted_opportunity_id_fkey FOREIGN KEY (tenant_id, converted_opportunity_id) REFERENCES opportunities (tenant_id, id) ON DELETE SET NULL (converted_opportunity_id);

CREATE TABLE opportunity_contact_roles (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    external_id text,
    opportunity_id uuid NOT NULL,
    contact_id uuid NOT NULL,
    role text NOT NULL DEFAULT 'other',
    is_primary boolean NOT NULL DEFAULT false,
    custom jsonb NOT NULL DEFAULT '{}',
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT opportunity_contact_roles_external_id_key UNIQUE (tenant_id, external_id),
    CONSTRAINT opportunity_contact_roles_external_id_check CHECK (char_length(external_id) BETWEEN 1 AND 200),
    CONSTRAINT opportunity_contact_roles_role_check CHECK (role IN ('business_user', 'decision_maker', 'economic_buyer', 'economic_decision_maker', 'evaluator', 'executive_sponsor', 'influencer', 'technical_buyer', 'champion', 'other')),
    CONSTRAINT opportunity_contact_roles_contact_id_key UNIQUE (tenant_id, opportunity_id, contact_id, role),
    CONSTRAINT opportunity_contact_roles_opportunity_id_fkey FOREIGN KEY (tenant_id, opportunity_id) REFERENCES opportunities (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT opportunity_contact_roles_contact_id_fkey FOREIGN KEY (tenant_id, contact_id) REFERENCES contacts (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX opportunity_contact_roles_opportunity_id_idx ON opportunity_contact_roles (tenant_id, opportunity_id, id);
CREATE INDEX opportunity_contact_roles_contact_id_idx ON opportunity_contact_roles (tenant_id, contact_id, id);
CREATE INDEX opportunity_contact_roles_role_idx ON opportunity_contact_roles (tenant_id, role, id);
CREATE INDEX opportunity_contact_roles_created_at_idx ON opportunity_contact_roles (tenant_id, created_at, id);
CREATE INDEX opportunity_contact_roles_updated_at_idx ON opportunity_contact_roles (tenant_id, updated_at, id);
CREATE INDEX opportunity_contact_roles_deleted_at_idx ON opportunity_contact_roles (tenant_id, deleted_at, id) WHERE deleted_at IS NOT NULL;

CREATE TABLE campaign_members (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    external_id text,
    campaign_id uuid NOT NULL,
    lead_id uuid,
    contact_id uuid,
    status text NOT NULL DEFAULT 'sent',
    has_responded boolean NOT NULL DEFAULT false,
    first_responded_at timestamptz,
    custom jsonb NOT NULL DEFAULT '{}',
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT campaign_members_external_id_key UNIQUE (tenant_id, external_id),
    CONSTRAINT campaign_members_external_id_check CHECK (char_length(external_id) BETWEEN 1 AND 200),
    CONSTRAINT campaign_members_status_check CHECK (status IN ('planned', 'sent', 'opened', 'clicked', 'responded', 'registered', 'attended', 'no_show', 'bounced', 'unsubscribed')),
    CONSTRAINT campaign_members_lead_id_key UNIQUE (tenant_id, campaign_id, lead_id),
    CONSTRAINT campaign_members_contact_id_key UNIQUE (tenant_id, campaign_id, contact_id),
    CONSTRAINT campaign_members_person_check CHECK (lead_id IS NOT NULL OR contact_id IS NOT NULL),
    CONSTRAINT campaign_members_campaign_id_fkey FOREIGN KEY (tenant_id, campaign_id) REFERENCES campaigns (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT campaign_members_lead_id_fkey FOREIGN KEY (tenant_id, lead_id) REFERENCES leads (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT campaign_members_contact_id_fkey FOREIGN KEY (tenant_id, contact_id) REFERENCES contacts (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX campaign_members_campaign_id_idx ON campaign_members (tenant_id, campaign_id, id);
CREATE INDEX campaign_members_lead_id_idx ON campaign_members (tenant_id, lead_id, id);
CREATE INDEX campaign_members_contact_id_idx ON campaign_members (tenant_id, contact_id, id);
CREATE INDEX campaign_members_status_idx ON campaign_members (tenant_id, status, id);
CREATE INDEX campaign_members_first_responded_at_idx ON campaign_members (tenant_id, first_responded_at, id);
CREATE INDEX campaign_members_created_at_idx ON campaign_members (tenant_id, created_at, id);
CREATE INDEX campaign_members_updated_at_idx ON campaign_members (tenant_id, updated_at, id);
CREATE INDEX campaign_members_deleted_at_idx ON campaign_members (tenant_id, deleted_at, id) WHERE deleted_at IS NOT NULL;

CREATE TABLE engagement_events (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    external_id text,
    type text NOT NULL,
    lead_id uuid,
    contact_id uuid,
    account_id uuid,
    campaign_id uuid,
    visitor_id uuid,
    subject text,
    url text,
    source text,
    data jsonb DEFAULT '{}',
    occurred_at timestamptz NOT NULL,
    custom jsonb NOT NULL DEFAULT '{}',
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT engagement_events_external_id_key UNIQUE (tenant_id, external_id),
    CONSTRAINT engagement_events_external_id_check CHECK (char_length(external_id) BETWEEN 1 AND 200),
    CONSTRAINT engagement_events_type_check CHECK (type IN ('email_sent', 'email_opened', 'email_clicked', 'email_replied', 'email_bounced', 'email_unsubscribed', 'page_visited', 'form_submitted', 'content_downloaded', 'event_attended')),
    CONSTRAINT engagement_events_subject_check CHECK (char_length(subject) BETWEEN 1 AND 300),
    CONSTRAINT engagement_events_source_check CHECK (char_length(source) BETWEEN 1 AND 300),
    CONSTRAINT engagement_events_lead_id_fkey FOREIGN KEY (tenant_id, lead_id) REFERENCES leads (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT engagement_events_contact_id_fkey FOREIGN KEY (tenant_id, contact_id) REFERENCES contacts (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT engagement_events_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES accounts (tenant_id, id) ON DELETE SET NULL (account_id),
    CONSTRAINT engagement_events_campaign_id_fkey FOREIGN KEY (tenant_id, campaign_id) REFERENCES campaigns (tenant_id, id) ON DELETE SET NULL (campaign_id)
);
CREATE INDEX engagement_events_type_idx ON engagement_events (tenant_id, type, id);
CREATE INDEX engagement_events_lead_id_idx ON engagement_events (tenant_id, lead_id, occurred_at, id);
CREATE INDEX engagement_events_contact_id_idx ON engagement_events (tenant_id, contact_id, occurred_at, id);
CREATE INDEX engagement_events_account_id_idx ON engagement_events (tenant_id, account_id, occurred_at, id);
CREATE INDEX engagement_events_campaign_id_idx ON engagement_events (tenant_id, campaign_id, id);
CREATE INDEX engagement_events_visitor_id_idx ON engagement_events (tenant_id, visitor_id, id);
CREATE INDEX engagement_events_occurred_at_idx ON engagement_events (tenant_id, occurred_at, id);
CREATE INDEX engagement_events_created_at_idx ON engagement_events (tenant_id, created_at, id);
CREATE INDEX engagement_events_updated_at_idx ON engagement_events (tenant_id, updated_at, id);
CREATE INDEX engagement_events_deleted_at_idx ON engagement_events (tenant_id, deleted_at, id) WHERE deleted_at IS NOT NULL;

CREATE TABLE quotes (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    external_id text,
    owner_id uuid,
    quote_number bigint NOT NULL,
    name text NOT NULL,
    opportunity_id uuid NOT NULL,
    account_id uuid,
    contact_id uuid,
    pricebook_id uuid,
    status text NOT NULL DEFAULT 'draft',
    expires_on date,
    currency text,
    discount_percent numeric(7,4),
    shipping_minor bigint,
    subtotal_minor bigint NOT NULL DEFAULT 0,
    discount_total_minor bigint NOT NULL DEFAULT 0,
    tax_total_minor bigint NOT NULL DEFAULT 0,
    total_minor bigint NOT NULL DEFAULT 0,
    payment_terms text,
    terms text,
    description text,
    custom jsonb NOT NULL DEFAULT '{}',
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT quotes_external_id_key UNIQUE (tenant_id, external_id),
    CONSTRAINT quotes_external_id_check CHECK (char_length(external_id) BETWEEN 1 AND 200),
    CONSTRAINT quotes_quote_number_key UNIQUE (tenant_id, quote_number),
    CONSTRAINT quotes_name_check CHECK (char_length(name) BETWEEN 1 AND 300),
    CONSTRAINT quotes_status_check CHECK (status IN ('draft', 'in_review', 'approved', 'presented', 'accepted', 'rejected', 'expired')),
    CONSTRAINT quotes_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT quotes_payment_terms_check CHECK (char_length(payment_terms) BETWEEN 1 AND 300),
    CONSTRAINT quotes_terms_check CHECK (octet_length(terms) <= 200000),
    CONSTRAINT quotes_description_check CHECK (octet_length(description) <= 200000),
    CONSTRAINT quotes_discount_percent_check CHECK (discount_percent BETWEEN 0 AND 100),
    CONSTRAINT quotes_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES users,
    CONSTRAINT quotes_opportunity_id_fkey FOREIGN KEY (tenant_id, opportunity_id) REFERENCES opportunities (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT quotes_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES accounts (tenant_id, id) ON DELETE SET NULL (account_id),
    CONSTRAINT quotes_contact_id_fkey FOREIGN KEY (tenant_id, contact_id) REFERENCES contacts (tenant_id, id) ON DELETE SET NULL (contact_id),
    CONSTRAINT quotes_pricebook_id_fkey FOREIGN KEY (tenant_id, pricebook_id) REFERENCES pricebooks (tenant_id, id) ON DELETE SET NULL (pricebook_id)
);
CREATE INDEX quotes_owner_id_idx ON quotes (tenant_id, owner_id, id);
CREATE INDEX quotes_name_idx ON quotes (tenant_id, name, id);
CREATE INDEX quotes_opportunity_id_idx ON quotes (tenant_id, opportunity_id, id);
CREATE INDEX quotes_account_id_idx ON quotes (tenant_id, account_id, id);
CREATE INDEX quotes_contact_id_idx ON quotes (tenant_id, contact_id, id);
CREATE INDEX quotes_status_idx ON quotes (tenant_id, status, id);
CREATE INDEX quotes_expires_on_idx ON quotes (tenant_id, expires_on, id);
CREATE INDEX quotes_total_minor_idx ON quotes (tenant_id, total_minor, id);
CREATE INDEX quotes_created_at_idx ON quotes (tenant_id, created_at, id);
CREATE INDEX quotes_updated_at_idx ON quotes (tenant_id, updated_at, id);
CREATE INDEX quotes_deleted_at_idx ON quotes (tenant_id, deleted_at, id) WHERE deleted_at IS NOT NULL;
CREATE TRIGGER give_number BEFORE INSERT ON quotes FOR EACH ROW WHEN (NEW.quote_number IS NULL)
    EXECUTE FUNCTION give_number('quote', 'quote_number');

CREATE TABLE quote_lines (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    external_id text,
    quote_id uuid NOT NULL,
    position integer NOT NULL DEFAULT 1,
    product_id uuid,
    pricebook_entry_id uuid,
    description text,
    quantity numeric(18,4) NOT NULL DEFAULT 1,
    unit_price_minor bigint,
    currency text,
    discount_percent numeric(7,4),
    tax_percent numeric(7,4),
    subtotal_minor bigint NOT NULL DEFAULT 0,
    discount_total_minor bigint NOT NULL DEFAULT 0,
    tax_total_minor bigint NOT NULL DEFAULT 0,
    total_minor bigint NOT NULL DEFAULT 0,
    custom jsonb NOT NULL DEFAULT '{}',
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT quote_lines_external_id_key UNIQUE (tenant_id, external_id),
    CONSTRAINT quote_lines_external_id_check CHECK (char_length(external_id) BETWEEN 1 AND 200),
    CONSTRAINT quote_lines_description_check CHECK (char_length(description) BETWEEN 1 AND 300),
    CONSTRAINT quote_lines_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT quote_lines_quantity_check CHECK (quantity > 0),
    CONSTRAINT quote_lines_discount_percent_check CHECK (discount_percent BETWEEN 0 AND 100),
    CONSTRAINT quote_lines_tax_percent_check CHECK (tax_percent BETWEEN 0 AND 100),
    CONSTRAINT quote_lines_quote_id_fkey FOREIGN KEY (tenant_id, quote_id) REFERENCES quotes (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT quote_lines_product_id_fkey FOREIGN KEY (tenant_id, product_id) REFERENCES products (tenant_id, id) ON DELETE SET NULL (product_id),
    CONSTRAINT quote_lines_pricebook_entry_id_fkey FOREIGN KEY (tenant_id, pricebook_entry_id) REFERENCES pricebook_entries (tenant_id, id) ON DELETE SET NULL (pricebook_entry_id)
);
CREATE INDEX quote_lines_quote_id_idx ON quote_lines (tenant_id, quote_id, id);
CREATE INDEX quote_lines_position_idx ON quote_lines (tenant_id, position, id);
CREATE INDEX quote_lines_product_id_idx ON quote_lines (tenant_id, product_id, id);
CREATE INDEX quote_lines_created_at_idx ON quote_lines (tenant_id, created_at, id);
CREATE INDEX quote_lines_updated_at_idx ON quote_lines (tenant_id, updated_at, id);
CREATE INDEX quote_lines_deleted_at_idx ON quote_lines (tenant_id, deleted_at, id) WHERE deleted_at IS NOT NULL;

CREATE TABLE contracts (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    external_id text,
    owner_id uuid,
    contract_number bigint NOT NULL,
    name text,
    account_id uuid NOT NULL,
    opportunity_id uuid,
    quote_id uuid,
    signed_contact_id uuid,
    status text NOT NULL DEFAULT 'draft',
    start_date date,
    end_date date,
    term_months integer,
    value_minor bigint,
    currency text,
    billing_period text,
    auto_renew boolean NOT NULL DEFAULT false,
    renewal_notice_days integer,
    signed_at timestamptz,
    activated_at timestamptz,
    terminated_at timestamptz,
    termination_reason text,
    terms text,
    description text,
    custom jsonb NOT NULL DEFAULT '{}',
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT contracts_external_id_key UNIQUE (tenant_id, external_id),
    CONSTRAINT contracts_external_id_check CHECK (char_length(external_id) BETWEEN 1 AND 200),
    CONSTRAINT contracts_contract_number_key UNIQUE (tenant_id, contract_number),
    CONSTRAINT contracts_name_check CHECK (char_length(name) BETWEEN 1 AND 300),
    CONSTRAINT contracts_status_check CHECK (status IN ('draft', 'in_approval', 'activated', 'expired', 'terminated')),
    CONSTRAINT contracts_term_months_check CHECK (term_months >= 0),
    CONSTRAINT contracts_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT contracts_billing_period_check CHECK (billing_period IN ('once', 'monthly', 'quarterly', 'yearly')),
    CONSTRAINT contracts_renewal_notice_days_check CHECK (renewal_notice_days >= 0),
    CONSTRAINT contracts_termination_reason_check CHECK (char_length(termination_reason) BETWEEN 1 AND 300),
    CONSTRAINT contracts_terms_check CHECK (octet_length(terms) <= 200000),
    CONSTRAINT contracts_description_check CHECK (octet_length(description) <= 200000),
    CONSTRAINT contracts_end_date_check CHECK (end_date >= start_date),
    CONSTRAINT contracts_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES users,
    CONSTRAINT contracts_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES accounts (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT contracts_opportunity_id_fkey FOREIGN KEY (tenant_id, opportunity_id) REFERENCES opportunities (tenant_id, id) ON DELETE SET NULL (opportunity_id),
    CONSTRAINT contracts_quote_id_fkey FOREIGN KEY (tenant_id, quote_id) REFERENCES quotes (tenant_id, id) ON DELETE SET NULL (quote_id),
    CONSTRAINT contracts_signed_contact_id_fkey FOREIGN KEY (tenant_id, signed_contact_id) REFERENCES contacts (tenant_id, id) ON DELETE SET NULL (signed_contact_id)
);
CREATE INDEX contracts_owner_id_idx ON contracts (tenant_id, owner_id, id);
CREATE INDEX contracts_name_idx ON contracts (tenant_id, name, id);
CREATE INDEX contracts_account_id_idx ON contracts (tenant_id, account_id, id);
CREATE INDEX contracts_opportunity_id_idx ON contracts (tenant_id, opportunity_id, id);
CREATE INDEX contracts_status_idx ON contracts (tenant_id, status, id);
CREATE INDEX contracts_start_date_idx ON contracts (tenant_id, start_date, id);
CREATE INDEX contracts_end_date_idx ON contracts (tenant_id, end_date, id);
CREATE INDEX contracts_value_minor_idx ON contracts (tenant_id, value_minor, id);
CREATE INDEX contracts_created_at_idx ON contracts (tenant_id, created_at, id);
CREATE INDEX contracts_updated_at_idx ON contracts (tenant_id, updated_at, id);
CREATE INDEX contracts_deleted_at_idx ON contracts (tenant_id, deleted_at, id) WHERE deleted_at IS NOT NULL;
CREATE TRIGGER give_number BEFORE INSERT ON contracts FOR EACH ROW WHEN (NEW.contract_number IS NULL)
    EXECUTE FUNCTION give_number('contract', 'contract_number');

CREATE TABLE payments (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    external_id text,
    account_id uuid NOT NULL,
    contract_id uuid,
    opportunity_id uuid,
    quote_id uuid,
    amount_minor bigint NOT NULL,
    currency text NOT NULL,
    status text NOT NULL DEFAULT 'pending',
    method text,
    invoice_number text,
    reference text,
    due_date date,
    paid_at timestamptz,
    description text,
    custom jsonb NOT NULL DEFAULT '{}',
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT payments_external_id_key UNIQUE (tenant_id, external_id),
    CONSTRAINT payments_external_id_check CHECK (char_length(external_id) BETWEEN 1 AND 200),
    CONSTRAINT payments_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT payments_status_check CHECK (status IN ('pending', 'paid', 'overdue', 'failed', 'refunded', 'cancelled')),
    CONSTRAINT payments_method_check CHECK (method IN ('card', 'bank_transfer', 'direct_debit', 'cash', 'cheque', 'other')),
    CONSTRAINT payments_invoice_number_check CHECK (char_length(invoice_number) <= 500),
    CONSTRAINT payments_reference_check CHECK (char_length(reference) BETWEEN 1 AND 300),
    CONSTRAINT payments_description_check CHECK (char_length(description) BETWEEN 1 AND 300),
    CONSTRAINT payments_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES accounts (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT payments_contract_id_fkey FOREIGN KEY (tenant_id, contract_id) REFERENCES contracts (tenant_id, id) ON DELETE SET NULL (contract_id),
    CONSTRAINT payments_opportunity_id_fkey FOREIGN KEY (tenant_id, opportunity_id) REFERENCES opportunities (tenant_id, id) ON DELETE SET NULL (opportunity_id),
    CONSTRAINT payments_quote_id_fkey FOREIGN KEY (tenant_id, quote_id) REFERENCES quotes (tenant_id, id) ON DELETE SET NULL (quote_id)
);
CREATE INDEX payments_account_id_idx ON payments (tenant_id, account_id, id);
CREATE INDEX payments_contract_id_idx ON payments (tenant_id, contract_id, id);
CREATE INDEX payments_opportunity_id_idx ON payments (tenant_id, opportunity_id, id);
CREATE INDEX payments_amount_minor_idx ON payments (tenant_id, amount_minor, id);
CREATE INDEX payments_status_idx ON payments (tenant_id, status, id);
CREATE INDEX payments_invoice_number_idx ON payments (tenant_id, invoice_number, id);
CREATE INDEX payments_due_date_idx ON payments (tenant_id, due_date, id);
CREATE INDEX payments_paid_at_idx ON payments (tenant_id, paid_at, id);
CREATE INDEX payments_created_at_idx ON payments (tenant_id, created_at, id);
CREATE INDEX payments_updated_at_idx ON payments (tenant_id, updated_at, id);
CREATE INDEX payments_deleted_at_idx ON payments (tenant_id, deleted_at, id) WHERE deleted_at IS NOT NULL;

SELECT protect_common_table('pipeline_stages', 'pipeline_stage');
SELECT protect_common_table('products', 'product');
SELECT protect_common_table('pricebooks', 'pricebook');
SELECT protect_common_table('pricebook_entries', 'pricebook_entry');
SELECT protect_common_table('exchange_rates', 'exchange_rate');
SELECT protect_owned_table('opportunities', 'opportunity');
SELECT protect_child_table('opportunity_contact_roles', 'opportunity_contact_role', 'opportunities', 'opportunity_id');
SELECT protect_related_table('campaign_members', 'campaign_member');
SELECT protect_related_table('engagement_events', 'engagement_event');
SELECT protect_child_table('quotes', 'quote', 'opportunities', 'opportunity_id');
SELECT protect_child_table('quote_lines', 'quote_line', 'quotes', 'quote_id');
SELECT protect_child_table('contracts', 'contract', 'accounts', 'account_id');
SELECT protect_child_table('payments', 'payment', 'accounts', 'account_id');

-- A new tenant gets its stages with its first member (crm-store/src/defaults.rs).
CREATE POLICY system ON pipeline_stages FOR INSERT TO crm_system WITH CHECK (true);
GRANT INSERT ON pipeline_stages TO crm_system;

-- Every member of staff is held by these, so every one reads them, whatever the role says about the object.
DROP POLICY record_read ON pipeline_stages;
CREATE POLICY record_read ON pipeline_stages FOR SELECT TO crm_app USING ((SELECT app_is_staff()));
