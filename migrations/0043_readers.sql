-- Who reads what questions are answered with.

-- What the organisation spends is for those who administer budgets, and for the service. Whoever sees a run sees what it
-- cost; the process that works on a run settles it as the one who started it.
DROP POLICY record ON ledger_entries;
CREATE POLICY record ON ledger_entries FOR ALL TO crm_app
    USING ((SELECT app_actor_kind()) = 'job' OR (SELECT app_manages('budgets'))
        OR EXISTS (SELECT FROM runs r WHERE r.tenant_id = ledger_entries.tenant_id AND r.id = ledger_entries.run_id))
    WITH CHECK (true);

-- A rate is no secret of the organisation, and sums lack the amounts in other currencies without it. Whether a role reads
-- the records of rates, the service asks as for every object.
DROP POLICY record_read ON exchange_rates;
CREATE POLICY record_read ON exchange_rates FOR SELECT TO crm_app USING ((SELECT app_is_staff()));
