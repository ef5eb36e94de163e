-- Records join articles in the index. The rarity of a term is counted for each kind of document by itself, so that
-- ten thousand messages do not change how articles are ranked.

ALTER TABLE term_stats ADD COLUMN kind text NOT NULL DEFAULT 'article';
ALTER TABLE term_stats DROP CONSTRAINT term_stats_pkey, ADD PRIMARY KEY (tenant_id, kind, language, term);
ALTER TABLE corpus_stats ADD COLUMN kind text NOT NULL DEFAULT 'article';
ALTER TABLE corpus_stats DROP CONSTRAINT corpus_stats_pkey, ADD PRIMARY KEY (tenant_id, kind, language);

-- A visitor is answered from articles; how common a word is in the tenant's records is none of their business.
DROP POLICY visitor_read ON term_stats;
CREATE POLICY visitor_read ON term_stats FOR SELECT TO crm_app
    USING ((SELECT app_actor_kind()) = 'visitor' AND kind = 'article');
DROP POLICY visitor_read ON corpus_stats;
CREATE POLICY visitor_read ON corpus_stats FOR SELECT TO crm_app
    USING ((SELECT app_actor_kind()) = 'visitor' AND kind = 'article');
