-- What each member is to win, and by when. A question about attainment divides what was won by these.

CREATE TABLE quotas (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    external_id text,
    owner_id uuid,
    name text,
    starts_on date NOT NULL,
    ends_on date NOT NULL,
    amount_minor bigint NOT NULL,
    currency text NOT NULL,
    custom jsonb NOT NULL DEFAULT '{}',
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT quotas_external_id_key UNIQUE (tenant_id, external_id),
    CONSTRAINT quotas_external_id_check CHECK (char_length(external_id) BETWEEN 1 AND 200),
    CONSTRAINT quotas_name_check CHECK (char_length(name) BETWEEN 1 AND 300),
    CONSTRAINT quotas_ends_on_check CHECK (ends_on >= starts_on),
    CONSTRAINT quotas_amount_check CHECK (amount_minor >= 0),
    CONSTRAINT quotas_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT quotas_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES users
);
CREATE INDEX quotas_owner_id_idx ON quotas (tenant_id, owner_id, id);
CREATE INDEX quotas_starts_on_idx ON quotas (tenant_id, starts_on, id);
CREATE INDEX quotas_ends_on_idx ON quotas (tenant_id, ends_on, id);
CREATE INDEX quotas_amount_minor_idx ON quotas (tenant_id, amount_minor, id);
CREATE INDEX quotas_created_at_idx ON quotas (tenant_id, created_at, id);
CREATE INDEX quotas_updated_at_idx ON quotas (tenant_id, updated_at, id);
CREATE INDEX quotas_deleted_at_idx ON quotas (tenant_id, deleted_at, id) WHERE deleted_at IS NOT NULL;

SELECT protect_owned_table('quotas', 'quota');

-- Those who sell read their own.
UPDATE roles SET permissions = jsonb_set(permissions, '{objects,quota}', '["read"]')
WHERE name = 'sales' AND permissions -> 'objects' IS NOT NULL AND permissions #> '{objects,quota}' IS NULL;
