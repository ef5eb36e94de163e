-- Who may see and change what inside a tenant. The rules read the actor's role at every statement, so a change of
-- a role, a membership or a key holds at once.
--
-- roles.permissions:
--   {"all": true}                                           everything, also what comes later
--   {"objects": {"lead": ["create", "read", "update", "delete", "view_all", "modify_all"], "*": ["read"]},
--    "fields": {"contact": {"email": "hidden" | "masked" | "read_only"}},
--    "manage": ["members", "roles", ...]}
-- roles.parent_id is the role above: who has it sees what those below own.

ALTER TABLE api_keys ADD COLUMN role_id uuid,
    ADD CONSTRAINT api_keys_role_id_fkey FOREIGN KEY (tenant_id, role_id) REFERENCES roles (tenant_id, id);
GRANT SELECT (role_id) ON api_keys TO crm_app;
CREATE INDEX roles_parent_id_idx ON roles (tenant_id, parent_id);
CREATE INDEX memberships_role_id_idx ON memberships (tenant_id, role_id);

-- The functions are PL/pgSQL because a session keeps the plans of its statements: 0.05 ms a call, where SQL functions
-- that cannot be inlined are planned anew in every statement (1 ms). Policies call them as (SELECT …): once a statement.

-- The role of a person or of a key that was bound to one.
CREATE FUNCTION app_role_id() RETURNS uuid LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    CASE app_actor_kind()
        WHEN 'user' THEN
            RETURN (SELECT m.role_id FROM memberships m WHERE m.user_id = app_actor_id() AND m.status = 'active');
        WHEN 'api_key' THEN
            RETURN (SELECT k.role_id FROM api_keys k WHERE k.id = app_actor_id() AND k.revoked_at IS NULL);
        ELSE
            RETURN NULL;
    END CASE;
END $$;

-- What the actor may do. A key without a role may do what its scopes say, which the service checks.
CREATE FUNCTION app_permissions() RETURNS jsonb LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    held jsonb;
BEGIN
    CASE app_actor_kind()
        WHEN 'job' THEN
            held := '{"all": true}';
        WHEN 'user' THEN
            SELECT r.permissions INTO held FROM memberships m JOIN roles r ON r.tenant_id = m.tenant_id AND r.id = m.role_id
                WHERE m.user_id = app_actor_id() AND m.status = 'active';
        WHEN 'api_key' THEN
            SELECT CASE WHEN k.role_id IS NULL THEN '{"all": true}'::jsonb ELSE r.permissions END INTO held
                FROM api_keys k LEFT JOIN roles r ON r.tenant_id = k.tenant_id AND r.id = k.role_id
                WHERE k.id = app_actor_id() AND k.revoked_at IS NULL;
        ELSE
            held := NULL;
    END CASE;
    RETURN COALESCE(held, '{}');
END $$;

-- Whether the actor may do this to records of an object.
CREATE FUNCTION app_can(object text, verb text) RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    held constant jsonb := app_permissions();
BEGIN
    RETURN COALESCE(held -> 'all' = 'true'::jsonb, false)
        OR COALESCE(COALESCE(held -> 'objects' -> object, held -> 'objects' -> '*') ? verb, false);
END $$;

-- Whether the actor administers an area such as `members`.
CREATE FUNCTION app_manages(area text) RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    held constant jsonb := app_permissions();
BEGIN
    RETURN COALESCE(held -> 'all' = 'true'::jsonb, false) OR COALESCE(held -> 'manage' ? area, false);
END $$;

-- Whose records the actor sees: their own, and those of everyone whose role is below.
CREATE FUNCTION app_visible_owners() RETURNS uuid[] LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    mine constant uuid := app_role_id();
    owners uuid[] := '{}';
BEGIN
    IF mine IS NOT NULL THEN
        WITH RECURSIVE below AS (
            SELECT r.id FROM roles r WHERE r.parent_id = mine
            UNION
            SELECT r.id FROM roles r JOIN below b ON r.parent_id = b.id
        )
        SELECT COALESCE(array_agg(m.user_id), '{}') INTO owners FROM memberships m JOIN below b ON m.role_id = b.id;
    END IF;
    IF app_actor_kind() = 'user' THEN
        owners := owners || app_actor_id();
    END IF;
    RETURN owners;
END $$;

-- The records that the running statement writes: their writer sees them until the end of the statement, whoever owns
-- them now. Postgres asks for that when somebody hands a record over. crm-store sets it around one statement.
CREATE FUNCTION app_writing() RETURNS uuid[] LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT NULLIF(current_setting('app.writing', true), '')::uuid[] $$;

-- Records that a sharing rule opens to a role, one row for each; kept by crm-store/src/access/sharing.rs.
CREATE TABLE sharing_rules (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    name text NOT NULL,
    object text NOT NULL,
    criteria jsonb NOT NULL DEFAULT '[]',
    role_id uuid NOT NULL,
    access text NOT NULL DEFAULT 'read',
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT sharing_rules_name_key UNIQUE (tenant_id, name),
    CONSTRAINT sharing_rules_name_check CHECK (char_length(name) BETWEEN 1 AND 120),
    CONSTRAINT sharing_rules_access_check CHECK (access IN ('read', 'write')),
    CONSTRAINT sharing_rules_role_id_fkey FOREIGN KEY (tenant_id, role_id) REFERENCES roles (tenant_id, id) ON DELETE CASCADE
);
CREATE TABLE record_shares (
    tenant_id uuid NOT NULL REFERENCES tenants,
    object text NOT NULL,
    record_id uuid NOT NULL,
    role_id uuid NOT NULL,
    rule_id uuid NOT NULL,
    access text NOT NULL,
    PRIMARY KEY (tenant_id, object, record_id, role_id, rule_id),
    CONSTRAINT record_shares_access_check CHECK (access IN ('read', 'write')),
    CONSTRAINT record_shares_rule_id_fkey FOREIGN KEY (tenant_id, rule_id) REFERENCES sharing_rules (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX record_shares_rule_id_idx ON record_shares (tenant_id, rule_id);
SELECT protect_tenant_table(t) FROM unnest(ARRAY['sharing_rules', 'record_shares']::regclass[]) t;
CREATE POLICY record_read ON sharing_rules FOR SELECT TO crm_app USING ((SELECT app_is_staff()));
CREATE POLICY record_insert ON sharing_rules FOR INSERT TO crm_app WITH CHECK ((SELECT app_manages('roles')));
CREATE POLICY record_update ON sharing_rules FOR UPDATE TO crm_app
    USING ((SELECT app_manages('roles'))) WITH CHECK ((SELECT app_manages('roles')));
CREATE POLICY record_delete ON sharing_rules FOR DELETE TO crm_app USING ((SELECT app_manages('roles')));
-- Every writer of a record brings its shares up to date, so staff write them: what a rule does not say cannot be
-- written, because the rule is part of the key and its access is copied from it by the one statement that writes here.
CREATE POLICY record ON record_shares FOR ALL TO crm_app USING ((SELECT app_is_staff())) WITH CHECK ((SELECT app_is_staff()));
GRANT SELECT, INSERT, UPDATE, DELETE ON sharing_rules, record_shares TO crm_app;

-- Roles, memberships and keys: staff read them (the functions above do), administrators change them.
DROP POLICY record ON roles;
CREATE POLICY record_read ON roles FOR SELECT TO crm_app USING ((SELECT app_is_staff()));
CREATE POLICY record_insert ON roles FOR INSERT TO crm_app WITH CHECK ((SELECT app_manages('roles')));
CREATE POLICY record_update ON roles FOR UPDATE TO crm_app
    USING ((SELECT app_manages('roles'))) WITH CHECK ((SELECT app_manages('roles')));
CREATE POLICY record_delete ON roles FOR DELETE TO crm_app USING ((SELECT app_manages('roles')));
DROP POLICY record ON memberships;
CREATE POLICY record_read ON memberships FOR SELECT TO crm_app USING ((SELECT app_is_staff()));
CREATE POLICY record_insert ON memberships FOR INSERT TO crm_app WITH CHECK ((SELECT app_manages('members')));
CREATE POLICY record_update ON memberships FOR UPDATE TO crm_app
    USING ((SELECT app_manages('members'))) WITH CHECK ((SELECT app_manages('members')));
CREATE POLICY record_delete ON memberships FOR DELETE TO crm_app USING ((SELECT app_manages('members')));
DROP POLICY record ON api_keys;
CREATE POLICY record_read ON api_keys FOR SELECT TO crm_app USING ((SELECT app_is_staff()));
CREATE POLICY record_insert ON api_keys FOR INSERT TO crm_app WITH CHECK ((SELECT app_manages('keys')));
CREATE POLICY record_update ON api_keys FOR UPDATE TO crm_app
    USING ((SELECT app_manages('keys'))) WITH CHECK ((SELECT app_manages('keys')));

-- The three shapes of record rules. Each puts the tenant's wall around the table first.

-- Records that somebody owns: seen by the owner, those above, whoever may view all, and through sharing rules. What
-- nobody owns waits for everyone who may read the object. Rows go only when a person or tenant is erased, which is a job.
CREATE FUNCTION protect_owned_table(target regclass, object text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    shared text := format('EXISTS (SELECT FROM record_shares s WHERE s.tenant_id = %1$s.tenant_id AND s.object = %2$L
        AND s.record_id = %1$s.id AND s.role_id = (SELECT app_role_id()) %%s)', target, object);
    owned constant text := 'owner_id IS NULL OR owner_id = ANY ((SELECT app_visible_owners())::uuid[])';
BEGIN
    PERFORM protect_tenant_table(target);
    EXECUTE format('CREATE POLICY record_read ON %s FOR SELECT TO crm_app USING ((SELECT app_can(%L, ''read'')) AND (
        (SELECT app_can(%2$L, ''view_all'')) OR %s OR id = ANY ((SELECT app_writing())::uuid[]) OR %s))',
        target, object, owned, format(shared, ''));
    EXECUTE format('CREATE POLICY record_insert ON %s FOR INSERT TO crm_app WITH CHECK ((SELECT app_can(%L, ''create'')))',
        target, object);
    EXECUTE format('CREATE POLICY record_update ON %s FOR UPDATE TO crm_app USING ((SELECT app_can(%L, ''update'')) AND (
        (SELECT app_can(%2$L, ''modify_all'')) OR %s OR %s)) WITH CHECK ((SELECT app_can(%2$L, ''update'')))',
        target, object, owned, format(shared, 'AND s.access = ''write'''));
    EXECUTE format('CREATE POLICY record_erase ON %s FOR DELETE TO crm_app USING ((SELECT app_actor_kind()) = ''job'')', target);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO crm_app', target);
END $$;

-- Records that belong to another one: seen by whoever sees that one.
CREATE FUNCTION protect_child_table(target regclass, object text, parent regclass, reference text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    seen text := format('EXISTS (SELECT FROM %s parent WHERE parent.tenant_id = %s.tenant_id AND parent.id = %2$s.%I)',
        parent, target, reference);
BEGIN
    PERFORM protect_tenant_table(target);
    EXECUTE format('CREATE POLICY record_read ON %s FOR SELECT TO crm_app USING ((SELECT app_can(%L, ''read'')) AND %s)',
        target, object, seen);
    EXECUTE format('CREATE POLICY record_insert ON %s FOR INSERT TO crm_app WITH CHECK ((SELECT app_can(%L, ''create'')) AND %s)',
        target, object, seen);
    EXECUTE format('CREATE POLICY record_update ON %s FOR UPDATE TO crm_app USING ((SELECT app_can(%L, ''update'')) AND %s)
        WITH CHECK ((SELECT app_can(%2$L, ''update'')) AND %3$s)', target, object, seen);
    EXECUTE format('CREATE POLICY record_erase ON %s FOR DELETE TO crm_app USING ((SELECT app_actor_kind()) = ''job'')', target);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO crm_app', target);
END $$;

-- Records of the whole tenant, such as products and stages: the object's rights alone decide.
CREATE FUNCTION protect_common_table(target regclass, object text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM protect_tenant_table(target);
    EXECUTE format('CREATE POLICY record_read ON %s FOR SELECT TO crm_app USING ((SELECT app_can(%L, ''read'')))', target, object);
    EXECUTE format('CREATE POLICY record_insert ON %s FOR INSERT TO crm_app WITH CHECK ((SELECT app_can(%L, ''create'')))', target, object);
    EXECUTE format('CREATE POLICY record_update ON %s FOR UPDATE TO crm_app USING ((SELECT app_can(%L, ''update'')))
        WITH CHECK ((SELECT app_can(%2$L, ''update'')))', target, object);
    EXECUTE format('CREATE POLICY record_erase ON %s FOR DELETE TO crm_app USING ((SELECT app_actor_kind()) = ''job'')', target);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO crm_app', target);
END $$;
REVOKE ALL ON FUNCTION protect_owned_table(regclass, text), protect_child_table(regclass, text, regclass, text),
    protect_common_table(regclass, text) FROM PUBLIC;

-- The first roles of the tenants that exist become what the service now makes of new ones (crm-store/src/access/roles.rs).
UPDATE roles SET permissions = '{"all": true}' WHERE name = 'admin';
