-- What a score is made of, as text. It is always read whole, so it need not be jsonb, and making jsonb of it took longer than
-- all else of writing a score. Scores of before have theirs in `terms`; a replica of before sees later ones without reasons.
ALTER TABLE win_scores ADD COLUMN parts json, ALTER COLUMN terms SET DEFAULT '[]';
ALTER TABLE lead_scores ADD COLUMN parts json, ALTER COLUMN terms SET DEFAULT '[]';
ALTER TABLE account_scores ADD COLUMN parts json, ALTER COLUMN terms SET DEFAULT '[]';

-- Half as dear to compress, where the server was built with it, for a tenth more room.
DO $$ BEGIN
    IF (SELECT 'lz4' = ANY (enumvals) FROM pg_settings WHERE name = 'default_toast_compression') THEN
        ALTER TABLE win_scores ALTER COLUMN parts SET COMPRESSION lz4;
        ALTER TABLE lead_scores ALTER COLUMN parts SET COMPRESSION lz4;
        ALTER TABLE account_scores ALTER COLUMN parts SET COMPRESSION lz4;
    END IF;
END $$;
