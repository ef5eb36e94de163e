-- Erasures in steps: who the person is and how far it is, until the receipt is written.
ALTER TABLE erasures ADD COLUMN progress jsonb,
    ADD CONSTRAINT erasures_progress_check CHECK (state <> 'done' OR progress IS NULL);
