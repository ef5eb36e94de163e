-- Writes of records and changes of the rules that open them wait for each other. Without that, a record written while a rule
-- is deleted failed for want of the rule, or both waited for each other until one was broken off; and one written while a rule
-- was made stayed closed.

-- The lock of the tenant's rules.
CREATE FUNCTION sharing_lock() RETURNS bigint LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT hashtextextended('sharing ' || app_tenant()::text, 0)
$$;

-- The rules of an object, none of which changes before the end of the transaction. The rules are read by a statement of their
-- own, so that it sees what was changed while this waited.
CREATE FUNCTION sharing_rules_kept(whose text) RETURNS SETOF sharing_rules LANGUAGE plpgsql VOLATILE
    SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(sharing_lock());
    RETURN QUERY SELECT * FROM sharing_rules WHERE object = whose ORDER BY id;
END $$;
