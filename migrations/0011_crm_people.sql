-- The people and organisations of a CRM, and where they came from. Names and words are those that users of Salesforce
-- and HubSpot know. Amounts are whole minor units beside a currency; addresses of mail are kept in lower case, because
-- under row-level security only plain equality finds them through an index.

-- Records that are about others, such as an activity about a contact and a deal: seen by whoever owns them and whoever
-- sees one of the records they are about. What is nobody's and about nothing is everyone's who may read the object.
CREATE FUNCTION protect_related_table(target regclass, object text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    seen text := format('(SELECT app_can(%L, ''view_all'')) OR id = ANY ((SELECT app_writing())::uuid[])', object);
    nothing text := 'true';
    has_owner constant boolean := EXISTS (
        SELECT FROM pg_attribute WHERE attrelid = target AND attname = 'owner_id' AND NOT attisdropped);
    about record;
BEGIN
    IF has_owner THEN
        seen := seen || ' OR owner_id = ANY ((SELECT app_visible_owners())::uuid[])';
        nothing := 'owner_id IS NULL';
    END IF;
    FOR about IN
        SELECT a.attname AS reference, f.confrelid::regclass AS parent FROM pg_attribute a
        JOIN pg_constraint f ON f.contype = 'f' AND f.conrelid = target AND a.attnum = ANY (f.conkey)
        WHERE a.attrelid = target AND a.attname IN ('lead_id', 'contact_id', 'account_id', 'opportunity_id', 'case_id')
        ORDER BY a.attnum
    LOOP
        seen := seen || format(' OR EXISTS (SELECT FROM %s parent WHERE parent.tenant_id = %s.tenant_id AND parent.id = %2$s.%I)',
            about.parent, target, about.reference);
        nothing := nothing || format(' AND %I IS NULL', about.reference);
    END LOOP;
    seen := format('(%s OR (%s))', seen, nothing);
    PERFORM protect_tenant_table(target);
    EXECUTE format('CREATE POLICY record_read ON %s FOR SELECT TO crm_app USING ((SELECT app_can(%L, ''read'')) AND %s)',
        target, object, seen);
    EXECUTE format('CREATE POLICY record_insert ON %s FOR INSERT TO crm_app WITH CHECK ((SELECT app_can(%L, ''create'')) AND %s)',
        target, object, seen);
    EXECUTE format('CREATE POLICY record_update ON %s FOR UPDATE TO crm_app USING ((SELECT app_can(%L, ''update'')) AND %s)
        WITH CHECK ((SELECT app_can(%2$L, ''update'')))', target, object, seen);
    EXECUTE format('CREATE POLICY record_erase ON %s FOR DELETE TO crm_app USING ((SELECT app_actor_kind()) = ''job'')', target);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO crm_app', target);
END $$;
REVOKE ALL ON FUNCTION protect_related_table(regclass, text) FROM PUBLIC;

-- The last number that a tenant's cases, quotes and contracts got.
CREATE TABLE counters (
    tenant_id uuid NOT NULL REFERENCES tenants,
    name text NOT NULL,
    value bigint NOT NULL,
    PRIMARY KEY (tenant_id, name)
);
SELECT protect_tenant_table('counters');
CREATE POLICY record ON counters FOR ALL TO crm_app USING ((SELECT app_is_staff())) WITH CHECK ((SELECT app_is_staff()));
GRANT SELECT, INSERT, UPDATE ON counters TO crm_app;

-- Gives a row its number: the counter's name and the column are the arguments. Who writes many rows reserves the numbers
-- beforehand (TenantTx::reserve_numbers).
CREATE FUNCTION give_number() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    given bigint;
BEGIN
    INSERT INTO counters AS c (tenant_id, name, value) VALUES (NEW.tenant_id, TG_ARGV[0], 1)
        ON CONFLICT (tenant_id, name) DO UPDATE SET value = c.value + 1 RETURNING value INTO given;
    RETURN jsonb_populate_record(NEW, jsonb_build_object(TG_ARGV[1], given));
END $$;

CREATE TABLE campaigns (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    external_id text,
    owner_id uuid,
    name text NOT NULL,
    parent_id uuid,
    type text,
    status text NOT NULL DEFAULT 'planned',
    is_active boolean NOT NULL DEFAULT true,
    start_date date,
    end_date date,
    budgeted_cost_minor bigint,
    actual_cost_minor bigint,
    expected_revenue_minor bigint,
    expected_response_percent integer,
    number_sent integer,
    currency text,
    description text,
    custom jsonb NOT NULL DEFAULT '{}',
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT campaigns_external_id_key UNIQUE (tenant_id, external_id),
    CONSTRAINT campaigns_external_id_check CHECK (char_length(external_id) BETWEEN 1 AND 200),
    CONSTRAINT campaigns_name_check CHECK (char_length(name) BETWEEN 1 AND 300),
    CONSTRAINT campaigns_type_check CHECK (char_length(type) <= 500),
    CONSTRAINT campaigns_status_check CHECK (status IN ('planned', 'in_progress', 'completed', 'aborted')),
    CONSTRAINT campaigns_expected_response_percent_check CHECK (expected_response_percent >= 0),
    CONSTRAINT campaigns_number_sent_check CHECK (number_sent >= 0),
    CONSTRAINT campaigns_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT campaigns_description_check CHECK (octet_length(description) <= 200000),
    CONSTRAINT campaigns_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES users,
    CONSTRAINT campaigns_parent_id_fkey FOREIGN KEY (tenant_id, parent_id) REFERENCES campaigns (tenant_id, id) ON DELETE SET NULL (parent_id)
);
CREATE INDEX campaigns_owner_id_idx ON campaigns (tenant_id, owner_id, id);
CREATE INDEX campaigns_name_idx ON campaigns (tenant_id, name, id);
CREATE INDEX campaigns_parent_id_idx ON campaigns (tenant_id, parent_id, id);
CREATE INDEX campaigns_type_idx ON campaigns (tenant_id, type, id);
CREATE INDEX campaigns_status_idx ON campaigns (tenant_id, status, id);
CREATE INDEX campaigns_start_date_idx ON campaigns (tenant_id, start_date, id);
CREATE INDEX campaigns_created_at_idx ON campaigns (tenant_id, created_at, id);
CREATE INDEX campaigns_updated_at_idx ON campaigns (tenant_id, updated_at, id);
CREATE INDEX campaigns_deleted_at_idx ON campaigns (tenant_id, deleted_at, id) WHERE deleted_at IS NOT NULL;

CREATE TABLE accounts (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    external_id text,
    owner_id uuid,
    name text NOT NULL,
    parent_id uuid,
    type text,
    status text NOT NULL DEFAULT 'active',
    industry text,
    website text,
    domain text,
    phone text,
    email text,
    number_of_employees integer,
    annual_revenue_minor bigint,
    currency text,
    rating text,
    account_source text,
    ticker_symbol text,
    tax_number text,
    billing_street text,
    billing_city text,
    billing_state text,
    billing_postal_code text,
    billing_country text,
    shipping_street text,
    shipping_city text,
    shipping_state text,
    shipping_postal_code text,
    shipping_country text,
    description text,
    sla_policy_id uuid,
    last_activity_at timestamptz,
    merged_into_id uuid,
    name_key text NOT NULL GENERATED ALWAYS AS (lower(name)) STORED,
    custom jsonb NOT NULL DEFAULT '{}',
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT accounts_external_id_key UNIQUE (tenant_id, external_id),
    CONSTRAINT accounts_external_id_check CHECK (char_length(external_id) BETWEEN 1 AND 200),
    CONSTRAINT accounts_name_check CHECK (char_length(name) BETWEEN 1 AND 300),
    CONSTRAINT accounts_type_check CHECK (type IN ('prospect', 'customer', 'partner', 'reseller', 'competitor', 'investor', 'vendor', 'former_customer', 'other')),
    CONSTRAINT accounts_status_check CHECK (status IN ('active', 'inactive')),
    CONSTRAINT accounts_industry_check CHECK (char_length(industry) <= 500),
    CONSTRAINT accounts_domain_check CHECK (char_length(domain) <= 500),
    CONSTRAINT accounts_phone_check CHECK (char_length(phone) <= 100),
    CONSTRAINT accounts_email_check CHECK (email = lower(email) AND char_length(email) <= 320),
    CONSTRAINT accounts_number_of_employees_check CHECK (number_of_employees >= 0),
    CONSTRAINT accounts_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT accounts_rating_check CHECK (rating IN ('hot', 'warm', 'cold')),
    CONSTRAINT accounts_account_source_check CHECK (char_length(account_source) BETWEEN 1 AND 300),
    CONSTRAINT accounts_ticker_symbol_check CHECK (char_length(ticker_symbol) BETWEEN 1 AND 300),
    CONSTRAINT accounts_tax_number_check CHECK (char_length(tax_number) BETWEEN 1 AND 300),
    CONSTRAINT accounts_billing_street_check CHECK (char_length(billing_street) BETWEEN 1 AND 300),
    CONSTRAINT accounts_billing_city_check CHECK (char_length(billing_city) BETWEEN 1 AND 300),
    CONSTRAINT accounts_billing_state_check CHECK (char_length(billing_state) BETWEEN 1 AND 300),
    CONSTRAINT accounts_billing_postal_code_check CHECK (char_length(billing_postal_code) BETWEEN 1 AND 300),
    CONSTRAINT accounts_billing_country_check CHECK (char_length(billing_country) <= 500),
    CONSTRAINT accounts_shipping_street_check CHECK (char_length(shipping_street) BETWEEN 1 AND 300),
    CONSTRAINT accounts_shipping_city_check CHECK (char_length(shipping_city) BETWEEN 1 AND 300),
    CONSTRAINT accounts_shipping_state_check CHECK (char_length(shipping_state) BETWEEN 1 AND 300),
    CONSTRAINT accounts_shipping_postal_code_check CHECK (char_length(shipping_postal_code) BETWEEN 1 AND 300),
    CONSTRAINT accounts_shipping_country_check CHECK (char_length(shipping_country) BETWEEN 1 AND 300),
    CONSTRAINT accounts_description_check CHECK (octet_length(description) <= 200000),
    CONSTRAINT accounts_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES users,
    CONSTRAINT accounts_parent_id_fkey FOREIGN KEY (tenant_id, parent_id) REFERENCES accounts (tenant_id, id) ON DELETE SET NULL (parent_id),
    CONSTRAINT accounts_merged_into_id_fkey FOREIGN KEY (tenant_id, merged_into_id) REFERENCES accounts (tenant_id, id) ON DELETE SET NULL (merged_into_id)
);
CREATE INDEX accounts_owner_id_idx ON accounts (tenant_id, owner_id, id);
CREATE INDEX accounts_name_idx ON accounts (tenant_id, name, id);
CREATE INDEX accounts_parent_id_idx ON accounts (tenant_id, parent_id, id);
CREATE INDEX accounts_type_idx ON accounts (tenant_id, type, id);
CREATE INDEX accounts_status_idx ON accounts (tenant_id, status, id);
CREATE INDEX accounts_industry_idx ON accounts (tenant_id, industry, id);
CREATE INDEX accounts_domain_idx ON accounts (tenant_id, domain, id);
CREATE INDEX accounts_phone_idx ON accounts (tenant_id, phone, id);
CREATE INDEX accounts_email_idx ON accounts (tenant_id, email, id);
CREATE INDEX accounts_number_of_employees_idx ON accounts (tenant_id, number_of_employees, id);
CREATE INDEX accounts_annual_revenue_minor_idx ON accounts (tenant_id, annual_revenue_minor, id);
CREATE INDEX accounts_rating_idx ON accounts (tenant_id, rating, id);
CREATE INDEX accounts_billing_country_idx ON accounts (tenant_id, billing_country, id);
CREATE INDEX accounts_last_activity_at_idx ON accounts (tenant_id, last_activity_at, id);
CREATE INDEX accounts_name_key_idx ON accounts (tenant_id, name_key, id);
CREATE INDEX accounts_created_at_idx ON accounts (tenant_id, created_at, id);
CREATE INDEX accounts_updated_at_idx ON accounts (tenant_id, updated_at, id);
CREATE INDEX accounts_deleted_at_idx ON accounts (tenant_id, deleted_at, id) WHERE deleted_at IS NOT NULL;

CREATE TABLE contacts (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    external_id text,
    owner_id uuid,
    account_id uuid,
    first_name text,
    last_name text,
    name text NOT NULL GENERATED ALWAYS AS (COALESCE(NULLIF(btrim(COALESCE(first_name, '') || ' ' || COALESCE(last_name, '')), ''), email, phone, '')) STORED,
    salutation text,
    title text,
    department text,
    email text,
    phone text,
    mobile_phone text,
    reports_to_id uuid,
    lead_source text,
    language text,
    birthdate date,
    mailing_street text,
    mailing_city text,
    mailing_state text,
    mailing_postal_code text,
    mailing_country text,
    email_opt_out boolean NOT NULL DEFAULT false,
    do_not_call boolean NOT NULL DEFAULT false,
    description text,
    last_activity_at timestamptz,
    merged_into_id uuid,
    custom jsonb NOT NULL DEFAULT '{}',
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT contacts_external_id_key UNIQUE (tenant_id, external_id),
    CONSTRAINT contacts_external_id_check CHECK (char_length(external_id) BETWEEN 1 AND 200),
    CONSTRAINT contacts_first_name_check CHECK (char_length(first_name) BETWEEN 1 AND 300),
    CONSTRAINT contacts_last_name_check CHECK (char_length(last_name) <= 500),
    CONSTRAINT contacts_salutation_check CHECK (char_length(salutation) BETWEEN 1 AND 300),
    CONSTRAINT contacts_title_check CHECK (char_length(title) BETWEEN 1 AND 300),
    CONSTRAINT contacts_department_check CHECK (char_length(department) BETWEEN 1 AND 300),
    CONSTRAINT contacts_email_check CHECK (email = lower(email) AND char_length(email) <= 320),
    CONSTRAINT contacts_phone_check CHECK (char_length(phone) <= 100),
    CONSTRAINT contacts_lead_source_check CHECK (char_length(lead_source) <= 500),
    CONSTRAINT contacts_language_check CHECK (language ~ '^[a-z]{2,3}$'),
    CONSTRAINT contacts_mailing_street_check CHECK (char_length(mailing_street) BETWEEN 1 AND 300),
    CONSTRAINT contacts_mailing_city_check CHECK (char_length(mailing_city) BETWEEN 1 AND 300),
    CONSTRAINT contacts_mailing_state_check CHECK (char_length(mailing_state) BETWEEN 1 AND 300),
    CONSTRAINT contacts_mailing_postal_code_check CHECK (char_length(mailing_postal_code) BETWEEN 1 AND 300),
    CONSTRAINT contacts_mailing_country_check CHECK (char_length(mailing_country) BETWEEN 1 AND 300),
    CONSTRAINT contacts_description_check CHECK (octet_length(description) <= 200000),
    CONSTRAINT contacts_name_check CHECK (name <> ''),
    CONSTRAINT contacts_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES users,
    CONSTRAINT contacts_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES accounts (tenant_id, id) ON DELETE SET NULL (account_id),
    CONSTRAINT contacts_reports_to_id_fkey FOREIGN KEY (tenant_id, reports_to_id) REFERENCES contacts (tenant_id, id) ON DELETE SET NULL (reports_to_id),
    CONSTRAINT contacts_merged_into_id_fkey FOREIGN KEY (tenant_id, merged_into_id) REFERENCES contacts (tenant_id, id) ON DELETE SET NULL (merged_into_id)
);
CREATE INDEX contacts_owner_id_idx ON contacts (tenant_id, owner_id, id);
CREATE INDEX contacts_account_id_idx ON contacts (tenant_id, account_id, id);
CREATE INDEX contacts_last_name_idx ON contacts (tenant_id, last_name, id);
CREATE INDEX contacts_name_idx ON contacts (tenant_id, name, id);
CREATE INDEX contacts_email_idx ON contacts (tenant_id, email, id);
CREATE INDEX contacts_phone_idx ON contacts (tenant_id, phone, id);
CREATE INDEX contacts_lead_source_idx ON contacts (tenant_id, lead_source, id);
CREATE INDEX contacts_last_activity_at_idx ON contacts (tenant_id, last_activity_at, id);
CREATE INDEX contacts_mobile_phone_idx ON contacts (tenant_id, mobile_phone, id) WHERE mobile_phone IS NOT NULL;
CREATE INDEX contacts_created_at_idx ON contacts (tenant_id, created_at, id);
CREATE INDEX contacts_updated_at_idx ON contacts (tenant_id, updated_at, id);
CREATE INDEX contacts_deleted_at_idx ON contacts (tenant_id, deleted_at, id) WHERE deleted_at IS NOT NULL;

CREATE TABLE account_contact_roles (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    external_id text,
    account_id uuid NOT NULL,
    contact_id uuid NOT NULL,
    role text NOT NULL DEFAULT 'other',
    is_primary boolean NOT NULL DEFAULT false,
    is_active boolean NOT NULL DEFAULT true,
    start_date date,
    end_date date,
    custom jsonb NOT NULL DEFAULT '{}',
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT account_contact_roles_external_id_key UNIQUE (tenant_id, external_id),
    CONSTRAINT account_contact_roles_external_id_check CHECK (char_length(external_id) BETWEEN 1 AND 200),
    CONSTRAINT account_contact_roles_role_check CHECK (role IN ('business_user', 'decision_maker', 'economic_buyer', 'economic_decision_maker', 'evaluator', 'executive_sponsor', 'influencer', 'technical_buyer', 'champion', 'billing_contact', 'other')),
    CONSTRAINT account_contact_roles_contact_id_key UNIQUE (tenant_id, account_id, contact_id, role),
    CONSTRAINT account_contact_roles_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES accounts (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT account_contact_roles_contact_id_fkey FOREIGN KEY (tenant_id, contact_id) REFERENCES contacts (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX account_contact_roles_account_id_idx ON account_contact_roles (tenant_id, account_id, id);
CREATE INDEX account_contact_roles_contact_id_idx ON account_contact_roles (tenant_id, contact_id, id);
CREATE INDEX account_contact_roles_role_idx ON account_contact_roles (tenant_id, role, id);
CREATE INDEX account_contact_roles_created_at_idx ON account_contact_roles (tenant_id, created_at, id);
CREATE INDEX account_contact_roles_updated_at_idx ON account_contact_roles (tenant_id, updated_at, id);
CREATE INDEX account_contact_roles_deleted_at_idx ON account_contact_roles (tenant_id, deleted_at, id) WHERE deleted_at IS NOT NULL;

CREATE TABLE leads (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    external_id text,
    owner_id uuid,
    first_name text,
    last_name text,
    name text NOT NULL GENERATED ALWAYS AS (COALESCE(NULLIF(btrim(COALESCE(first_name, '') || ' ' || COALESCE(last_name, '')), ''), email, phone, company, '')) STORED,
    salutation text,
    title text,
    company text,
    email text,
    phone text,
    mobile_phone text,
    website text,
    industry text,
    lead_source text,
    status text NOT NULL DEFAULT 'new',
    unqualified_reason text,
    rating text,
    annual_revenue_minor bigint,
    currency text,
    number_of_employees integer,
    language text,
    street text,
    city text,
    state text,
    postal_code text,
    country text,
    product_interest text,
    email_opt_out boolean NOT NULL DEFAULT false,
    do_not_call boolean NOT NULL DEFAULT false,
    description text,
    campaign_id uuid,
    queue_id uuid,
    is_converted boolean NOT NULL DEFAULT false,
    converted_at timestamptz,
    converted_account_id uuid,
    converted_contact_id uuid,
    converted_opportunity_id uuid,
    last_activity_at timestamptz,
    merged_into_id uuid,
    custom jsonb NOT NULL DEFAULT '{}',
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT leads_external_id_key UNIQUE (tenant_id, external_id),
    CONSTRAINT leads_external_id_check CHECK (char_length(external_id) BETWEEN 1 AND 200),
    CONSTRAINT leads_first_name_check CHECK (char_length(first_name) BETWEEN 1 AND 300),
    CONSTRAINT leads_last_name_check CHECK (char_length(last_name) <= 500),
    CONSTRAINT leads_salutation_check CHECK (char_length(salutation) BETWEEN 1 AND 300),
    CONSTRAINT leads_title_check CHECK (char_length(title) BETWEEN 1 AND 300),
    CONSTRAINT leads_company_check CHECK (char_length(company) <= 500),
    CONSTRAINT leads_email_check CHECK (email = lower(email) AND char_length(email) <= 320),
    CONSTRAINT leads_phone_check CHECK (char_length(phone) <= 100),
    CONSTRAINT leads_industry_check CHECK (char_length(industry) <= 500),
    CONSTRAINT leads_lead_source_check CHECK (char_length(lead_source) <= 500),
    CONSTRAINT leads_status_check CHECK (status IN ('new', 'working', 'nurturing', 'qualified', 'unqualified', 'converted')),
    CONSTRAINT leads_unqualified_reason_check CHECK (char_length(unqualified_reason) BETWEEN 1 AND 300),
    CONSTRAINT leads_rating_check CHECK (rating IN ('hot', 'warm', 'cold')),
    CONSTRAINT leads_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT leads_number_of_employees_check CHECK (number_of_employees >= 0),
    CONSTRAINT leads_language_check CHECK (language ~ '^[a-z]{2,3}$'),
    CONSTRAINT leads_street_check CHECK (char_length(street) BETWEEN 1 AND 300),
    CONSTRAINT leads_city_check CHECK (char_length(city) BETWEEN 1 AND 300),
    CONSTRAINT leads_state_check CHECK (char_length(state) BETWEEN 1 AND 300),
    CONSTRAINT leads_postal_code_check CHECK (char_length(postal_code) BETWEEN 1 AND 300),
    CONSTRAINT leads_country_check CHECK (char_length(country) <= 500),
    CONSTRAINT leads_product_interest_check CHECK (char_length(product_interest) BETWEEN 1 AND 300),
    CONSTRAINT leads_description_check CHECK (octet_length(description) <= 200000),
    CONSTRAINT leads_name_check CHECK (name <> ''),
    CONSTRAINT leads_converted_check CHECK (is_converted = (status = 'converted') AND is_converted = (converted_at IS NOT NULL)),
    CONSTRAINT leads_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES users,
    CONSTRAINT leads_campaign_id_fkey FOREIGN KEY (tenant_id, campaign_id) REFERENCES campaigns (tenant_id, id) ON DELETE SET NULL (campaign_id),
    CONSTRAINT leads_converted_account_id_fkey FOREIGN KEY (tenant_id, converted_account_id) REFERENCES accounts (tenant_id, id) ON DELETE SET NULL (converted_account_id),
    CONSTRAINT leads_converted_contact_id_fkey FOREIGN KEY (tenant_id, converted_contact_id) REFERENCES contacts (tenant_id, id) ON DELETE SET NULL (converted_contact_id),
    CONSTRAINT leads_merged_into_id_fkey FOREIGN KEY (tenant_id, merged_into_id) REFERENCES leads (tenant_id, id) ON DELETE SET NULL (merged_into_id)
);
CREATE INDEX leads_owner_id_idx ON leads (tenant_id, owner_id, id);
CREATE INDEX leads_last_name_idx ON leads (tenant_id, last_name, id);
CREATE INDEX leads_name_idx ON leads (tenant_id, name, id);
CREATE INDEX leads_company_idx ON leads (tenant_id, company, id);
CREATE INDEX leads_email_idx ON leads (tenant_id, email, id);
CREATE INDEX leads_phone_idx ON leads (tenant_id, phone, id);
CREATE INDEX leads_industry_idx ON leads (tenant_id, industry, id);
CREATE INDEX leads_lead_source_idx ON leads (tenant_id, lead_source, id);
CREATE INDEX leads_status_idx ON leads (tenant_id, status, id);
CREATE INDEX leads_rating_idx ON leads (tenant_id, rating, id);
CREATE INDEX leads_annual_revenue_minor_idx ON leads (tenant_id, annual_revenue_minor, id);
CREATE INDEX leads_number_of_employees_idx ON leads (tenant_id, number_of_employees, id);
CREATE INDEX leads_country_idx ON leads (tenant_id, country, id);
CREATE INDEX leads_campaign_id_idx ON leads (tenant_id, campaign_id, id);
CREATE INDEX leads_queue_id_idx ON leads (tenant_id, queue_id, id);
CREATE INDEX leads_converted_at_idx ON leads (tenant_id, converted_at, id);
CREATE INDEX leads_converted_account_id_idx ON leads (tenant_id, converted_account_id, id);
CREATE INDEX leads_converted_contact_id_idx ON leads (tenant_id, converted_contact_id, id);
CREATE INDEX leads_converted_opportunity_id_idx ON leads (tenant_id, converted_opportunity_id, id);
CREATE INDEX leads_last_activity_at_idx ON leads (tenant_id, last_activity_at, id);
CREATE INDEX leads_mobile_phone_idx ON leads (tenant_id, mobile_phone, id) WHERE mobile_phone IS NOT NULL;
CREATE INDEX leads_created_at_idx ON leads (tenant_id, created_at, id);
CREATE INDEX leads_updated_at_idx ON leads (tenant_id, updated_at, id);
CREATE INDEX leads_deleted_at_idx ON leads (tenant_id, deleted_at, id) WHERE deleted_at IS NOT NULL;

CREATE TABLE consents (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    external_id text,
    lead_id uuid,
    contact_id uuid,
    channel text NOT NULL,
    purpose text NOT NULL,
    status text NOT NULL,
    legal_basis text,
    source text NOT NULL,
    evidence text,
    given_at timestamptz NOT NULL,
    expires_at timestamptz,
    custom jsonb NOT NULL DEFAULT '{}',
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT consents_external_id_key UNIQUE (tenant_id, external_id),
    CONSTRAINT consents_external_id_check CHECK (char_length(external_id) BETWEEN 1 AND 200),
    CONSTRAINT consents_channel_check CHECK (channel IN ('email', 'phone', 'sms', 'whatsapp', 'post', 'web', 'any')),
    CONSTRAINT consents_purpose_check CHECK (purpose IN ('marketing', 'sales', 'service', 'research', 'profiling', 'data_processing')),
    CONSTRAINT consents_status_check CHECK (status IN ('granted', 'denied', 'withdrawn', 'pending')),
    CONSTRAINT consents_legal_basis_check CHECK (legal_basis IN ('consent', 'contract', 'legitimate_interest', 'legal_obligation', 'vital_interest', 'public_task')),
    CONSTRAINT consents_source_check CHECK (char_length(source) BETWEEN 1 AND 300),
    CONSTRAINT consents_evidence_check CHECK (octet_length(evidence) <= 200000),
    CONSTRAINT consents_person_check CHECK (lead_id IS NOT NULL OR contact_id IS NOT NULL),
    CONSTRAINT consents_lead_id_fkey FOREIGN KEY (tenant_id, lead_id) REFERENCES leads (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT consents_contact_id_fkey FOREIGN KEY (tenant_id, contact_id) REFERENCES contacts (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX consents_lead_id_idx ON consents (tenant_id, lead_id, id);
CREATE INDEX consents_contact_id_idx ON consents (tenant_id, contact_id, id);
CREATE INDEX consents_channel_idx ON consents (tenant_id, channel, id);
CREATE INDEX consents_purpose_idx ON consents (tenant_id, purpose, id);
CREATE INDEX consents_status_idx ON consents (tenant_id, status, id);
CREATE INDEX consents_given_at_idx ON consents (tenant_id, given_at, id);
CREATE INDEX consents_created_at_idx ON consents (tenant_id, created_at, id);
CREATE INDEX consents_updated_at_idx ON consents (tenant_id, updated_at, id);
CREATE INDEX consents_deleted_at_idx ON consents (tenant_id, deleted_at, id) WHERE deleted_at IS NOT NULL;

CREATE TABLE duplicate_rules (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    external_id text,
    name text NOT NULL,
    object text NOT NULL,
    criteria jsonb NOT NULL,
    action text NOT NULL DEFAULT 'report',
    is_active boolean NOT NULL DEFAULT true,
    custom jsonb NOT NULL DEFAULT '{}',
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT duplicate_rules_external_id_key UNIQUE (tenant_id, external_id),
    CONSTRAINT duplicate_rules_external_id_check CHECK (char_length(external_id) BETWEEN 1 AND 200),
    CONSTRAINT duplicate_rules_name_check CHECK (char_length(name) BETWEEN 1 AND 300),
    CONSTRAINT duplicate_rules_object_check CHECK (object IN ('lead', 'contact', 'account')),
    CONSTRAINT duplicate_rules_action_check CHECK (action IN ('report', 'block')),
    CONSTRAINT duplicate_rules_name_key UNIQUE (tenant_id, name)
);
CREATE INDEX duplicate_rules_name_idx ON duplicate_rules (tenant_id, name, id);
CREATE INDEX duplicate_rules_object_idx ON duplicate_rules (tenant_id, object, id);
CREATE INDEX duplicate_rules_created_at_idx ON duplicate_rules (tenant_id, created_at, id);
CREATE INDEX duplicate_rules_updated_at_idx ON duplicate_rules (tenant_id, updated_at, id);
CREATE INDEX duplicate_rules_deleted_at_idx ON duplicate_rules (tenant_id, deleted_at, id) WHERE deleted_at IS NOT NULL;

SELECT protect_common_table('campaigns', 'campaign');
SELECT protect_owned_table('accounts', 'account');
SELECT protect_owned_table('contacts', 'contact');
SELECT protect_child_table('account_contact_roles', 'account_contact_role', 'accounts', 'account_id');
SELECT protect_owned_table('leads', 'lead');
SELECT protect_related_table('consents', 'consent');
SELECT protect_common_table('duplicate_rules', 'duplicate_rule');

-- A person's way of looking at a list, perhaps shown to colleagues.
CREATE TABLE saved_views (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    object text NOT NULL,
    name text NOT NULL,
    owner_id uuid NOT NULL,
    is_shared boolean NOT NULL DEFAULT false,
    filters jsonb NOT NULL DEFAULT '{}',
    sort text,
    q text,
    fields jsonb NOT NULL DEFAULT '[]',
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT saved_views_name_key UNIQUE (tenant_id, owner_id, object, name),
    CONSTRAINT saved_views_name_check CHECK (char_length(name) BETWEEN 1 AND 120)
);
CREATE INDEX saved_views_object_idx ON saved_views (tenant_id, object, name, id);
SELECT protect_tenant_table('saved_views');
CREATE POLICY record_read ON saved_views FOR SELECT TO crm_app
    USING ((SELECT app_is_staff()) AND (is_shared OR owner_id = (SELECT app_actor_id()) OR (SELECT app_actor_kind()) = 'job'));
CREATE POLICY record_insert ON saved_views FOR INSERT TO crm_app
    WITH CHECK ((SELECT app_is_staff()) AND owner_id = (SELECT app_actor_id()));
CREATE POLICY record_update ON saved_views FOR UPDATE TO crm_app
    USING ((SELECT app_is_staff()) AND owner_id = (SELECT app_actor_id()))
    WITH CHECK ((SELECT app_is_staff()) AND owner_id = (SELECT app_actor_id()));
CREATE POLICY record_delete ON saved_views FOR DELETE TO crm_app
    USING ((SELECT app_is_staff()) AND (owner_id = (SELECT app_actor_id()) OR (SELECT app_actor_kind()) = 'job'));
GRANT SELECT, INSERT, UPDATE, DELETE ON saved_views TO crm_app;

-- Every member of staff is held by these, so every one reads them, whatever the role says about the object.
DROP POLICY record_read ON duplicate_rules;
CREATE POLICY record_read ON duplicate_rules FOR SELECT TO crm_app USING ((SELECT app_is_staff()));
